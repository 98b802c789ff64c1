#include "encoder/jobs/output_assets.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/locator.hpp"
#include "storage/rows/container_removals.hpp"
#include "storage/rows/repository.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace lazulite::encoder {
namespace {

blobs::BlobRef blob_of(const OutgoingFile& file) { return {container_of(file.asset), file.file.name}; }

Result<std::vector<AssetFile>> files_of(rows::Session& session, std::string_view account, std::string_view asset_id) {
  rows::ListQuery query;
  query.condition = rows::equals(kAssetFile, "ParentAssetId", model::Value{std::string(asset_id)});
  return rows::list<AssetFile>(session, account, query);
}

template <class T>
Result<void> remove_where(rows::Session& session, std::string_view account, std::string_view property,
                          std::string_view value) {
  rows::ListQuery query;
  const auto& type = entity_type(static_cast<const T*>(nullptr));
  query.condition = rows::equals(type, property, model::Value{std::string(value)});
  LAZULITE_TRY(const auto records, rows::list(session, account, type, query));
  for (const auto& record : records) LAZULITE_CHECK(rows::remove(session, account, type, record.key()));
  return {};
}

}  // namespace

blobs::ContainerRef container_of(const Asset& asset) {
  return {asset.storage_account_name.value_or(""), asset_container_name(asset.id)};
}

std::optional<std::size_t> primary_file(const std::vector<AssetFile>& files) {
  const auto the_only = [&](auto&& fits) -> std::optional<std::size_t> {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!fits(files[i])) continue;
      if (found) return std::nullopt;
      found = i;
    }
    return found;
  };
  if (const auto marked = the_only([](const AssetFile& file) { return file.is_primary; })) return marked;
  if (files.size() == 1) return 0;
  return the_only([](const AssetFile& file) { return ends_with_ignoring_case(file.name, ".ism"); });
}

Result<void> note_outgoing_files(rows::Session& session, std::string_view account, std::string_view task,
                                 const std::vector<OutgoingFile>& files) {
  std::set<std::pair<std::string, std::string>> taken;  // asset, name
  std::set<std::string> looked_up;
  std::vector<rows::PendingOutput> notes;
  for (const auto& file : files) {
    if (looked_up.insert(file.asset.id).second) {
      LAZULITE_TRY(const auto present, files_of(session, account, file.asset.id));
      for (const auto& each : present) taken.emplace(file.asset.id, each.name);
    }
    if (!taken.emplace(file.asset.id, file.file.name).second) {
      return fail(ErrorCode::kConflict, "the output asset '{}' has a file '{}' already", file.asset.id, file.file.name);
    }
    const auto container = container_of(file.asset);
    notes.push_back({std::string(account), file.asset.id, container.account, container.container, file.file.name});
  }
  return rows::note_pending_outputs(session, task, notes);
}

Result<void> move_into_container(blobs::BlobStore& store, OutgoingFile& file) {
  blobs::BlobHeaders headers;
  if (!file.file.mime_type.empty()) headers.content_type = file.file.mime_type;
  LAZULITE_TRY(const auto properties, store.adopt(blob_of(file), file.file.path, headers));
  file.size = properties.size;
  return {};
}

Result<void> insert_asset_files(rows::Session& session, std::string_view account, std::string_view task,
                                const std::vector<OutgoingFile>& files, Timestamp now) {
  static constexpr std::array<std::string_view, 1> kTouched = {"LastModified"};
  std::set<std::string> has_primary, seen;
  for (const auto& each : files) {
    if (seen.insert(each.asset.id).second) {
      LAZULITE_TRY(const auto present, files_of(session, account, each.asset.id));
      if (std::ranges::any_of(present, [](const AssetFile& file) { return file.is_primary; })) {
        has_primary.insert(each.asset.id);
      }
      LAZULITE_TRY(auto asset, rows::get<Asset>(session, account, each.asset.id));
      asset.last_modified = now;
      LAZULITE_CHECK(rows::update(session, account, asset, kTouched));
    }
    AssetFile row;
    row.id = new_entity_id(kAssetFile.id_prefix);
    row.name = each.file.name;
    row.content_file_size = static_cast<std::int64_t>(each.size);
    row.parent_asset_id = each.asset.id;
    row.is_primary = each.file.is_primary && has_primary.insert(each.asset.id).second;
    row.created = row.last_modified = now;
    if (!each.file.mime_type.empty()) row.mime_type = each.file.mime_type;
    if (each.encryption) {
      row.is_encrypted = true;
      row.encryption_scheme = kStorageEncryptionScheme;
      row.encryption_version = kStorageEncryptionVersion;
      row.encryption_key_id = each.encryption->key_id;
      row.initialization_vector = each.encryption->initialization_vector;
    }
    LAZULITE_CHECK(rows::insert(session, account, row));
  }
  return rows::forget_pending_outputs(session, task);
}

Result<void> discard_pending_outputs(rows::Database& database, blobs::BlobStore& store, std::string_view task) {
  LAZULITE_TRY(const auto orphans,
               database.read([&](rows::Session& session) -> Result<std::vector<rows::PendingOutput>> {
                 LAZULITE_TRY(auto noted, rows::list_pending_outputs(session, task));
                 std::vector<rows::PendingOutput> out;
                 for (auto& each : noted) {
                   LAZULITE_TRY(const auto files, files_of(session, each.account, each.asset));
                   const bool is_file =
                       std::ranges::any_of(files, [&](const AssetFile& file) { return file.name == each.blob; });
                   if (!is_file) out.push_back(std::move(each));
                 }
                 return out;
               }));
  if (orphans.empty()) return {};
  for (const auto& each : orphans) {
    const auto removed = store.remove({{each.storage_account, each.container}, each.blob}, {});
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed.error();
  }
  return database.write([&](rows::Session& session) { return rows::forget_pending_outputs(session, task); });
}

Result<void> discard_abandoned_outputs(rows::Database& database, blobs::BlobStore& store) {
  LAZULITE_TRY(const auto tasks,
               database.read([](rows::Session& session) { return rows::tasks_with_abandoned_outputs(session); }));
  for (const auto& task : tasks) LAZULITE_CHECK(discard_pending_outputs(database, store, task));
  return {};
}

Result<std::optional<blobs::ContainerRef>> delete_output_asset(rows::Session& session, std::string_view account,
                                                               std::string_view asset_id) {
  LAZULITE_TRY(const auto asset, rows::find<Asset>(session, account, asset_id));
  if (!asset) return std::optional<blobs::ContainerRef>{};
  LAZULITE_CHECK(remove_where<AssetFile>(session, account, "ParentAssetId", asset_id));
  LAZULITE_CHECK(remove_where<Locator>(session, account, "AssetId", asset_id));
  LAZULITE_CHECK(rows::unlink_all(session, account, kAsset, "ParentAssets", asset_id));
  LAZULITE_CHECK(rows::remove<Asset>(session, account, asset_id));
  auto container = container_of(*asset);
  LAZULITE_CHECK(rows::note_container_removal(session, container.account, container.container));
  return std::optional{std::move(container)};
}

}  // namespace lazulite::encoder
