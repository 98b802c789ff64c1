// NotificationEndPoints and MonitoringConfigurations: what they may hold (api.md 5.14, 5.24, accounts-storage.md D).
#pragma once

#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kNotificationEndPointHooks;
extern const EntityHooks kMonitoringConfigurationHooks;
extern const FunctionHook kGetMonitoringSasUrisHook;

}  // namespace lazulite::api
