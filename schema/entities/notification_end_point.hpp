// NotificationEndPoint, where events of jobs and tasks are delivered to (api.md 5.14, accounts-storage.md D.1).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite {

enum class NotificationEndPointType : std::int32_t { kNone = 0, kAzureQueue = 1, kAzureTable = 2, kWebHook = 3 };
enum class NotificationCredentialType : std::int32_t { kNone = 0, kSigningKey = 1 };

struct NotificationEndPoint {
  std::string id, name;
  Timestamp created{};
  std::string end_point_address;  // the name of a queue, or a URL
  NotificationEndPointType end_point_type = NotificationEndPointType::kNone;
  NotificationCredentialType credential_type = NotificationCredentialType::kNone;
  std::optional<std::string> encrypted_end_point_credential;  // base64 of the signing key under RSA-OAEP
  std::optional<std::string> protection_key_id;
  std::int32_t protection_key_type = 0;
};

inline constexpr model::Property kNotificationEndPointProperties[] = {
    model::property<&NotificationEndPoint::id>("Id", model::kKey | model::kServerSet),
    model::property<&NotificationEndPoint::name>("Name", model::kRequired | model::kIndexed),
    model::property<&NotificationEndPoint::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&NotificationEndPoint::end_point_address>("EndPointAddress", model::kCreateOnly | model::kRequired),
    model::property<&NotificationEndPoint::end_point_type>("EndPointType", model::kCreateOnly | model::kRequired),
    model::property<&NotificationEndPoint::credential_type>("CredentialType", model::kCreateOnly),
    model::property<&NotificationEndPoint::encrypted_end_point_credential>("EncryptedEndPointCredential",
                                                                           model::kCreateOnly),
    model::property<&NotificationEndPoint::protection_key_id>("ProtectionKeyId", model::kCreateOnly),
    model::property<&NotificationEndPoint::protection_key_type>("ProtectionKeyType", model::kCreateOnly),
};
inline constexpr model::EntityType kNotificationEndPoint{"NotificationEndPoint",
                                                         "NotificationEndPoints",
                                                         "nb:nepid:UUID:",
                                                         kNotificationEndPointProperties,
                                                         {},
                                                         model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kNotificationEndPoint));
constexpr const model::EntityType& entity_type(const NotificationEndPoint*) { return kNotificationEndPoint; }

// What GetMonitoringSasUris returns a collection of.
struct MonitoringSasUri {
  std::vector<std::string> sas_uris;
  Timestamp metric_data_date{}, sas_uri_expiry_date{};
  model::Guid account_id;
};
inline constexpr model::Property kMonitoringSasUriProperties[] = {
    model::property<&MonitoringSasUri::sas_uris>("SasUris"),
    model::property<&MonitoringSasUri::metric_data_date>("MetricDataDate"),
    model::property<&MonitoringSasUri::sas_uri_expiry_date>("SasUriExpiryDate"),
    model::property<&MonitoringSasUri::account_id>("AccountId"),
};
inline constexpr model::ComplexType kMonitoringSasUri{"MonitoringSasUri", kMonitoringSasUriProperties};
constexpr const model::ComplexType& complex_type(const MonitoringSasUri*) { return kMonitoringSasUri; }

}  // namespace lazulite
