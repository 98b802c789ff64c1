// DeliveryRules: all that the rows say about one published locator, compiled once into an immutable value (what may be
// served, until when, from which container, by which endpoints), so that no segment needs the database. Shared by all
// threads as shared_ptr<const DeliveryRules>.
#pragma once

#include "packager/filter.hpp"
#include "schema/base/time.hpp"
#include "schema/entities/asset_delivery_policy.hpp"
#include "schema/entities/content_key.hpp"
#include "schema/entities/filter.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "server/http/message.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::stream {

struct DeliveryFile {
  std::string name, mime_type;
  bool is_encrypted = false;          // in storage (accounts-storage.md C.6)
  std::string initialization_vector;  // as its client wrote it
};

struct DeliveryPolicy {
  std::int32_t protocols = 0;  // AssetDeliveryProtocol flags
  AssetDeliveryPolicyType type = AssetDeliveryPolicyType::kNone;
};

// A filter of the rows as the packager takes it.
struct DeliveryFilter {
  std::string name;
  Result<packager::Filter> filter;  // an error for a row that cannot be
  std::string description;          // all that it says, as text: part of the key of what was rendered under it
};

struct DeliveryRules {
  std::string account;  // media account
  blobs::ContainerRef container;
  std::optional<Timestamp> start;
  Timestamp expiry{};
  bool is_encrypted = false;                 // AssetOptions say so
  std::optional<ContentKey> storage_key;     // of an asset that is storage-encrypted: it is delivered decrypted
  std::vector<DeliveryPolicy> policies;      // in the order they were linked; none: all in the clear
  std::vector<DeliveryFilter> filters;       // by name, ascending; the asset's own before the account's of that name
  std::vector<DeliveryFile> files;           // by name, ascending
  std::vector<StreamingEndpoint> endpoints;  // of the account, `default` first

  // Exact name first, else the same in another case when exactly one fits (delivery.md 1.1); null otherwise.
  [[nodiscard]] const DeliveryFile* find_file(std::string_view name) const;
  // The filter that a URL names by filter=; letter case counts. Null when there is none.
  [[nodiscard]] const DeliveryFilter* find_filter(std::string_view name) const;
};

// The rules of a locator; null when the GUID names none, or one that is not for streaming.
Result<std::shared_ptr<const DeliveryRules>> compile_rules(rows::Session& session, std::string_view locator_guid);

// Endpoints of an account, `default` first.
Result<std::vector<StreamingEndpoint>> list_endpoints(rows::Session& session, std::string_view account);
// The one that a Host names, by custom host name or by {account}.streaming.… and {name}-{account}.streaming.…; else the
// first (delivery.md 1.1). Null when there is none.
const StreamingEndpoint* endpoint_of_host(const std::vector<StreamingEndpoint>& endpoints, std::string_view account,
                                          std::string_view host);
// The account that such a Host names, among those given; null when it names none.
const std::string* account_of_host(const std::vector<std::string>& accounts, std::string_view host);

// NotFound MPE_UNAUTHORIZED outside of [start, expiry).
Result<void> require_valid_now(const DeliveryRules& rules, Timestamp now);
// StreamingEndpointNotRunning, AccessDenied: its state, the addresses it allows, the signature of its CDN.
Result<void> require_admission(const StreamingEndpoint* endpoint, const http::Request& request, Timestamp now);

}  // namespace lazulite::stream
