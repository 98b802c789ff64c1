#include "server/ingest/manifest_rows.hpp"

#include <algorithm>

namespace lazulite::ingest {
namespace {

constexpr std::string_view kPendingAssets = "PendingIngestManifestAssets";

}  // namespace

Result<void> update_pending(rows::Session& session, std::string_view account, const std::string& manifest_id,
                            const std::string& manifest_asset_id, std::string_view leaving) {
  rows::ListQuery query;
  query.condition =
      rows::both(rows::equals(kIngestManifestFile, "ParentIngestManifestAssetId", model::Value{manifest_asset_id}),
                 rows::equals(kIngestManifestFile, "State", model::Value{std::int64_t{0}}));
  query.top = 2;
  LAZULITE_TRY(const auto pending, rows::list<IngestManifestFile>(session, account, query));
  const bool awaits = std::any_of(pending.begin(), pending.end(),
                                  [leaving](const IngestManifestFile& each) { return each.id != leaving; });
  rows::ListQuery link;
  link.linked_from = &kIngestManifest;
  link.linked_navigation = kPendingAssets;
  link.linked_key = manifest_id;
  link.condition = rows::equals(kIngestManifestAsset, "Id", model::Value{manifest_asset_id});
  LAZULITE_TRY(const auto linked, rows::count(session, account, kIngestManifestAsset, link));
  const bool is_linked = linked > 0;
  if (awaits == is_linked) return {};
  return is_linked ? rows::unlink(session, account, kIngestManifest, kPendingAssets, manifest_id, manifest_asset_id)
                   : rows::link(session, account, kIngestManifest, kPendingAssets, manifest_id, manifest_asset_id);
}

}  // namespace lazulite::ingest
