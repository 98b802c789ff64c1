// A folder of files as the asset behind a packager::SourceLookup.
#pragma once

#include "packager/presentation.hpp"

#include <filesystem>
#include <system_error>

namespace lazulite::test {

inline packager::SourceLookup folder_lookup(std::filesystem::path folder) {
  return [folder = std::move(folder)](std::string_view name) -> Result<packager::SourceFile> {
    const auto path = folder / name;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return fail(ErrorCode::kNotFound, "there is no {}", name);
    packager::SourceFile file;
    file.name = name;
    file.identity = path.string();
    file.etag = "\"" + std::to_string(std::filesystem::last_write_time(path).time_since_epoch().count()) + "\"";
    file.last_modified = Timestamp{std::chrono::seconds{1'700'000'000}};
    file.size = size;
    file.open = [path] { return files::open_for_reading(path); };
    return file;
  };
}

}  // namespace lazulite::test
