// The one list of entity types. It stands here because `model` may not include `entities`.
#include "schema/model/model.hpp"

#include "schema/base/text.hpp"
#include "schema/entities/access_policy.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/channel.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/media_account.hpp"
#include "schema/entities/media_processor.hpp"
#include "schema/entities/operation.hpp"
#include "schema/entities/program.hpp"
#include "schema/entities/storage_account.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "schema/entities/task.hpp"

namespace lazulite::model {
namespace {

constexpr const EntityType* kEntityTypes[] = {
    &kAccessPolicy,   &kAsset,     &kAssetFile, &kChannel,        &kEncodingReservedUnitType, &kJob,  &kLocator,
    &kMediaProcessor, &kOperation, &kProgram,   &kStorageAccount, &kStreamingEndpoint,        &kTask, &kMediaAccount,
};

constexpr FunctionParameter kCancelJobParameters[] = {{"jobid", EdmType::kString}};
constexpr FunctionParameter kCreateFileInfosParameters[] = {{"assetid", EdmType::kString}};
constexpr FunctionParameter kScaleParameters[] = {{"scaleUnits", EdmType::kInt32}};
constexpr Function kFunctions[] = {
    {"CancelJob", "", kCancelJobParameters, ""},
    {"CreateFileInfos", "", kCreateFileInfosParameters, ""},
    {"Publish", "Assets", {}, ""},
    {"Start", "StreamingEndpoints", {}, ""},
    {"Stop", "StreamingEndpoints", {}, ""},
    {"Scale", "StreamingEndpoints", kScaleParameters, ""},
};

}  // namespace

std::span<const EntityType* const> entity_types() { return kEntityTypes; }

const EntityType* find_entity_set(std::string_view set_name) {
  for (const auto* each : kEntityTypes) {
    if (each->set_name == set_name && (each->verbs & kHidden) == 0) return each;
  }
  return nullptr;
}

std::span<const Function> functions() { return kFunctions; }

}  // namespace lazulite::model
