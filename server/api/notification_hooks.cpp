#include "server/api/notification_hooks.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/monitoring_configuration.hpp"
#include "schema/entities/notification_end_point.hpp"
#include "server/queue/queue_target.hpp"
#include "storage/rows/outbox.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::array<std::string_view, 2> kComponents = {"Channel", "StreamingEndpoint"};
constexpr std::array<std::string_view, 2> kLevels = {"Disabled", "Normal"};

Error not_valid(std::string_view property, std::string_view value) {
  return fail(ErrorCode::kInvalidArgument, "The value '{}' of '{}' is not valid.", value, property);
}

// ---- NotificationEndPoints

// Absolute, http or https, with a host; no credentials in it, which every log would show.
bool is_web_address(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->host().empty() || url->has_userinfo()) return false;
  return equals_ignoring_case(std::string{url->scheme()}, "http") ||
         equals_ignoring_case(std::string{url->scheme()}, "https");
}

Result<void> check_address(const NotificationEndPoint& end_point) {
  switch (end_point.end_point_type) {
    case NotificationEndPointType::kAzureQueue:
      return queue::is_queue_name(end_point.end_point_address)
                 ? Result<void>{}
                 : not_valid("EndPointAddress", end_point.end_point_address);
    case NotificationEndPointType::kAzureTable:
    case NotificationEndPointType::kWebHook:
      return is_web_address(end_point.end_point_address) ? Result<void>{}
                                                         : not_valid("EndPointAddress", end_point.end_point_address);
    case NotificationEndPointType::kNone:
      break;
  }
  return not_valid("EndPointType", std::to_string(static_cast<std::int32_t>(end_point.end_point_type)));
}

// Only a webhook signs, and only with a key that came encrypted (accounts-storage.md D.1).
Result<void> check_credential(const NotificationEndPoint& end_point, const keys::KeyVault& vault) {
  if (end_point.credential_type == NotificationCredentialType::kNone) return {};
  if (end_point.credential_type != NotificationCredentialType::kSigningKey)
    return not_valid("CredentialType", std::to_string(static_cast<std::int32_t>(end_point.credential_type)));
  if (end_point.end_point_type != NotificationEndPointType::kWebHook) {
    return fail(ErrorCode::kInvalidArgument,
                "The CredentialType SigningKey (1) is for the EndPointType WebHook (3) "
                "only.");
  }
  const auto& credential = end_point.encrypted_end_point_credential;
  const auto bytes = base64_decode(credential.value_or(""));
  if (!bytes || bytes->empty())
    return fail(ErrorCode::kInvalidArgument, "'EncryptedEndPointCredential' must be the base64 of a signing key.");
  if (end_point.protection_key_id.value_or("").empty())
    return fail(ErrorCode::kInvalidArgument, "The property 'ProtectionKeyId' is required with a signing key.");
  if (!equals_ignoring_case(*end_point.protection_key_id, vault.protection_key_id())) {
    return fail(ErrorCode::kInvalidArgument, "The ProtectionKeyId '{}' is not the one of GetProtectionKeyId.",
                *end_point.protection_key_id);
  }
  if (vault.unwrap(*credential)) return {};
  return fail(ErrorCode::kInvalidArgument,
              "'EncryptedEndPointCredential' was not encrypted for the certificate of GetProtectionKey.");
}

Result<void> prepare_end_point(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(const auto end_point, model::to_entity<NotificationEndPoint>(record));
  LAZULITE_CHECK(check_address(end_point));
  if (trim(end_point.name).empty()) return not_valid("Name", end_point.name);
  return check_credential(end_point, context.services.keys);
}

// The first message of a queue says that it is registered (accounts-storage.md D.2).
Result<void> announce_end_point(HookContext& context, const odata::EntityInput&, const model::Record& record) {
  LAZULITE_TRY(const auto end_point, model::to_entity<NotificationEndPoint>(record));
  if (end_point.end_point_type != NotificationEndPointType::kAzureQueue) return {};
  const rows::OutboxEvent event{
      rows::OutboxEventType::kNotificationEndPointRegistration,
      end_point.id,
      context.now,
      {{"State", "Registered"}, {"Name", end_point.name}, {"Created", format_iso8601(end_point.created)}}};
  return rows::append_outbox(context.session, context.account, event);
}

// What it has not heard yet, nobody will.
Result<void> forget_events(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto end_point, model::to_entity<NotificationEndPoint>(record));
  return rows::forget_outbox_of(context.session, context.account, end_point.id);
}

Result<void> update_end_point(HookContext&, const odata::EntityInput&, const model::Record&, model::Record& changed) {
  const auto& name = *changed["Name"].as<std::string>();
  return trim(name).empty() ? Result<void>{not_valid("Name", name)} : Result<void>{};
}

// Telemetry is of live channels and is not measured here, so there is never a table to hand out (accounts-storage.md
// D.5).
Result<FunctionResult> monitoring_sas_uris(HookContext& context, const FunctionCall& call) {
  LAZULITE_TRY(const auto end_point, rows::get<NotificationEndPoint>(context.session, context.account, call.bound_key));
  if (end_point.end_point_type != NotificationEndPointType::kAzureTable) {
    return fail(ErrorCode::kInvalidArgument, "The NotificationEndPoint '{}' is not of the EndPointType AzureTable (2).",
                end_point.id);
  }
  if (*call.arguments.at(0).as<Timestamp>() > *call.arguments.at(1).as<Timestamp>())
    return fail(ErrorCode::kInvalidArgument, "'monitoringStartDate' is after 'monitoringEndDate'.");
  return FunctionResult{Value{model::CollectionValue{}}};
}

// ---- MonitoringConfigurations

bool is_one_of(std::string_view value, std::span<const std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

Result<void> check_settings(const std::vector<ComponentMonitoringSettings>& settings) {
  for (const auto& each : settings) {
    if (!is_one_of(each.component, kComponents)) return not_valid("Component", each.component);
    if (!is_one_of(each.level, kLevels)) return not_valid("Level", each.level);
    const auto same = std::count_if(settings.begin(), settings.end(),
                                    [&each](const auto& other) { return other.component == each.component; });
    if (same > 1)
      return fail(ErrorCode::kInvalidArgument, "'Settings' names the component '{}' twice.", each.component);
  }
  return {};
}

// Components that are not named are Disabled.
Result<void> check_configuration(HookContext& context, model::Record& record) {
  LAZULITE_TRY(auto configuration, model::to_entity<MonitoringConfiguration>(record));
  const auto& id = configuration.notification_end_point_id;
  LAZULITE_TRY(const auto end_point, rows::find<NotificationEndPoint>(context.session, context.account, id));
  if (!end_point || end_point->end_point_type != NotificationEndPointType::kAzureTable) {
    return fail(ErrorCode::kInvalidArgument,
                "There is no NotificationEndPoint '{}' of the EndPointType AzureTable (2).", id);
  }
  LAZULITE_CHECK(check_settings(configuration.settings));
  for (const auto component : kComponents) {
    const bool named = std::any_of(configuration.settings.begin(), configuration.settings.end(),
                                   [component](const auto& each) { return each.component == component; });
    if (!named) configuration.settings.push_back({std::string{component}, "Disabled"});
  }
  record = model::to_record(configuration);
  return {};
}

Result<void> prepare_configuration(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(const auto count, rows::count(context.session, context.account, kMonitoringConfiguration, {}));
  if (count > 0) return fail(ErrorCode::kConflict, "The account has a MonitoringConfiguration already.");
  return check_configuration(context, record);
}

Result<void> update_configuration(HookContext& context, const odata::EntityInput&, const model::Record&,
                                  model::Record& changed) {
  return check_configuration(context, changed);
}

}  // namespace

constinit const EntityHooks kNotificationEndPointHooks{.set = kNotificationEndPoint.set_name,
                                                       .prepare_create = prepare_end_point,
                                                       .after_insert = announce_end_point,
                                                       .before_update = update_end_point,
                                                       .before_delete = forget_events};
constinit const EntityHooks kMonitoringConfigurationHooks{.set = kMonitoringConfiguration.set_name,
                                                          .prepare_create = prepare_configuration,
                                                          .before_update = update_configuration};
constinit const FunctionHook kGetMonitoringSasUrisHook{.name = "GetMonitoringSasUris",
                                                       .bound_set = kNotificationEndPoint.set_name,
                                                       .invoke = monitoring_sas_uris,
                                                       .writes = false};

}  // namespace lazulite::api
