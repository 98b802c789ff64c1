// The lists of hooks: one line per set that does something, one per service operation or action.
#include "server/api/entity_hooks.hpp"

#include "server/api/access_policy_hooks.hpp"
#include "server/api/asset_file_hooks.hpp"
#include "server/api/asset_hooks.hpp"
#include "server/api/authorization_policy_hooks.hpp"
#include "server/api/content_key_hooks.hpp"
#include "server/api/delivery_policy_hooks.hpp"
#include "server/api/filter_hooks.hpp"
#include "server/api/ingest_hooks.hpp"
#include "server/api/job_hooks.hpp"
#include "server/api/job_template_hooks.hpp"
#include "server/api/live_hooks.hpp"
#include "server/api/locator_hooks.hpp"
#include "server/api/media_processor_hooks.hpp"
#include "server/api/notification_hooks.hpp"
#include "server/api/reserved_unit_hooks.hpp"
#include "server/api/storage_account_hooks.hpp"
#include "server/api/streaming_endpoint_hooks.hpp"

namespace lazulite::api {
namespace {

constexpr const EntityHooks* kEntityHooks[] = {
    &kAccessPolicyHooks,
    &kAssetHooks,
    &kAssetFileHooks,
    &kAssetFilterHooks,
    &kAuthorizationPolicyOptionHooks,
    &kChannelHooks,
    &kContentKeyHooks,
    &kDeliveryPolicyHooks,
    &kFilterHooks,
    &kIngestManifestAssetHooks,
    &kIngestManifestFileHooks,
    &kIngestManifestHooks,
    &kJobHooks,
    &kJobTemplateHooks,
    &kLocatorHooks,
    &kMediaProcessorHooks,
    &kMonitoringConfigurationHooks,
    &kNotificationEndPointHooks,
    &kProgramHooks,
    &kReservedUnitHooks,
    &kStorageAccountHooks,
    &kStreamingEndpointHooks,
    &kTaskHooks,
    &kTaskTemplateHooks,
};

constexpr const FunctionHook* kFunctionHooks[] = {
    &kCancelJobHook,        &kCreateFileInfosHook,    &kGetKeyDeliveryUrlHook, &kGetMonitoringSasUrisHook,
    &kGetProtectionKeyHook, &kGetProtectionKeyIdHook, &kPublishHook,           &kRebindContentKeyHook,
    &kScaleEndpointHook,    &kStartEndpointHook,      &kStopEndpointHook,
};

}  // namespace

const EntityHooks* find_entity_hooks(std::string_view set) {
  for (const auto* each : kEntityHooks) {
    if (each->set == set) return each;
  }
  return nullptr;
}

const FunctionHook* find_function_hook(const model::Function& function) {
  for (const auto* each : kFunctionHooks) {
    if (each->name == function.name && each->bound_set == function.bound_set) return each;
  }
  return nullptr;
}

}  // namespace lazulite::api
