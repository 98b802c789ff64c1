// Shared access signatures of the storage services (accounts-storage.md C.5): the text that is signed in each version,
// signing of SAS locators, and verification to the letter. Pure functions on plain values: no store, no socket,
// thread-safe.
//
// Whoever calls verify_sas has looked up the account's keys and the stored access policy that the token names. Nothing
// here logs; signatures and keys never enter an error.
#pragma once

#include "schema/base/result.hpp"
#include "schema/base/time.hpp"
#include "storage/blobs/blob_store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::auth {

// The parameters of a service SAS (or, with services and resource_types, of an account SAS), decoded once; the text as
// it is signed.
struct SasToken {
  char service = 'b';                              // which service reads it: b(lob) or q(ueue)
  std::string version;                             // sv
  std::string resource;                            // sr: "c" or "b"; empty in an account SAS and for queues
  std::optional<std::string> permission;           // sp
  std::optional<std::string> start, expiry;        // st, se
  std::optional<std::string> identifier;           // si
  std::optional<std::string> ip, protocol;         // sip, spr
  std::optional<std::string> services;             // ss: account SAS only
  std::optional<std::string> resource_types;       // srt: account SAS only
  std::optional<std::string> encryption_scope;     // ses
  std::string cache_control, content_disposition;  // rscc, rscd: override response headers of a read
  std::string content_encoding, content_language;  // rsce, rscl
  std::string content_type;                        // rsct
  std::string signature;                           // sig

  [[nodiscard]] bool is_account_sas() const { return services.has_value() || resource_types.has_value(); }
};

// What the request wants to do, and from where.
struct SasRequest {
  std::string account, container;  // container (of queues: the queue) empty: the service itself
  std::string blob;                // empty: the container
  std::string any_of;              // permission letters, one of which is enough; empty: no service SAS may do this
  char resource_type = 'o';        // for an account SAS: s(ervice), c(ontainer) or o(bject)
  Timestamp now{};
  std::string client_ip;
  bool secure = false;
};

using AccountKey = std::vector<std::uint8_t>;  // raw bytes

// True when the query carries a signature at all ("sig").
bool has_sas(std::string_view query);

// Reads the parameters of a SAS. Forbidden "AuthenticationFailed" when one is doubled, malformed or of an unknown
// version.
Result<SasToken> parse_sas(std::string_view query, char service = 'b');

// The lines that are signed, in the form of token.version. `blob` counts only for sr=b.
std::string string_to_sign(const SasToken& token, std::string_view account, std::string_view container,
                           std::string_view blob);

// base64(HMAC-SHA256(key, text)).
std::string sign(std::span<const std::uint8_t> key, std::string_view text);

// The signature of a locator's ContentAccessComponent: version 2012-02-12, sr=c, permissions in the stored policy `si`.
// Not percent-encoded.
std::string sign_locator(std::string_view account, std::span<const std::uint8_t> key, std::string_view container,
                         std::string_view si, std::optional<std::string_view> st, std::string_view se);

// Checks signature (against each key), times, address, protocol and permission, in that order. `policy` is the stored
// policy that token.identifier names in the container, or null. Returns the effective permission letters. Forbidden
// with detail AuthenticationFailed, AuthorizationSourceIPMismatch, AuthorizationProtocolMismatch or
// AuthorizationPermissionMismatch; the message is what AuthenticationErrorDetail says.
Result<std::string> verify_sas(const SasToken& token, const SasRequest& request, std::span<const AccountKey> keys,
                               const blobs::StoredAccessPolicy* policy);

}  // namespace lazulite::auth
