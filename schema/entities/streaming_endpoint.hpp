// StreamingEndpoint, the origin that serves published locators (api.md 5.20, delivery.md 3).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite {

struct AkamaiSignatureHeaderAuthenticationKey {
  std::string identifier;
  Timestamp expiration{};
  std::string base64_key;
};
inline constexpr model::Property kAkamaiKeyProperties[] = {
    model::property<&AkamaiSignatureHeaderAuthenticationKey::identifier>("Identifier"),
    model::property<&AkamaiSignatureHeaderAuthenticationKey::expiration>("Expiration"),
    model::property<&AkamaiSignatureHeaderAuthenticationKey::base64_key>("Base64Key"),
};
inline constexpr model::ComplexType kAkamaiKey{"AkamaiSignatureHeaderAuthenticationKey", kAkamaiKeyProperties};
constexpr const model::ComplexType& complex_type(const AkamaiSignatureHeaderAuthenticationKey*) { return kAkamaiKey; }

struct AkamaiAccessControl {
  std::vector<AkamaiSignatureHeaderAuthenticationKey> keys;
};
inline constexpr model::Property kAkamaiAccessControlProperties[] = {
    model::property<&AkamaiAccessControl::keys>("AkamaiSignatureHeaderAuthenticationKeyList"),
};
inline constexpr model::ComplexType kAkamaiAccessControl{"AkamaiAccessControl", kAkamaiAccessControlProperties};
constexpr const model::ComplexType& complex_type(const AkamaiAccessControl*) { return kAkamaiAccessControl; }

struct IpRange {
  std::string name, address;
  std::optional<std::int32_t> subnet_prefix_length;
};
inline constexpr model::Property kIpRangeProperties[] = {
    model::property<&IpRange::name>("Name"),
    model::property<&IpRange::address>("Address"),
    model::property<&IpRange::subnet_prefix_length>("SubnetPrefixLength"),
};
inline constexpr model::ComplexType kIpRange{"IPRange", kIpRangeProperties};
constexpr const model::ComplexType& complex_type(const IpRange*) { return kIpRange; }

struct IpAccessControl {
  std::vector<IpRange> allow;
};
inline constexpr model::Property kIpAccessControlProperties[] = {model::property<&IpAccessControl::allow>("Allow")};
inline constexpr model::ComplexType kIpAccessControl{"IPAccessControl", kIpAccessControlProperties};
constexpr const model::ComplexType& complex_type(const IpAccessControl*) { return kIpAccessControl; }

struct StreamingEndpointAccessControl {
  std::optional<AkamaiAccessControl> akamai;
  std::optional<IpAccessControl> ip;
};
inline constexpr model::Property kAccessControlProperties[] = {
    model::property<&StreamingEndpointAccessControl::akamai>("Akamai"),
    model::property<&StreamingEndpointAccessControl::ip>("IP"),
};
inline constexpr model::ComplexType kAccessControl{"StreamingEndpointAccessControl", kAccessControlProperties};
constexpr const model::ComplexType& complex_type(const StreamingEndpointAccessControl*) { return kAccessControl; }

struct StreamingEndpointCacheControl {
  std::optional<std::int64_t> max_age;  // seconds
};
inline constexpr model::Property kCacheControlProperties[] = {
    model::property<&StreamingEndpointCacheControl::max_age>("MaxAge")};
inline constexpr model::ComplexType kCacheControl{"StreamingEndpointCacheControl", kCacheControlProperties};
constexpr const model::ComplexType& complex_type(const StreamingEndpointCacheControl*) { return kCacheControl; }

struct CrossSiteAccessPolicies {
  std::optional<std::string> client_access_policy, cross_domain_policy;
};
inline constexpr model::Property kCrossSiteProperties[] = {
    model::property<&CrossSiteAccessPolicies::client_access_policy>("ClientAccessPolicy"),
    model::property<&CrossSiteAccessPolicies::cross_domain_policy>("CrossDomainPolicy"),
};
inline constexpr model::ComplexType kCrossSite{"CrossSiteAccessPolicies", kCrossSiteProperties};
constexpr const model::ComplexType& complex_type(const CrossSiteAccessPolicies*) { return kCrossSite; }

struct StreamingEndpoint {
  std::string id, name, description;
  Timestamp created{}, last_modified{};
  std::string state = "Stopped";  // Stopped, Starting, Running, Stopping, Deleting, Scaling: text on the wire
  std::string host_name;          // computed on read
  std::int32_t scale_units = 0;
  bool cdn_enabled = false;
  std::optional<std::string> cdn_provider, cdn_profile;
  Timestamp free_trial_end_time = dotnet_min_time();
  std::optional<std::string> streaming_endpoint_version = "2.0";
  std::vector<std::string> custom_host_names;
  std::optional<StreamingEndpointAccessControl> access_control;
  std::optional<StreamingEndpointCacheControl> cache_control;
  std::optional<CrossSiteAccessPolicies> cross_site_access_policies;
};

inline constexpr model::Property kStreamingEndpointProperties[] = {
    model::property<&StreamingEndpoint::id>("Id", model::kKey | model::kServerSet),
    model::property<&StreamingEndpoint::name>("Name", model::kCreateOnly | model::kRequired | model::kIndexed)
        .limited_to(32),
    model::property<&StreamingEndpoint::description>("Description").limited_to(256),
    model::property<&StreamingEndpoint::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&StreamingEndpoint::last_modified>("LastModified", model::kServerSet),
    model::property<&StreamingEndpoint::state>("State", model::kServerSet),
    model::property<&StreamingEndpoint::host_name>("HostName", model::kServerSet | model::kComputed),
    model::property<&StreamingEndpoint::scale_units>("ScaleUnits", model::kCreateOnly),
    model::property<&StreamingEndpoint::cdn_enabled>("CdnEnabled"),
    model::property<&StreamingEndpoint::cdn_provider>("CdnProvider"),
    model::property<&StreamingEndpoint::cdn_profile>("CdnProfile"),
    model::property<&StreamingEndpoint::free_trial_end_time>("FreeTrialEndTime", model::kServerSet),
    model::property<&StreamingEndpoint::streaming_endpoint_version>("StreamingEndpointVersion"),
    model::property<&StreamingEndpoint::custom_host_names>("CustomHostNames"),
    model::property<&StreamingEndpoint::access_control>("AccessControl"),
    model::property<&StreamingEndpoint::cache_control>("CacheControl"),
    model::property<&StreamingEndpoint::cross_site_access_policies>("CrossSiteAccessPolicies"),
};
inline constexpr model::EntityType kStreamingEndpoint{"StreamingEndpoint",
                                                      "StreamingEndpoints",
                                                      "nb:oid:UUID:",
                                                      kStreamingEndpointProperties,
                                                      {},
                                                      model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kStreamingEndpoint));
constexpr const model::EntityType& entity_type(const StreamingEndpoint*) { return kStreamingEndpoint; }

}  // namespace lazulite
