#include "server/api/streaming_endpoint_rules.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace lazulite::api {
namespace {

constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 §2.3.4
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxHostNames = 100;
constexpr std::array<std::string_view, 3> kCdnProviders = {"StandardVerizon", "PremiumVerizon", "StandardAkamai"};
constexpr std::array<std::string_view, 2> kVersions = {"1.0", "2.0"};

Error not_valid(std::string_view property, std::string_view value) {
  return fail(ErrorCode::kInvalidArgument, "The value '{}' of '{}' is not valid.", value, property);
}

// Letters, digits and hyphens, with no hyphen at either end.
bool is_label(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool is_host_name(std::string_view text) {
  if (text.size() > kMaxHostBytes) return false;
  const auto labels = split(text, '.');
  return std::all_of(labels.begin(), labels.end(),
                     [](std::string_view each) { return is_label(each, kMaxLabelBytes); });
}

Result<void> check_choice(std::string_view property, const std::optional<std::string>& value,
                          std::span<const std::string_view> allowed) {
  if (!value || value->empty() || std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) return {};
  return not_valid(property, *value);
}

Result<void> check_range(const IpRange& range) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(range.address, error);
  if (error) return not_valid("Address", range.address);
  const std::int32_t width = address.is_v6() ? 128 : 32;
  const auto prefix = range.subnet_prefix_length.value_or(width);
  if (prefix < 0 || prefix > width) return not_valid("SubnetPrefixLength", std::to_string(prefix));
  return {};
}

Result<void> check_access(const StreamingEndpointAccessControl& access) {
  if (access.ip) {
    for (const auto& each : access.ip->allow) LAZULITE_CHECK(check_range(each));
  }
  if (!access.akamai) return {};
  for (const auto& key : access.akamai->keys) {
    if (key.identifier.empty()) return not_valid("Identifier", "");
    const auto bytes = base64_decode(key.base64_key);
    if (!bytes || bytes->empty())  // the key itself is a secret
      return fail(ErrorCode::kInvalidArgument, "The Base64Key of the key '{}' is not base64.", key.identifier);
  }
  return {};
}

Result<void> check_host_names(const std::vector<std::string>& names) {
  if (names.size() > kMaxHostNames)
    return fail(ErrorCode::kInvalidArgument, "'CustomHostNames' has more than {} names.", kMaxHostNames);
  for (const auto& each : names) {
    if (!is_host_name(each)) return not_valid("CustomHostNames", each);
  }
  return {};
}

}  // namespace

Result<void> check_streaming_endpoint(const StreamingEndpoint& endpoint) {
  if (!is_label(endpoint.name, kMaxNameBytes)) {
    return fail(ErrorCode::kInvalidArgument,
                "The name '{}' of a StreamingEndpoint must have 1 to {} letters, digits and hyphens, with no hyphen at "
                "either end.",
                endpoint.name, kMaxNameBytes);
  }
  LAZULITE_CHECK(check_choice("CdnProvider", endpoint.cdn_provider, kCdnProviders));
  LAZULITE_CHECK(check_choice("StreamingEndpointVersion", endpoint.streaming_endpoint_version, kVersions));
  LAZULITE_CHECK(check_host_names(endpoint.custom_host_names));
  if (endpoint.access_control) LAZULITE_CHECK(check_access(*endpoint.access_control));
  if (endpoint.cache_control && endpoint.cache_control->max_age.value_or(0) < 0)
    return not_valid("MaxAge", std::to_string(*endpoint.cache_control->max_age));
  return {};
}

}  // namespace lazulite::api
