// The one list of entity types. It stands here because `model` may not include `entities`.
#include "schema/model/model.hpp"

#include "schema/base/text.hpp"
#include "schema/entities/access_policy.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_delivery_policy.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/asset_filter.hpp"
#include "schema/entities/channel.hpp"
#include "schema/entities/content_key.hpp"
#include "schema/entities/content_key_authorization_policy.hpp"
#include "schema/entities/content_key_authorization_policy_option.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/filter.hpp"
#include "schema/entities/ingest_manifest.hpp"
#include "schema/entities/ingest_manifest_asset.hpp"
#include "schema/entities/ingest_manifest_file.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/job_template.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/media_account.hpp"
#include "schema/entities/media_processor.hpp"
#include "schema/entities/monitoring_configuration.hpp"
#include "schema/entities/notification_end_point.hpp"
#include "schema/entities/operation.hpp"
#include "schema/entities/program.hpp"
#include "schema/entities/storage_account.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "schema/entities/task.hpp"
#include "schema/entities/task_template.hpp"

namespace lazulite::model {
namespace {

constexpr const EntityType* kEntityTypes[] = {
    &kAccessPolicy,
    &kAsset,
    &kAssetDeliveryPolicy,
    &kAssetFile,
    &kAssetFilter,
    &kChannel,
    &kContentKey,
    &kContentKeyAuthorizationPolicy,
    &kContentKeyAuthorizationPolicyOption,
    &kEncodingReservedUnitType,
    &kFilter,
    &kIngestManifest,
    &kIngestManifestAsset,
    &kIngestManifestFile,
    &kJob,
    &kJobTemplate,
    &kLocator,
    &kMediaProcessor,
    &kMonitoringConfiguration,
    &kNotificationEndPoint,
    &kOperation,
    &kProgram,
    &kStorageAccount,
    &kStreamingEndpoint,
    &kTask,
    &kTaskTemplate,
    &kMediaAccount,  // hidden
};

constexpr FunctionParameter kCancelJobParameters[] = {{"jobid", EdmType::kString}};
constexpr FunctionParameter kCreateFileInfosParameters[] = {{"assetid", EdmType::kString}};
constexpr FunctionParameter kGetKeyDeliveryUrlParameters[] = {{"keyDeliveryType", EdmType::kInt32}};
constexpr FunctionParameter kGetProtectionKeyIdParameters[] = {{"contentKeyType", EdmType::kInt32}};
constexpr FunctionParameter kGetProtectionKeyParameters[] = {{"protectionKeyId", EdmType::kString}};
constexpr FunctionParameter kMonitoringParameters[] = {{"monitoringStartDate", EdmType::kDateTime},
                                                       {"monitoringEndDate", EdmType::kDateTime}};
constexpr FunctionParameter kRebindContentKeyParameters[] = {{"id", EdmType::kString},
                                                             {"x509Certificate", EdmType::kString}};
constexpr FunctionParameter kScaleParameters[] = {{"scaleUnits", EdmType::kInt32}};
constexpr Function kFunctions[] = {
    {"CancelJob", "", kCancelJobParameters, ""},
    {"CreateFileInfos", "", kCreateFileInfosParameters, ""},
    {"GetKeyDeliveryUrl", "ContentKeys", kGetKeyDeliveryUrlParameters, "Edm.String"},
    {"GetProtectionKey", "", kGetProtectionKeyParameters, "Edm.String"},
    {"GetProtectionKeyId", "", kGetProtectionKeyIdParameters, "Edm.String"},
    {"Publish", "Assets", {}, ""},
    {"RebindContentKey", "", kRebindContentKeyParameters, "Edm.String"},
    {"Start", "StreamingEndpoints", {}, ""},
    {"Stop", "StreamingEndpoints", {}, ""},
    {"Scale", "StreamingEndpoints", kScaleParameters, ""},
    {"GetMonitoringSasUris", "NotificationEndPoints", kMonitoringParameters, "", &kMonitoringSasUri},
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
