#include "server/asset_import.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "server/app.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/blobs/work_folder.hpp"
#include "storage/files/file.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace lazulite::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kContainerPrefix = "asset-";

struct SourceFile {
  std::string name;  // of the blob: its path below the container, with slashes
  fs::path path;
  std::uint64_t size = 0;
};
struct SourceAsset {
  std::string id;
  std::vector<SourceFile> files;  // by name
};

// The id of the asset whose container has this name.
std::optional<std::string> asset_id_of(const std::string& folder_name) {
  if (!folder_name.starts_with(kContainerPrefix)) return {};
  const auto guid = Uuid::parse(std::string_view{folder_name}.substr(kContainerPrefix.size()));
  if (!guid) return {};
  return std::string{kAsset.id_prefix} + guid->text();
}

Result<std::vector<fs::path>> folders_in(const fs::path& source) {
  LAZULITE_TRY(auto names, files::names_in(source));
  std::sort(names.begin(), names.end());
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& name : names) {
    if (fs::is_directory(fs::symlink_status(source / name, error))) out.push_back(source / name);
  }
  return out;
}

// Regular files only: what a link leads to is no blob of this container.
Result<std::vector<SourceFile>> files_of(const fs::path& folder) {
  std::vector<SourceFile> out;
  std::error_code error;
  for (fs::recursive_directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    if (at->is_symlink() || !at->is_regular_file()) continue;
    out.push_back({at->path().lexically_relative(folder).generic_string(), at->path(), at->file_size()});
  }
  if (error) return fail(ErrorCode::kIo, "cannot read {}: {}", folder.string(), error.message());
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

// The server manifest if there is one, else the only file (api.md 5.3).
const SourceFile* primary_of(const SourceAsset& asset) {
  const auto found = std::find_if(asset.files.begin(), asset.files.end(),
                                  [](const SourceFile& file) { return ends_with_ignoring_case(file.name, ".ism"); });
  if (found != asset.files.end()) return &*found;
  return asset.files.size() == 1 ? asset.files.data() : nullptr;
}

std::string name_of(const SourceAsset& asset) {
  const auto* primary = primary_of(asset);
  return primary != nullptr ? fs::path{primary->name}.stem().string() : std::string{guid_of(asset.id)};
}

class Import {
 public:
  Import(rows::Database& database, blobs::BlobStore& blobs, std::string account, std::string storage,
         const Clock& clock)
      : database_(database), blobs_(blobs), account_(std::move(account)), storage_(std::move(storage)), clock_(clock) {}

  Result<bool> is_present(const std::string& id) {
    return database_.read([&](rows::Session& session) -> Result<bool> {
      LAZULITE_TRY(const auto found, rows::find<Asset>(session, account_, id));
      return found.has_value();
    });
  }

  // Blobs first: until its rows are there, nobody sees the asset.
  Result<void> run(const SourceAsset& asset) {
    const blobs::ContainerRef container{storage_, asset_container_name(asset.id)};
    const auto made = blobs_.create_container(container);
    if (!made && made.error().code != ErrorCode::kConflict) return made.error();  // there: an import that broke off
    LAZULITE_TRY(const auto work, blobs::WorkFolder::make(blobs_));
    for (const auto& file : asset.files) LAZULITE_CHECK(copy(file, {container, file.name}, work.path() / "file"));
    return database_.write([&](rows::Session& session) { return insert_rows(session, asset); });
  }

 private:
  Result<void> copy(const SourceFile& file, const blobs::BlobRef& blob, const fs::path& work) {
    {
      LAZULITE_TRY(const auto from, files::open_for_reading(file.path));
      LAZULITE_TRY(const auto to, files::create_file(work));
      LAZULITE_CHECK(files::copy_range(from, 0, to, 0, file.size));
    }
    LAZULITE_CHECK(blobs_.adopt(blob, work, {}));
    return {};
  }

  Result<void> insert_rows(rows::Session& session, const SourceAsset& source) {
    const auto now = clock_.now();
    Asset asset;
    asset.id = source.id;
    asset.name = name_of(source);
    asset.storage_account_name = storage_;
    asset.created = asset.last_modified = now;
    LAZULITE_CHECK(rows::insert(session, account_, asset));
    for (const auto& each : source.files) {
      AssetFile file;
      file.id = new_entity_id(kAssetFile.id_prefix);
      file.name = each.name;
      file.parent_asset_id = source.id;
      file.content_file_size = static_cast<std::int64_t>(each.size);
      file.is_primary = &each == primary_of(source);
      file.created = file.last_modified = now;
      LAZULITE_CHECK(rows::insert(session, account_, file));
    }
    return {};
  }

  rows::Database& database_;
  blobs::BlobStore& blobs_;
  const std::string account_, storage_;
  const Clock& clock_;
};

Result<std::string> default_storage(rows::Database& database, const std::string& account) {
  return database.read([&](rows::Session& session) -> Result<std::string> {
    LAZULITE_TRY(const auto found, rows::find_account(session, account));
    if (!found) return fail(ErrorCode::kNotFound, "there is no account '{}'", account);
    return rows::choose_storage_account(session, account, std::nullopt);
  });
}

Result<void> import_folder(Import& import, const fs::path& folder, const ImportOptions& options, ImportTotals& totals,
                           const std::function<void(const std::string&)>& report) {
  const auto name = folder.filename().string();
  SourceAsset asset;
  const auto id = asset_id_of(name);
  if (!id) {
    ++totals.left_out;
    report(name + ": no asset's container, left out");
    return {};
  }
  asset.id = *id;
  LAZULITE_TRY(const bool present, import.is_present(asset.id));
  if (present) {
    ++totals.present;
    report(name + ": is there already");
    return {};
  }
  LAZULITE_TRY(asset.files, files_of(folder));
  if (!options.dry_run) LAZULITE_CHECK(import.run(asset));
  std::uint64_t bytes = 0;
  for (const auto& file : asset.files) bytes += file.size;
  report(fmt::format("{}: '{}', {} files, {:.1f} MB", name, name_of(asset), asset.files.size(),
                     static_cast<double>(bytes) / 1e6));
  ++totals.assets;
  totals.files += asset.files.size();
  totals.bytes += bytes;
  return {};
}

}  // namespace

Result<ImportTotals> import_assets(const Settings& settings, const fs::path& source, const ImportOptions& options,
                                   const Clock& clock, const std::function<void(const std::string&)>& report) {
  std::error_code error;
  if (!fs::is_directory(source, error)) return fail(ErrorCode::kNotFound, "there is no folder {}", source.string());
  if (!fs::exists(database_path(settings), error))
    return fail(ErrorCode::kNotFound,
                "there is no installation in the data folder '{}'; `lazulite serve` or `account create` makes one",
                settings.data);
  rows::DatabaseOptions database_options;
  database_options.path = database_path(settings);
  LAZULITE_TRY(const auto database, rows::Database::open(database_options));
  LAZULITE_TRY(auto storage, default_storage(*database, options.account));
  auto blobs = blobs::FileBlobStore::open(fs::path{settings.data} / "blobs", clock);
  if (!blobs && blobs.error().code == ErrorCode::kConflict)
    return fail(ErrorCode::kConflict, "a server uses the data folder '{}': stop it first", settings.data);
  if (!blobs) return blobs.error();
  Import import{*database, **blobs, options.account, std::move(storage), clock};
  LAZULITE_TRY(const auto folders, folders_in(source));
  ImportTotals totals;
  for (const auto& folder : folders) LAZULITE_CHECK(import_folder(import, folder, options, totals, report));
  return totals;
}

}  // namespace lazulite::server
