#include "server/api/streaming_endpoint_hooks.hpp"

#include "schema/entities/streaming_endpoint.hpp"

#include <algorithm>
#include <array>

namespace lazulite::api {
namespace {

constexpr std::string_view kDefaultName = "default";
constexpr std::array<std::string_view, 3> kCdnProviders = {"StandardVerizon", "PremiumVerizon", "StandardAkamai"};
constexpr const char* kCdnProfile = "AzureMediaStreamingPlatformCdnProfile";

Result<void> compute(HookContext& context, std::span<model::Record> records) {
  const auto host = context.services.addresses.streaming_host(context.request, context.account);
  for (auto& record : records) {
    const auto& name = *record["Name"].as<std::string>();
    record["HostName"] = model::Value{name == kDefaultName ? host : fmt::format("{}-{}", name, host)};
  }
  return {};
}

bool is_one_of(const std::optional<std::string>& value, std::span<const std::string_view> allowed) {
  return !value || value->empty() || std::find(allowed.begin(), allowed.end(), *value) != allowed.end();
}

Result<void> before_update(HookContext&, const odata::EntityInput&, const model::Record&, model::Record& changed) {
  LAZULITE_TRY(auto endpoint, model::to_entity<StreamingEndpoint>(changed));
  static constexpr std::array<std::string_view, 2> kVersions = {"1.0", "2.0"};
  if (!is_one_of(endpoint.cdn_provider, kCdnProviders)) {
    return fail(ErrorCode::kInvalidArgument, "The value '{}' of 'CdnProvider' is not valid.", *endpoint.cdn_provider);
  }
  if (!is_one_of(endpoint.streaming_endpoint_version, kVersions)) {
    return fail(ErrorCode::kInvalidArgument, "The value '{}' of 'StreamingEndpointVersion' is not valid.",
                *endpoint.streaming_endpoint_version);
  }
  if (endpoint.cdn_provider && endpoint.cdn_provider->empty()) changed["CdnProvider"] = {};
  if (endpoint.cdn_enabled && !endpoint.cdn_profile.has_value())
    changed["CdnProfile"] = model::Value{std::string{kCdnProfile}};
  return {};
}

}  // namespace

constinit const EntityHooks kStreamingEndpointHooks{
    .set = kStreamingEndpoint.set_name, .before_update = before_update, .compute = compute};

}  // namespace lazulite::api
