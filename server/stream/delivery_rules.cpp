#include "server/stream/delivery_rules.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/asset_filter.hpp"
#include "server/addresses.hpp"
#include "server/stream/akamai_signature.hpp"
#include "server/stream/error_catalog.hpp"
#include "server/stream/filter_choice.hpp"
#include "storage/rows/asset_keys.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>

namespace lazulite::stream {

namespace {

constexpr std::int64_t kMaxFiles = 10'000;    // of an asset
constexpr std::int64_t kMaxFilters = 10'000;  // of an asset, and of an account
constexpr std::string_view kDefaultEndpoint = "default";

Result<std::string> storage_account_of(rows::Session& session, const std::string& account, const Asset& asset) {
  if (asset.storage_account_name && !asset.storage_account_name->empty()) return *asset.storage_account_name;
  LAZULITE_TRY(const auto all, rows::list<StorageAccount>(session, account, {}));
  const auto found =
      std::find_if(all.begin(), all.end(), [](const StorageAccount& storage) { return storage.is_default; });
  if (found == all.end()) return fail(ErrorCode::kInternal, "the account '{}' has no default storage account", account);
  return found->name;
}

Result<std::vector<DeliveryFile>> files_of(rows::Session& session, const std::string& account,
                                           const std::string& asset_id) {
  rows::ListQuery query;
  query.condition = rows::equals(kAssetFile, "ParentAssetId", model::Value{asset_id});
  query.top = kMaxFiles;
  LAZULITE_TRY(const auto rows, rows::list<AssetFile>(session, account, query));
  std::vector<DeliveryFile> out;
  out.reserve(rows.size());
  for (const AssetFile& file : rows)
    out.push_back({file.name, file.mime_type.value_or(""), file.is_encrypted, file.initialization_vector.value_or("")});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

Result<std::vector<DeliveryPolicy>> policies_of(rows::Session& session, const std::string& account,
                                                const std::string& asset_id) {
  rows::ListQuery query;
  query.linked_from = &kAsset;
  query.linked_navigation = "DeliveryPolicies";
  query.linked_key = asset_id;
  LAZULITE_TRY(const auto rows, rows::list<AssetDeliveryPolicy>(session, account, query));
  std::vector<DeliveryPolicy> out;
  for (const auto& each : rows) out.push_back({each.asset_delivery_protocol, each.asset_delivery_policy_type});
  return out;
}

// An asset's own filter wins over the account's of the same name (delivery.md 4.1).
Result<std::vector<DeliveryFilter>> filters_of(rows::Session& session, const std::string& account,
                                               const std::string& asset_id) {
  rows::ListQuery query;
  query.top = kMaxFilters;
  LAZULITE_TRY(const auto of_account, rows::list<Filter>(session, account, query));
  query.condition = rows::equals(kAssetFilter, "ParentAssetId", model::Value{asset_id});
  LAZULITE_TRY(auto of_asset, rows::list<AssetFilter>(session, account, query));
  std::vector<DeliveryFilter> out;
  for (auto& each : of_asset) {
    out.push_back(compile_filter(
        {std::move(each.name), each.presentation_time_range, std::move(each.tracks), each.first_quality}));
  }
  for (const Filter& each : of_account) out.push_back(compile_filter(each));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

// "name" of "name.streaming.domain"; empty for another host.
std::string_view streaming_label(std::string_view host) {
  const std::string_view name = server::split_host(host).name;
  const auto dot = name.find('.');
  if (dot == std::string_view::npos || !starts_with_ignoring_case(name.substr(dot + 1), "streaming.")) return {};
  return name.substr(0, dot);
}

// The endpoint's part of a label "{endpoint}-{account}"; empty for "{account}"; nullopt for another account's label.
std::optional<std::string_view> endpoint_part(std::string_view label, std::string_view account) {
  if (!ends_with_ignoring_case(label, account)) return std::nullopt;
  label.remove_suffix(account.size());
  if (label.empty()) return label;
  if (label.back() != '-' || label.size() == 1) return std::nullopt;
  label.remove_suffix(1);
  return label;
}

// As 16 bytes, IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2).
std::optional<std::array<std::uint8_t, 16>> address_bytes(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string{text}, error);
  if (error) return std::nullopt;
  if (address.is_v6()) return address.to_v6().to_bytes();
  return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

bool lies_in(const std::array<std::uint8_t, 16>& client, const IpRange& range) {
  const auto network = address_bytes(range.address);
  if (!network) return false;
  const std::int32_t width = range.address.find(':') == std::string::npos ? 32 : 128;
  const std::int32_t prefix = range.subnet_prefix_length.value_or(width);
  if (prefix < 0 || prefix > width) return false;
  const std::int32_t bits = 128 - width + prefix;
  for (std::size_t bit = 0; bit < static_cast<std::size_t>(bits); ++bit) {
    if (((client[bit / 8] ^ (*network)[bit / 8]) >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

}  // namespace

const DeliveryFile* DeliveryRules::find_file(std::string_view name) const {
  const auto exact = std::lower_bound(files.begin(), files.end(), name,
                                      [](const DeliveryFile& file, std::string_view n) { return file.name < n; });
  if (exact != files.end() && exact->name == name) return &*exact;
  const DeliveryFile* found = nullptr;
  for (const DeliveryFile& file : files) {
    if (!equals_ignoring_case(file.name, name)) continue;
    if (found != nullptr) return nullptr;
    found = &file;
  }
  return found;
}

const DeliveryFilter* DeliveryRules::find_filter(std::string_view name) const {
  const auto found = std::lower_bound(filters.begin(), filters.end(), name,
                                      [](const DeliveryFilter& filter, std::string_view n) { return filter.name < n; });
  return found != filters.end() && found->name == name ? &*found : nullptr;
}

Result<std::vector<StreamingEndpoint>> list_endpoints(rows::Session& session, std::string_view account) {
  LAZULITE_TRY(auto out, rows::list<StreamingEndpoint>(session, account, {}));
  std::stable_partition(out.begin(), out.end(),
                        [](const StreamingEndpoint& endpoint) { return endpoint.name == kDefaultEndpoint; });
  return out;
}

Result<std::shared_ptr<const DeliveryRules>> compile_rules(rows::Session& session, std::string_view locator_guid) {
  LAZULITE_TRY(const auto identity, rows::find_locator(session, locator_guid));
  if (!identity || identity->locator.type != LocatorType::kOnDemandOrigin)
    return std::shared_ptr<const DeliveryRules>{};
  const std::string& account = identity->media_account;
  LAZULITE_TRY(const auto asset, rows::find<Asset>(session, account, identity->locator.asset_id));
  if (!asset) return std::shared_ptr<const DeliveryRules>{};
  auto out = std::make_shared<DeliveryRules>();
  out->account = account;
  LAZULITE_TRY(out->container.account, storage_account_of(session, account, *asset));
  out->container.container = asset_container_name(asset->id);
  out->start = identity->locator.start_time;
  out->expiry = identity->locator.expiration_date_time;
  out->is_encrypted = asset->options != AssetOptions::kNone;
  if (asset->options == AssetOptions::kStorageEncrypted) {
    LAZULITE_TRY(out->storage_key, rows::find_storage_key(session, account, asset->id));
  }
  LAZULITE_TRY(out->policies, policies_of(session, account, asset->id));
  LAZULITE_TRY(out->filters, filters_of(session, account, asset->id));
  LAZULITE_TRY(out->files, files_of(session, account, asset->id));
  LAZULITE_TRY(out->endpoints, list_endpoints(session, account));
  return std::shared_ptr<const DeliveryRules>{std::move(out)};
}

const StreamingEndpoint* endpoint_of_host(const std::vector<StreamingEndpoint>& endpoints, std::string_view account,
                                          std::string_view host) {
  const std::string_view name = server::split_host(host).name;
  const auto part = endpoint_part(streaming_label(host), account);
  for (const StreamingEndpoint& endpoint : endpoints) {
    const auto& custom = endpoint.custom_host_names;
    if (std::any_of(custom.begin(), custom.end(),
                    [&](const std::string& own) { return equals_ignoring_case(own, name); }))
      return &endpoint;
    if (part && !part->empty() && equals_ignoring_case(endpoint.name, *part)) return &endpoint;
  }
  return endpoints.empty() ? nullptr : &endpoints.front();
}

const std::string* account_of_host(const std::vector<std::string>& accounts, std::string_view host) {
  const std::string_view label = streaming_label(host);
  for (const std::string& account : accounts) {
    if (equals_ignoring_case(label, account)) return &account;
  }
  for (const std::string& account : accounts) {
    if (endpoint_part(label, account)) return &account;
  }
  return nullptr;
}

Result<void> require_valid_now(const DeliveryRules& rules, Timestamp now) {
  if (rules.start && now < *rules.start)
    return fail_with(ErrorCode::kNotFound, "MPE_UNAUTHORIZED", "the locator is not valid yet");
  if (now >= rules.expiry) return fail_with(ErrorCode::kNotFound, "MPE_UNAUTHORIZED", "the locator has expired");
  return {};
}

Result<void> require_admission(const StreamingEndpoint* endpoint, const http::Request& request, Timestamp now) {
  // A change of scale units does not interrupt (delivery.md 3.1).
  if (endpoint == nullptr || (endpoint->state != "Running" && endpoint->state != "Scaling")) {
    return fail_with(ErrorCode::kUnsupported, "StreamingEndpointNotRunning", "the streaming endpoint is not running");
  }
  if (!endpoint->access_control) return {};
  const auto& control = *endpoint->access_control;
  if (control.akamai && !control.akamai->keys.empty()) {
    LAZULITE_CHECK(require_akamai_signature(control.akamai->keys, request, now));
  }
  if (!control.ip) return {};
  const auto client = address_bytes(request.client_address);
  const auto& allowed = control.ip->allow;
  if (client &&
      std::any_of(allowed.begin(), allowed.end(), [&](const IpRange& range) { return lies_in(*client, range); })) {
    return {};
  }
  return fail_with(ErrorCode::kForbidden, "AccessDenied", "the streaming endpoint does not admit this client");
}

}  // namespace lazulite::stream
