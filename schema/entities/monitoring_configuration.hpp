// MonitoringConfiguration, which telemetry an account wants (api.md 5.24, accounts-storage.md D.5).
#pragma once

#include "schema/model/edm.hpp"

#include <string>
#include <vector>

namespace lazulite {

struct ComponentMonitoringSettings {
  std::string component;  // Channel, StreamingEndpoint
  std::string level;      // Disabled, Normal
};
inline constexpr model::Property kComponentMonitoringSettingsProperties[] = {
    model::property<&ComponentMonitoringSettings::component>("Component"),
    model::property<&ComponentMonitoringSettings::level>("Level"),
};
inline constexpr model::ComplexType kComponentMonitoringSettings{"ComponentMonitoringSettings",
                                                                 kComponentMonitoringSettingsProperties};
constexpr const model::ComplexType& complex_type(const ComponentMonitoringSettings*) {
  return kComponentMonitoringSettings;
}

struct MonitoringConfiguration {
  std::string id, notification_end_point_id;
  Timestamp created{}, last_modified{};
  std::vector<ComponentMonitoringSettings> settings;
};

inline constexpr model::Property kMonitoringConfigurationProperties[] = {
    model::property<&MonitoringConfiguration::id>("Id", model::kKey | model::kServerSet),
    model::property<&MonitoringConfiguration::notification_end_point_id>("NotificationEndPointId", model::kRequired),
    model::property<&MonitoringConfiguration::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&MonitoringConfiguration::last_modified>("LastModified", model::kServerSet),
    model::property<&MonitoringConfiguration::settings>("Settings"),
};
inline constexpr model::EntityType kMonitoringConfiguration{"MonitoringConfiguration",
                                                            "MonitoringConfigurations",
                                                            "nb:mcid:UUID:",
                                                            kMonitoringConfigurationProperties,
                                                            {},
                                                            model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kMonitoringConfiguration));
constexpr const model::EntityType& entity_type(const MonitoringConfiguration*) { return kMonitoringConfiguration; }

}  // namespace lazulite
