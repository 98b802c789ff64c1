#include "server/api/asset_file_hooks.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/log.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/odata/target_parser.hpp"
#include "server/api/asset_hooks.hpp"

#include <algorithm>
#include <set>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::size_t kMaxNameBytes = 260;
constexpr std::string_view kHarmful = "/\\?#%";
constexpr std::string_view kDocumented = "!*'();:@&=+$,/?%#[]\"";

Result<std::vector<AssetFile>> files_where(HookContext& context, const std::string& asset_id, std::string_view property,
                                           Value value) {
  rows::ListQuery query;
  query.condition = rows::both(rows::equals(kAssetFile, "ParentAssetId", Value{asset_id}),
                               rows::equals(kAssetFile, property, std::move(value)));
  return rows::list<AssetFile>(context.session, context.account, query);
}

bool is_other(const std::vector<AssetFile>& files, const AssetFile& file) {
  return std::any_of(files.begin(), files.end(), [&file](const AssetFile& each) { return each.id != file.id; });
}

// One name once, one primary file (api.md 5.3).
Result<void> check_unique(HookContext& context, const AssetFile& file) {
  LAZULITE_TRY(const auto same_name, files_where(context, file.parent_asset_id, "Name", Value{file.name}));
  if (is_other(same_name, file)) {
    return fail(ErrorCode::kConflict, "The asset '{}' already has a file named '{}'.", file.parent_asset_id, file.name);
  }
  if (!file.is_primary) return {};
  LAZULITE_TRY(const auto primary, files_where(context, file.parent_asset_id, "IsPrimary", Value{true}));
  if (is_other(primary, file))
    return fail(ErrorCode::kConflict, "The asset '{}' already has a primary file.", file.parent_asset_id);
  return {};
}

Result<void> check(HookContext& context, const AssetFile& file) {
  LAZULITE_CHECK(check_file_name(file.name, context.services.options.strict_file_names));
  if (file.content_file_size < 0) return fail(ErrorCode::kInvalidArgument, "'ContentFileSize' must not be negative.");
  return check_unique(context, file);
}

Result<void> prepare_create(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto file, model::to_entity<AssetFile>(record));
  LAZULITE_TRY(file.parent_asset_id, odata::normalize_key(kAsset, file.parent_asset_id));
  LAZULITE_CHECK(rows::get<Asset>(context.session, context.account, file.parent_asset_id));
  record["ParentAssetId"] = Value{file.parent_asset_id};
  return check(context, file);
}

Result<void> before_update(HookContext& context, const odata::EntityInput&, const model::Record&,
                           model::Record& changed) {
  LAZULITE_TRY(const auto file, model::to_entity<AssetFile>(changed));
  return check(context, file);
}

// The blob goes with its row. Killed in between, the server keeps a blob without a row, which CreateFileInfos would
// list again.
Result<void> before_delete(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto file, model::to_entity<AssetFile>(record));
  LAZULITE_TRY(const auto asset, rows::find<Asset>(context.session, context.account, file.parent_asset_id));
  if (!asset) return {};
  const blobs::BlobRef blob{asset_container(*asset), file.name};
  context.after_commit.push_back([&store = context.services.blobs, blob] {
    const auto removed = store.remove(blob, {});
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      logger("api").error("the blob of a deleted file was not removed: {}", removed.error().message);
    }
  });
  return {};
}

Result<std::vector<blobs::ListedBlob>> all_blobs(blobs::BlobStore& store, const blobs::ContainerRef& container) {
  std::vector<blobs::ListedBlob> out;
  blobs::ListQuery query;
  do {
    LAZULITE_TRY(auto page, store.list(container, query));
    std::move(page.blobs.begin(), page.blobs.end(), std::back_inserter(out));
    query.marker = std::move(page.next_marker);
  } while (!query.marker.empty());
  return out;
}

Result<FunctionResult> create_file_infos(HookContext& context, const FunctionCall& call) {
  LAZULITE_TRY(const auto id, odata::normalize_key(kAsset, *call.arguments[0].as<std::string>()));
  LAZULITE_TRY(const auto asset, rows::get<Asset>(context.session, context.account, id));
  auto blobs = all_blobs(context.services.blobs, asset_container(asset));
  if (!blobs && blobs.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kConflict, "The container of the asset '{}' does not exist.", id);
  }
  LAZULITE_CHECK(blobs);
  rows::ListQuery query;
  query.condition = rows::equals(kAssetFile, "ParentAssetId", Value{id});
  LAZULITE_TRY(const auto files, rows::list<AssetFile>(context.session, context.account, query));
  std::set<std::string> known;
  for (const auto& file : files) known.insert(file.name);
  for (const auto& blob : *blobs) {
    if (known.contains(blob.name)) continue;
    AssetFile file;
    file.id = new_entity_id(kAssetFile.id_prefix);
    file.name = blob.name;
    file.content_file_size = static_cast<std::int64_t>(blob.properties.size);
    file.parent_asset_id = id;
    file.created = file.last_modified = context.now;
    LAZULITE_CHECK(rows::insert(context.session, context.account, file));
  }
  return FunctionResult{};
}

}  // namespace

constinit const EntityHooks kAssetFileHooks{.set = kAssetFile.set_name,
                                            .prepare_create = prepare_create,
                                            .before_update = before_update,
                                            .before_delete = before_delete};
constinit const FunctionHook kCreateFileInfosHook{.name = "CreateFileInfos", .invoke = create_file_infos};

Result<void> check_file_name(std::string_view name, bool strict) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return fail(ErrorCode::kInvalidArgument, "The name of a file must have 1 to {} bytes.", kMaxNameBytes);
  }
  const auto forbidden = strict ? kDocumented : kHarmful;
  const bool bad = std::any_of(name.begin(), name.end(), [forbidden](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' ||
           forbidden.find(c) != std::string_view::npos;
  });
  if (bad || (strict && std::count(name.begin(), name.end(), '.') > 1)) {
    return fail(ErrorCode::kInvalidArgument, "The file name '{}' holds a character that is not allowed.", name);
  }
  return {};
}

}  // namespace lazulite::api
