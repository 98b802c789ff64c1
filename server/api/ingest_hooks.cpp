#include "server/api/ingest_hooks.hpp"

#include "schema/odata/target_parser.hpp"
#include "server/api/asset_file_hooks.hpp"
#include "server/api/asset_hooks.hpp"
#include "server/api/containers.hpp"
#include "server/api/related_rows.hpp"
#include "server/api/storage_account_hooks.hpp"
#include "server/ingest/manifest_rows.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/filter_sql.hpp"
#include "storage/rows/group_counts.hpp"

#include <map>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::int64_t kMaxErrorsTold = 1000;  // files whose error is in one page of manifests

blobs::ContainerRef upload_container(const IngestManifest& manifest) {
  return {manifest.storage_account_name.value_or(std::string{}), manifest_container_name(manifest.id)};
}

// ---- IngestManifests

Result<std::function<void()>> make_upload_container(const ApiServices& services, const std::string& account,
                                                    const model::Record& record, odata::EntityInput& input) {
  LAZULITE_TRY(auto manifest, model::to_entity<IngestManifest>(record));
  LAZULITE_TRY(manifest.storage_account_name, services.database.read([&](rows::Session& session) {
    return rows::choose_storage_account(session, account, manifest.storage_account_name);
  }));
  LAZULITE_CHECK(require_storage_room(services, *manifest.storage_account_name));
  input.give("StorageAccountName", Value{*manifest.storage_account_name});
  return make_container(services, upload_container(manifest));
}

Result<void> prepare_manifest(HookContext& context, const odata::EntityInput&, model::Record& record) {
  const auto* name = record["StorageAccountName"].as<std::string>();
  LAZULITE_CHECK(rows::choose_storage_account(context.session, context.account, *name));  // it may be gone by now
  return {};
}

using StatisticsByManifest = std::map<std::string, IngestManifestStatistics>;

void add_count(IngestManifestStatistics& statistics, const rows::GroupCount& each) {
  const auto count = static_cast<std::int32_t>(each.count);
  switch (static_cast<IngestManifestFileState>(each.member)) {
    case IngestManifestFileState::kPending:
      statistics.pending_files_count = count;
      break;
    case IngestManifestFileState::kFinished:
      statistics.finished_files_count = count;
      break;
    case IngestManifestFileState::kError:
      statistics.error_files_count = count;
      break;
  }
}

Result<void> add_error_details(HookContext& context, const rows::SqlFragment& of_manifests, StatisticsByManifest& out) {
  rows::ListQuery query;
  query.condition = rows::both(of_manifests, rows::equals(kIngestManifestFile, "State", Value{std::int64_t{2}}));
  query.top = kMaxErrorsTold;
  LAZULITE_TRY(const auto files, rows::list<IngestManifestFile>(context.session, context.account, query));
  for (const auto& file : files) {
    auto& details = out[file.parent_ingest_manifest_id].error_files_details;
    details += fmt::format("{}{}: {}", details.empty() ? "" : "\n", file.name, file.error_detail.value_or(""));
  }
  return {};
}

// Two queries, however many manifests there are.
Result<StatisticsByManifest> statistics_of(HookContext& context, std::span<const model::Record> manifests) {
  std::vector<std::string> keys;
  for (const auto& each : manifests) keys.push_back(each.key());
  const auto of_manifests = rows::is_one_of(*kIngestManifestFile.find_property("ParentIngestManifestId"), keys);
  LAZULITE_TRY(const auto counts, rows::count_groups(context.session, context.account, kIngestManifestFile,
                                                     "ParentIngestManifestId", "State", of_manifests));
  StatisticsByManifest out;
  bool has_errors = false;
  for (const auto& each : counts) {
    add_count(out[each.group], each);
    has_errors = has_errors || out[each.group].error_files_count > 0;
  }
  if (has_errors) LAZULITE_CHECK(add_error_details(context, of_manifests, out));
  return out;
}

Result<void> compute_manifests(HookContext& context, std::span<model::Record> records) {
  LAZULITE_TRY(auto statistics, statistics_of(context, records));
  for (auto& record : records) {
    LAZULITE_TRY(auto manifest, model::to_entity<IngestManifest>(record));
    const auto container = upload_container(manifest);
    manifest.statistics = std::move(statistics[manifest.id]);
    manifest.state =
        manifest.statistics.pending_files_count > 0 ? IngestManifestState::kActive : IngestManifestState::kInactive;
    manifest.blob_storage_uri_for_upload =
        context.services.addresses.blob_container(context.request, container.account, container.container);
    record = model::to_record(manifest);
  }
  return {};
}

// With all that hangs on it; the Assets stay.
Result<void> delete_manifest(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto manifest, model::to_entity<IngestManifest>(record));
  LAZULITE_CHECK(remove_rows(context, kIngestManifestFile, "ParentIngestManifestId", manifest.id));
  LAZULITE_CHECK(remove_rows(context, kIngestManifestAsset, "ParentIngestManifestId", manifest.id));
  return remove_container(context, upload_container(manifest));
}

// ---- IngestManifestAssets

Result<void> prepare_asset(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto item, model::to_entity<IngestManifestAsset>(record));
  LAZULITE_TRY(item.parent_ingest_manifest_id, odata::normalize_key(kIngestManifest, item.parent_ingest_manifest_id));
  LAZULITE_TRY(const auto manifest,
               rows::get<IngestManifest>(context.session, context.account, item.parent_ingest_manifest_id));
  if (item.asset_id.empty())
    return fail(ErrorCode::kInvalidArgument, "An IngestManifestAsset needs a reference to its Asset.");
  LAZULITE_TRY(const auto asset, rows::get<Asset>(context.session, context.account, item.asset_id));
  if (asset.storage_account_name != manifest.storage_account_name) {
    return fail(ErrorCode::kConflict, "The asset '{}' and the manifest '{}' are on different storage accounts.",
                asset.id, manifest.id);
  }
  record = model::to_record(item);
  return {};
}

Result<void> delete_asset(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto item, model::to_entity<IngestManifestAsset>(record));
  LAZULITE_CHECK(remove_rows(context, kIngestManifestFile, "ParentIngestManifestAssetId", item.id));
  return ingest::update_pending(context.session, context.account, item.parent_ingest_manifest_id, item.id);
}

// ---- IngestManifestFiles

Result<void> prepare_file(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto file, model::to_entity<IngestManifestFile>(record));
  LAZULITE_CHECK(check_file_name(file.name, context.services.options.strict_file_names));
  LAZULITE_TRY(file.parent_ingest_manifest_id, odata::normalize_key(kIngestManifest, file.parent_ingest_manifest_id));
  LAZULITE_TRY(file.parent_ingest_manifest_asset_id,
               odata::normalize_key(kIngestManifestAsset, file.parent_ingest_manifest_asset_id));
  LAZULITE_CHECK(rows::get<IngestManifest>(context.session, context.account, file.parent_ingest_manifest_id));
  LAZULITE_TRY(const auto parent,
               rows::get<IngestManifestAsset>(context.session, context.account, file.parent_ingest_manifest_asset_id));
  if (parent.parent_ingest_manifest_id != file.parent_ingest_manifest_id) {
    return fail(ErrorCode::kInvalidArgument, "The IngestManifestAsset '{}' does not belong to the IngestManifest '{}'.",
                parent.id, file.parent_ingest_manifest_id);
  }
  file.state = IngestManifestFileState::kPending;
  record = model::to_record(file);
  return {};
}

// The blob may be there already.
Result<void> expect_upload(HookContext& context, const odata::EntityInput&, const model::Record& record) {
  LAZULITE_TRY(const auto file, model::to_entity<IngestManifestFile>(record));
  LAZULITE_TRY(const auto manifest,
               rows::get<IngestManifest>(context.session, context.account, file.parent_ingest_manifest_id));
  if (context.services.upload_expected) {
    context.after_commit.push_back(
        [&services = context.services, blob = blobs::BlobRef{upload_container(manifest), file.name}] {
          services.upload_expected(blob);
        });
  }
  return ingest::update_pending(context.session, context.account, manifest.id, file.parent_ingest_manifest_asset_id);
}

Result<void> delete_file(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto file, model::to_entity<IngestManifestFile>(record));
  return ingest::update_pending(context.session, context.account, file.parent_ingest_manifest_id,
                                file.parent_ingest_manifest_asset_id, file.id);
}

}  // namespace

constinit const EntityHooks kIngestManifestHooks{.set = kIngestManifest.set_name,
                                                 .before_transaction = make_upload_container,
                                                 .prepare_create = prepare_manifest,
                                                 .before_delete = delete_manifest,
                                                 .compute = compute_manifests};
constinit const EntityHooks kIngestManifestAssetHooks{
    .set = kIngestManifestAsset.set_name, .prepare_create = prepare_asset, .before_delete = delete_asset};
constinit const EntityHooks kIngestManifestFileHooks{.set = kIngestManifestFile.set_name,
                                                     .prepare_create = prepare_file,
                                                     .after_insert = expect_upload,
                                                     .before_delete = delete_file};

}  // namespace lazulite::api
