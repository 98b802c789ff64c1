#include "server/backup.hpp"

#include "schema/base/time.hpp"
#include "server/app.hpp"
#include "storage/files/file.hpp"
#include "storage/rows/database_copy.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lazulite::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "backup.json";  // tells a whole backup from any other folder

std::string without_slash(fs::path path) { return (path.has_filename() ? path : path.parent_path()).string(); }

Result<void> make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(ErrorCode::kIo, "cannot make {}: {}", path.string(), error.message());
  if (::chmod(path.c_str(), 0700) != 0) return files::io_error("make private", path);
  return {};
}

bool is_empty_or_missing(const fs::path& path) {
  std::error_code error;
  return !fs::exists(path, error) || fs::is_empty(path, error);
}

Result<void> copy_secrets(const fs::path& from, const fs::path& to) {
  LAZULITE_CHECK(make_private_folder(to));
  LAZULITE_TRY(const auto names, files::names_in(from));
  for (const auto& name : names) {
    if (name.front() == '.') continue;  // half-written
    LAZULITE_TRY(const auto text, files::read_file(from / name));
    LAZULITE_CHECK(files::write_file_durably(to / name, text));
  }
  return {};
}

// Flushes the file system that holds the folder, once for all that was copied into it.
Result<void> flush_all(const fs::path& folder) {
  const files::FileDescriptor handle{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!handle || ::syncfs(handle.get()) != 0) return files::io_error("flush", folder);
  return {};
}

Result<void> appear(const fs::path& partial, const fs::path& target) {
  LAZULITE_CHECK(flush_all(partial));
  std::error_code ignored;
  fs::remove(target, ignored);  // an empty folder
  if (::rename(partial.c_str(), target.c_str()) != 0) return files::io_error("rename to", target);
  return files::flush_directory(target.parent_path());
}

std::string mark_text() {
  return fmt::format("{{\"created\": \"{}\"}}\n", format_iso8601_seconds(system_clock().now()));
}

}  // namespace

// Blobs before the database and again after it: what a row of the copied database speaks of was committed before that
// copy was made, so one of the two passes saw it, even if it is deleted or replaced meanwhile.
Result<blobs::CopyTotals> back_up(const Settings& settings, const fs::path& wanted) {
  const fs::path data = settings.data, target = without_slash(wanted), partial = target.string() + ".partial";
  if (!is_empty_or_missing(target)) return fail(ErrorCode::kConflict, "{} exists already", target.string());
  std::error_code ignored;
  if (!fs::exists(database_path(settings), ignored))
    return fail(ErrorCode::kNotFound, "there is no installation in the data folder '{}'", settings.data);
  LAZULITE_CHECK(make_private_folder(partial));
  LAZULITE_TRY(auto totals, blobs::copy_blobs(data / "blobs", partial / "blobs"));
  const auto database = partial / fs::path{database_path(settings)}.filename();
  fs::remove(database, ignored);
  LAZULITE_CHECK(rows::copy_database(database_path(settings), database));
  LAZULITE_TRY(const auto later, blobs::copy_blobs(data / "blobs", partial / "blobs"));
  LAZULITE_CHECK(copy_secrets(data / "secrets", partial / "secrets"));
  LAZULITE_CHECK(files::write_file_durably(partial / kMark, mark_text()));
  LAZULITE_CHECK(appear(partial, target));
  totals.containers = later.containers;
  totals.blobs = later.blobs;
  totals.copied += later.copied;
  totals.bytes += later.bytes;
  return totals;
}

Result<blobs::CopyTotals> restore(const fs::path& backup, const Settings& settings) {
  const fs::path data = without_slash(settings.data), partial = data.string() + ".partial";
  std::error_code ignored;
  if (!fs::exists(backup / kMark, ignored)) return fail(ErrorCode::kNotFound, "{} is no backup", backup.string());
  if (!is_empty_or_missing(data))
    return fail(ErrorCode::kConflict, "the data folder '{}' holds something", settings.data);
  LAZULITE_CHECK(make_private_folder(partial));
  LAZULITE_TRY(const auto totals, blobs::copy_blobs(backup / "blobs", partial / "blobs"));
  const auto name = fs::path{database_path(settings)}.filename();
  fs::remove(partial / name, ignored);
  LAZULITE_CHECK(rows::copy_database(backup / name, partial / name));
  LAZULITE_CHECK(copy_secrets(backup / "secrets", partial / "secrets"));
  LAZULITE_CHECK(appear(partial, data));
  return totals;
}

}  // namespace lazulite::server
