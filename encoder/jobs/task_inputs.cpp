#include "encoder/jobs/task_inputs.hpp"

#include "encoder/jobs/output_assets.hpp"
#include "encoder/jobs/task_body.hpp"
#include "storage/rows/asset_keys.hpp"
#include "storage/rows/repository.hpp"

namespace lazulite::encoder {
namespace {

constexpr const char* kMissingInput = "ErrorDownloadingInputAssetMalformedContent";
constexpr const char* kStoreFailed = "ErrorDownloadingInputAssetServiceFailure";
constexpr const char* kUnsupported = "ErrorExecutingTaskUnsupportedFormat";
constexpr const char* kNoOutput = "ErrorUploadingOutputAsset";

// The asset that the n-th link of a job leads to. validate_job() has made sure of n, so a missing link is a lost row.
Result<Asset> linked_asset(rows::Session& session, const rows::TaskClaim& claim, const std::vector<std::string>& links,
                           std::size_t n, const char* code) {
  if (n >= links.size()) return fail_with(ErrorCode::kInternal, code, "the job has no asset number {}", n);
  LAZULITE_TRY(auto asset, rows::find<Asset>(session, claim.account, links[n]));
  if (!asset) return fail_with(ErrorCode::kNotFound, code, "the asset '{}' has been deleted", links[n]);
  if (asset->options != AssetOptions::kNone && asset->options != AssetOptions::kStorageEncrypted) {
    return fail_with(ErrorCode::kUnsupported, kUnsupported,
                     "the asset '{}' is protected (Options {}), which tasks do not support", asset->id,
                     static_cast<int>(asset->options));
  }
  return std::move(*asset);
}

Result<TaskAsset> with_files(rows::Session& session, const std::string& account, Asset asset) {
  rows::ListQuery query;
  query.condition = rows::equals(kAssetFile, "ParentAssetId", model::Value{asset.id});
  LAZULITE_TRY(auto files, rows::list<AssetFile>(session, account, query));
  std::optional<ContentKey> key;
  if (asset.options == AssetOptions::kStorageEncrypted) {
    LAZULITE_TRY(key, rows::find_storage_key(session, account, asset.id));
  }
  return TaskAsset{std::move(asset), std::move(files), std::move(key)};
}

using OpenFile = std::function<Result<files::FileDescriptor>()>;

// A file of a storage-encrypted asset that its client has not marked is clear.
Result<OpenFile> opener_of(blobs::BlobStore& store, const StorageKey* key, const TaskAsset& input,
                           const AssetFile& file) {
  blobs::BlobRef ref{container_of(input.asset), file.name};
  if (!file.is_encrypted) {
    return OpenFile{[&store, ref]() -> Result<files::FileDescriptor> {
      LAZULITE_TRY(auto blob, store.open(ref));
      return std::move(blob.file);
    }};
  }
  if (key == nullptr) {
    return fail_with(ErrorCode::kUnsupported, kUnsupported,
                     "the input file '{}' is encrypted, and its asset '{}' has no storage encryption key", file.name,
                     input.asset.id);
  }
  auto open = open_decrypted(store, std::move(ref), file, *key);
  if (!open) return fail_with(open.error().code, kUnsupported, "{}", open.error().message);
  return open;
}

Result<InputFile> open_input(blobs::BlobStore& store, const StorageKey* key, const TaskAsset& input,
                             const AssetFile& file, bool is_primary) {
  const blobs::BlobRef ref{container_of(input.asset), file.name};
  const auto properties = store.properties(ref);
  if (!properties) {
    const bool missing = properties.error().code == ErrorCode::kNotFound;
    return fail_with(properties.error().code, missing ? kMissingInput : kStoreFailed,
                     "the input file '{}' of the asset '{}' cannot be read: {}", file.name, input.asset.id,
                     properties.error().message);
  }
  if (is_primary && properties->size == 0) {
    return fail_with(ErrorCode::kInvalidArgument, kMissingInput, "the input file '{}' is empty", file.name);
  }
  LAZULITE_TRY(auto open, opener_of(store, key, input, file));
  return InputFile{file.name, std::move(open), properties->size, is_primary};
}

}  // namespace

Result<TaskRows> load_task_rows(rows::Session& session, const rows::TaskClaim& claim) {
  TaskRows out;
  LAZULITE_TRY(out.task, rows::get<JobTask>(session, claim.account, claim.task));
  LAZULITE_TRY(const auto units, rows::list<EncodingReservedUnitType>(session, claim.account, {}));
  if (!units.empty()) out.units = units.front();
  LAZULITE_TRY(const auto body, parse_task_body(out.task.task_body));
  LAZULITE_TRY(const auto job_inputs, rows::links(session, claim.account, kJob, "InputMediaAssets", claim.job));
  LAZULITE_TRY(const auto job_outputs, rows::links(session, claim.account, kJob, "OutputMediaAssets", claim.job));
  for (const auto& input : body.inputs) {
    const auto& links = input.kind == TaskInputKind::kJobInputAsset ? job_inputs : job_outputs;
    LAZULITE_TRY(auto asset, linked_asset(session, claim, links, input.index, kMissingInput));
    LAZULITE_TRY(auto with, with_files(session, claim.account, std::move(asset)));
    out.inputs.push_back(std::move(with));
  }
  for (const auto& output : body.outputs) {
    LAZULITE_TRY(auto asset, linked_asset(session, claim, job_outputs, output.index, kNoOutput));
    out.output_specs.push_back(
        {asset.id, static_cast<std::int32_t>(asset.options), static_cast<std::int32_t>(asset.format_option)});
    out.outputs.push_back(std::move(asset));
  }
  return out;
}

Result<std::vector<InputAsset>> open_inputs(blobs::BlobStore& store, const StorageKeys& keys, std::string_view account,
                                            const std::vector<TaskAsset>& inputs) {
  std::vector<InputAsset> out;
  for (const auto& input : inputs) {
    InputAsset opened{input.asset.id, {}};
    std::optional<StorageKey> key;
    if (input.storage_key && keys.open) {
      auto found = keys.open(account, *input.storage_key);
      if (!found) return fail_with(found.error().code, kStoreFailed, "{}", found.error().message);
      key = *found;
    }
    const auto primary = primary_file(input.files);
    for (std::size_t i = 0; i < input.files.size(); ++i) {
      LAZULITE_TRY(auto file, open_input(store, key ? &*key : nullptr, input, input.files[i], primary == i));
      opened.files.push_back(std::move(file));
    }
    out.push_back(std::move(opened));
  }
  return out;
}

}  // namespace lazulite::encoder
