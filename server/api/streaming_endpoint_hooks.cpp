#include "server/api/streaming_endpoint_hooks.hpp"

#include "schema/base/text.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "server/api/long_operations.hpp"
#include "server/api/streaming_endpoint_rules.hpp"

#include <algorithm>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::string_view kDefaultName = "default";
constexpr const char* kCdnProfile = "AzureMediaStreamingPlatformCdnProfile";
constexpr const char* kNewestVersion = "2.0";
constexpr const char* kRunning = "Running";
constexpr const char* kStopped = "Stopped";
constexpr const char* kScaling = "Scaling";

struct StateChange {
  const char *from, *between, *to;
};
constexpr StateChange kStart{kStopped, "Starting", kRunning};
constexpr StateChange kStop{kRunning, "Stopping", kStopped};

Result<void> compute(HookContext& context, std::span<model::Record> records) {
  const auto& addresses = context.services.addresses;
  for (auto& record : records) {
    const auto& name = *record["Name"].as<std::string>();
    record["HostName"] = Value{name == kDefaultName ? addresses.streaming_host(context.request, context.account)
                                                    : addresses.endpoint_host(context.request, context.account, name)};
  }
  return {};
}

Error under_way(const StreamingEndpoint& endpoint) {
  return fail(ErrorCode::kConflict, "Another operation on the StreamingEndpoint '{}' is in progress: its state is {}.",
              endpoint.name, endpoint.state);
}

bool is_at_rest(const StreamingEndpoint& endpoint) { return endpoint.state == kRunning || endpoint.state == kStopped; }

Result<void> check_scale_units(const HookContext& context, std::int32_t units) {
  if (units < 0) return fail(ErrorCode::kInvalidArgument, "The value {} of 'ScaleUnits' is not valid.", units);
  const auto limit = context.services.options.scale_units_per_endpoint;
  if (units <= limit) return {};
  return fail(ErrorCode::kForbidden, "A StreamingEndpoint can have {} scale units, not {}.", limit, units);
}

// A custom host name leads to one endpoint (delivery.md 3.4).
Result<void> check_host_names_are_free(HookContext& context, const StreamingEndpoint& endpoint) {
  if (endpoint.custom_host_names.empty()) return {};
  LAZULITE_TRY(const auto all, rows::list<StreamingEndpoint>(context.session, context.account, {}));
  for (const auto& other : all) {
    if (other.id == endpoint.id) continue;
    for (const auto& name : endpoint.custom_host_names) {
      const bool taken = std::any_of(other.custom_host_names.begin(), other.custom_host_names.end(),
                                     [&name](const auto& each) { return equals_ignoring_case(each, name); });
      if (taken)
        return fail(ErrorCode::kConflict, "The host name '{}' belongs to the StreamingEndpoint '{}'.", name,
                    other.name);
    }
  }
  return {};
}

Result<void> check(HookContext& context, const StreamingEndpoint& endpoint) {
  LAZULITE_CHECK(check_streaming_endpoint(endpoint));
  if (endpoint.cdn_enabled && !context.services.options.cdn_available) {
    return fail(
        ErrorCode::kPreconditionFailed,
        "Streaming endpoint CdnEnabled property cannot be set to true as CDN capability is not available in the "
        "current region.");
  }
  return check_host_names_are_free(context, endpoint);
}

// Empty text stands for null, and a CDN without profile has the default one.
void complete(StreamingEndpoint& endpoint) {
  if (endpoint.cdn_provider && endpoint.cdn_provider->empty()) endpoint.cdn_provider.reset();
  if (endpoint.cdn_profile && endpoint.cdn_profile->empty()) endpoint.cdn_profile.reset();
  if (endpoint.cdn_enabled && !endpoint.cdn_profile) endpoint.cdn_profile = kCdnProfile;
  if (!endpoint.streaming_endpoint_version || endpoint.streaming_endpoint_version->empty())
    endpoint.streaming_endpoint_version = kNewestVersion;
}

Result<void> prepare_create(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(auto endpoint, model::to_entity<StreamingEndpoint>(record));
  complete(endpoint);
  endpoint.state = kStopped;
  endpoint.free_trial_end_time = dotnet_min_time();
  LAZULITE_CHECK(check(context, endpoint));
  LAZULITE_CHECK(check_scale_units(context, endpoint.scale_units));
  record = model::to_record(endpoint);
  return {};
}

Result<void> after_insert(HookContext& context, const odata::EntityInput&, const model::Record& record) {
  return add_finished_operation(context, record.key());
}

bool changes_cdn(const StreamingEndpoint& before, const StreamingEndpoint& after) {
  return before.cdn_enabled != after.cdn_enabled || before.cdn_provider != after.cdn_provider ||
         before.cdn_profile != after.cdn_profile;
}

bool is_effective(const model::Record& stored, const model::Record& changed) {
  for (std::size_t i = 0; i < stored.values.size(); ++i) {
    const auto& property = stored.type->properties[i];
    if (property.has(model::kServerSet) || stored.values[i] == changed.values[i]) continue;
    return true;
  }
  return false;
}

Result<void> before_update(HookContext& context, const odata::EntityInput&, const model::Record& stored,
                           model::Record& changed) {
  LAZULITE_TRY(const auto before, model::to_entity<StreamingEndpoint>(stored));
  LAZULITE_TRY(auto endpoint, model::to_entity<StreamingEndpoint>(changed));
  complete(endpoint);
  LAZULITE_CHECK(check(context, endpoint));
  if (!is_at_rest(endpoint)) return under_way(endpoint);
  if (changes_cdn(before, endpoint) && endpoint.state != kStopped) {
    return fail(ErrorCode::kInvalidArgument,
                "The CDN properties of a StreamingEndpoint can be changed while it is "
                "Stopped only.");
  }
  changed = model::to_record(endpoint);
  // api.md 5.20: 202 when it runs and something changes, else 204.
  if (endpoint.state != kRunning || !is_effective(stored, changed)) return {};
  return add_finished_operation(context, endpoint.id);
}

Result<void> before_delete(HookContext& context, const model::Record& record) {
  LAZULITE_TRY(const auto endpoint, model::to_entity<StreamingEndpoint>(record));
  if (endpoint.name == kDefaultName)
    return fail(ErrorCode::kInvalidArgument, "The default StreamingEndpoint cannot be deleted.");
  if (endpoint.state != kStopped) {
    return fail(ErrorCode::kInvalidArgument, "The StreamingEndpoint '{}' must be Stopped to be deleted; it is {}.",
                endpoint.name, endpoint.state);
  }
  return add_finished_operation(context, endpoint.id);
}

// Into `between`, from where the operation goes on to `after`.
Result<FunctionResult> begin(HookContext& context, StreamingEndpoint endpoint, const char* between, Operation after) {
  endpoint.state = between;
  endpoint.last_modified = context.now;
  LAZULITE_CHECK(rows::update(context.session, context.account, endpoint));
  LAZULITE_CHECK(begin_operation(context, endpoint.id, std::move(after)));
  return FunctionResult{};
}

Result<FunctionResult> change_state(HookContext& context, const FunctionCall& call, const StateChange& change) {
  LAZULITE_TRY(auto endpoint, rows::get<StreamingEndpoint>(context.session, context.account, call.bound_key));
  if (endpoint.state == change.to) {
    LAZULITE_CHECK(add_finished_operation(context, endpoint.id));
    return FunctionResult{};
  }
  if (endpoint.state != change.from && endpoint.state != change.between) return under_way(endpoint);
  Operation after;
  after.state_after = change.to;
  return begin(context, std::move(endpoint), change.between, std::move(after));
}

Result<void> require_room_to_run(HookContext& context, const std::string& id) {
  const auto limit = context.services.options.running_endpoints;
  if (limit == 0) return {};
  LAZULITE_TRY(const auto all, rows::list<StreamingEndpoint>(context.session, context.account, {}));
  const auto others = std::count_if(
      all.begin(), all.end(), [&id](const StreamingEndpoint& each) { return each.id != id && each.state != kStopped; });
  if (others < limit) return {};
  return fail(ErrorCode::kForbidden, "The account may have {} StreamingEndpoints running, and has {}.", limit, others);
}

Result<FunctionResult> start(HookContext& context, const FunctionCall& call) {
  LAZULITE_CHECK(require_room_to_run(context, call.bound_key));
  return change_state(context, call, kStart);
}

Result<FunctionResult> stop(HookContext& context, const FunctionCall& call) {
  return change_state(context, call, kStop);
}

// A running endpoint goes on serving while it is Scaling; of a stopped one only the number changes.
Result<FunctionResult> scale(HookContext& context, const FunctionCall& call) {
  const auto units = static_cast<std::int32_t>(*call.arguments.at(0).as<std::int64_t>());
  LAZULITE_CHECK(check_scale_units(context, units));
  LAZULITE_TRY(auto endpoint, rows::get<StreamingEndpoint>(context.session, context.account, call.bound_key));
  if (!is_at_rest(endpoint)) return under_way(endpoint);
  if (endpoint.state == kRunning) {
    Operation after;
    after.state_after = kRunning;
    after.scale_units_after = units;
    return begin(context, std::move(endpoint), kScaling, std::move(after));
  }
  endpoint.scale_units = units;
  endpoint.last_modified = context.now;
  LAZULITE_CHECK(rows::update(context.session, context.account, endpoint));
  LAZULITE_CHECK(add_finished_operation(context, endpoint.id));
  return FunctionResult{};
}

}  // namespace

constinit const EntityHooks kStreamingEndpointHooks{.set = kStreamingEndpoint.set_name,
                                                    .prepare_create = prepare_create,
                                                    .after_insert = after_insert,
                                                    .before_update = before_update,
                                                    .before_delete = before_delete,
                                                    .compute = compute};
constinit const FunctionHook kStartEndpointHook{
    .name = "Start", .bound_set = kStreamingEndpoint.set_name, .invoke = start};
constinit const FunctionHook kStopEndpointHook{
    .name = "Stop", .bound_set = kStreamingEndpoint.set_name, .invoke = stop};
constinit const FunctionHook kScaleEndpointHook{
    .name = "Scale", .bound_set = kStreamingEndpoint.set_name, .invoke = scale};

}  // namespace lazulite::api
