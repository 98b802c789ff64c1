#include "server/auth/sas.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <initializer_list>

namespace lazulite::auth {
namespace {

constexpr std::string_view kFailed = "AuthenticationFailed";
constexpr std::string_view kFirstVersion = "2012-02-12";       // older forms had no sv
constexpr std::string_view kBlobPrefixVersion = "2015-02-21";  // resource starts with /blob
constexpr std::string_view kOverridesVersion = "2013-08-15";   // + rscc .. rsct
constexpr std::string_view kAddressVersion = "2015-04-05";     // + sip, spr; more permission letters
constexpr std::string_view kResourceVersion = "2018-11-09";    // + sr, snapshot time
constexpr std::string_view kScopeVersion = "2020-12-06";       // + ses
constexpr std::size_t kValueLimit = 1024;                      // bytes of one parameter
constexpr auto kStartTolerance = std::chrono::minutes{5};      // Deviation: clocks of clients; Azure has none (C.5)

Error denied(std::string message) { return Error{ErrorCode::kForbidden, std::move(message), std::string{kFailed}}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool matches_digits(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() && std::equal(text.begin(), text.end(), pattern.begin(),
                                                     [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

bool is_version(std::string_view text) { return matches_digits(text, "0000-00-00") && text >= kFirstVersion; }

// The three forms of C.5: YYYY-MM-DD, YYYY-MM-DDThh:mmZ, YYYY-MM-DDThh:mm:ss[.fffffff]Z.
Result<Timestamp> parse_sas_time(std::string_view name, std::string_view text) {
  bool fits = matches_digits(text, "0000-00-00") || matches_digits(text, "0000-00-00T00:00Z") ||
              matches_digits(text, "0000-00-00T00:00:00Z");
  if (!fits && text.size() > 21 && text.size() <= 28 && text.back() == 'Z' && text[19] == '.') {
    const auto fraction = text.substr(20, text.size() - 21);
    fits = matches_digits(text.substr(0, 19), "0000-00-00T00:00:00") &&
           std::all_of(fraction.begin(), fraction.end(), is_digit);
  }
  if (fits) {
    if (auto time = parse_time(text)) return time;
  }
  return denied(fmt::format("{} is not a valid time: '{}'", name, text));
}

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Address&) const = default;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy{text};
  Address out;
  if (::inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1) return out;
  out = {};
  out.bytes[10] = out.bytes[11] = 0xff;  // IPv4 in the IPv6-mapped form, so that both compare alike
  if (::inet_pton(AF_INET, copy.c_str(), out.bytes.data() + 12) == 1) return out;
  return std::nullopt;
}

// sip: one address or first-last.
Result<void> check_address(std::string_view allowed, std::string_view client) {
  const auto dash = allowed.find('-');
  const auto first = parse_address(allowed.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_address(allowed.substr(dash + 1));
  if (!first || !last) return denied("sip is not a valid address or address range");
  const auto address = parse_address(client);
  if (address && *first <= *address && *address <= *last) return {};
  return fail_with(ErrorCode::kForbidden, "AuthorizationSourceIPMismatch", "The source address {} is not in {}", client,
                   allowed);
}

Result<void> check_protocol(std::string_view allowed, bool secure) {
  if (allowed != "https" && allowed != "https,http") return denied("spr is neither 'https' nor 'https,http'");
  if (secure || allowed != "https") return {};
  return fail_with(ErrorCode::kForbidden, "AuthorizationProtocolMismatch", "The signature allows https only");
}

struct Effective {
  std::optional<std::string> start, expiry, permission;
};

// sp, st and se each stand in the URL or in the policy, never in both (C.5).
Result<Effective> effective_terms(const SasToken& token, const blobs::StoredAccessPolicy* policy) {
  Effective out{token.start, token.expiry, token.permission};
  if (token.identifier) {
    if (policy == nullptr) return denied("The stored access policy that si names does not exist");
    const auto merge = [](std::optional<std::string>& mine, const std::optional<std::string>& stored) {
      if (mine && stored && !stored->empty()) return false;
      if (!mine && stored && !stored->empty()) mine = stored;
      return true;
    };
    if (!merge(out.start, policy->start) || !merge(out.expiry, policy->expiry) ||
        !merge(out.permission, policy->permission)) {
      return denied("sp, st and se may stand in the URL or in the stored access policy, not in both");
    }
  }
  if (!out.expiry || !out.permission)
    return denied("se and sp are mandatory: neither the URL nor a stored access policy gives them");
  return out;
}

Result<void> check_times(const Effective& terms, Timestamp now) {
  LAZULITE_TRY(const auto expiry, parse_sas_time("se", *terms.expiry));
  Timestamp start = Timestamp::min();
  if (terms.start && !terms.start->empty()) {
    LAZULITE_TRY(start, parse_sas_time("st", *terms.start));
    start -= kStartTolerance;
  }
  if (start <= now && now <= expiry) return {};
  return denied(fmt::format("Signature not valid in the specified time frame: Start [{}] - Expiry [{}] - Current [{}]",
                            terms.start.value_or(""), *terms.expiry, format_http_date(now)));
}

Result<void> check_permission(const SasToken& token, const SasRequest& request, std::string_view permission) {
  bool allowed = permission.find_first_of(request.any_of) != std::string_view::npos;
  if (token.is_account_sas()) {
    allowed = allowed && token.services.value_or("").find(token.service) != std::string::npos &&
              token.resource_types.value_or("").find(request.resource_type) != std::string::npos;
  } else {
    const bool whole = token.resource == "c" || token.service == 'q';
    allowed = allowed && !request.container.empty() && (whole || !request.blob.empty());
  }
  if (allowed) return {};
  return fail_with(ErrorCode::kForbidden, "AuthorizationPermissionMismatch",
                   "This operation needs one of the permissions '{}'; the signature gives '{}'", request.any_of,
                   permission);
}

// Lines of the account SAS, each with its newline, the last one too.
std::string account_string_to_sign(const SasToken& token, std::string_view account) {
  std::string out =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", account, token.permission.value_or(""),
                  token.services.value_or(""), token.resource_types.value_or(""), token.start.value_or(""),
                  token.expiry.value_or(""), token.ip.value_or(""), token.protocol.value_or(""), token.version);
  if (token.version >= kScopeVersion) out += token.encryption_scope.value_or("") + "\n";
  return out;
}

// A queue's SAS has no resource type and no headers to override.
std::string queue_string_to_sign(const SasToken& token, std::string_view account, std::string_view queue) {
  const bool has_prefix = token.version >= kBlobPrefixVersion;
  std::string out =
      fmt::format("{}\n{}\n{}\n{}/{}/{}\n{}\n", token.permission.value_or(""), token.start.value_or(""),
                  token.expiry.value_or(""), has_prefix ? "/queue" : "", account, queue, token.identifier.value_or(""));
  if (token.version >= kAddressVersion) out += token.ip.value_or("") + "\n" + token.protocol.value_or("") + "\n";
  return out + token.version;
}

struct Field {
  std::string_view name;
  std::string SasToken::*text = nullptr;
  std::optional<std::string> SasToken::*optional = nullptr;
  bool form_encoded = false;  // '+' is a space: free text; elsewhere it is a '+' that the client left unencoded
};

constexpr Field kFields[] = {
    {"sv", &SasToken::version},
    {"sr", &SasToken::resource},
    {"sp", nullptr, &SasToken::permission},
    {"st", nullptr, &SasToken::start},
    {"se", nullptr, &SasToken::expiry},
    {"si", nullptr, &SasToken::identifier},
    {"sip", nullptr, &SasToken::ip},
    {"spr", nullptr, &SasToken::protocol},
    {"ss", nullptr, &SasToken::services},
    {"srt", nullptr, &SasToken::resource_types},
    {"ses", nullptr, &SasToken::encryption_scope},
    {"rscc", &SasToken::cache_control, nullptr, true},
    {"rscd", &SasToken::content_disposition, nullptr, true},
    {"rsce", &SasToken::content_encoding, nullptr, true},
    {"rscl", &SasToken::content_language, nullptr, true},
    {"rsct", &SasToken::content_type, nullptr, true},
    {"sig", &SasToken::signature},
};

// Control characters would let one field spill over into the next line of the signed text.
bool is_clean(std::string_view value) {
  return value.size() <= kValueLimit && std::none_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

Result<void> check_shape(const SasToken& token) {
  if (token.signature.empty()) return denied("sig is mandatory");
  if (!is_version(token.version)) return denied(fmt::format("sv '{}' is not a known version", token.version));
  if (token.is_account_sas()) {
    if (token.version < kAddressVersion || !token.services || !token.resource_types || token.identifier) {
      return denied("an account SAS needs sv from 2015-04-05, ss and srt, and takes no si");
    }
    return {};
  }
  if (token.service == 'q') {
    if (token.resource.empty()) return {};
    return denied("the SAS of a queue takes no sr");
  }
  if (token.resource != "c" && token.resource != "b")
    return denied(fmt::format("sr '{}' is not supported", token.resource));
  return {};
}

}  // namespace

bool has_sas(std::string_view query) { return form_value(query, "sig").has_value(); }

Result<SasToken> parse_sas(std::string_view query, char service) {
  SasToken token;
  token.service = service;
  std::array<bool, std::size(kFields)> seen{};
  for (const auto parameter : split(query, '&')) {
    const auto name = parameter.substr(0, parameter.find('='));
    const auto* field = std::find_if(std::begin(kFields), std::end(kFields),
                                     [&](const Field& f) { return equals_ignoring_case(f.name, name); });
    if (field == std::end(kFields)) continue;
    const auto index = static_cast<std::size_t>(field - std::begin(kFields));
    const auto raw = parameter.size() > name.size() ? parameter.substr(name.size() + 1) : std::string_view{};
    auto value = percent_decode(raw, field->form_encoded);
    if (!value || !is_clean(*value) || std::exchange(seen[index], true))
      return denied(fmt::format("{} is malformed or doubled", field->name));
    if (field->text != nullptr) {
      token.*(field->text) = std::move(*value);
    } else {
      token.*(field->optional) = std::move(*value);
    }
  }
  std::replace(token.signature.begin(), token.signature.end(), ' ', '+');
  LAZULITE_CHECK(check_shape(token));
  return token;
}

std::string string_to_sign(const SasToken& token, std::string_view account, std::string_view container,
                           std::string_view blob) {
  if (token.is_account_sas()) return account_string_to_sign(token, account);
  if (token.service == 'q') return queue_string_to_sign(token, account, container);
  const std::string_view version = token.version;
  std::string resource = fmt::format("{}/{}/{}", version >= kBlobPrefixVersion ? "/blob" : "", account, container);
  if (token.resource == "b") resource += fmt::format("/{}", blob);
  std::string out = fmt::format("{}\n{}\n{}\n{}\n{}", token.permission.value_or(""), token.start.value_or(""),
                                token.expiry.value_or(""), resource, token.identifier.value_or(""));
  const auto line = [&out](std::string_view text) { (out += '\n') += text; };
  if (version >= kAddressVersion) {
    line(token.ip.value_or(""));
    line(token.protocol.value_or(""));
  }
  line(version);
  if (version >= kResourceVersion) {
    line(token.resource);
    line("");  // snapshot time: there are no snapshots
  }
  if (version >= kScopeVersion) line(token.encryption_scope.value_or(""));
  if (version >= kOverridesVersion) {
    for (const auto* text : {&token.cache_control, &token.content_disposition, &token.content_encoding,
                             &token.content_language, &token.content_type}) {
      line(*text);
    }
  }
  return out;
}

std::string sign(std::span<const std::uint8_t> key, std::string_view text) {
  return base64_encode(hmac_sha256(key, as_bytes(text)));
}

std::string sign_locator(std::string_view account, std::span<const std::uint8_t> key, std::string_view container,
                         std::string_view si, std::optional<std::string_view> st, std::string_view se) {
  SasToken token;
  token.version = kFirstVersion;
  token.resource = "c";
  if (st) token.start = std::string{*st};
  token.expiry = std::string{se};
  token.identifier = std::string{si};
  return sign(key, string_to_sign(token, account, container, {}));
}

Result<std::string> verify_sas(const SasToken& token, const SasRequest& request, std::span<const AccountKey> keys,
                               const blobs::StoredAccessPolicy* policy) {
  const auto text = string_to_sign(token, request.account, request.container, request.blob);
  const bool genuine = std::any_of(keys.begin(), keys.end(), [&](const AccountKey& key) {
    return !key.empty() && equal_in_constant_time(sign(key, text), token.signature);
  });
  if (!genuine) return denied("Signature did not match. String to sign used was " + text);
  LAZULITE_TRY(auto terms, effective_terms(token, policy));
  LAZULITE_CHECK(check_times(terms, request.now));
  if (token.ip) LAZULITE_CHECK(check_address(*token.ip, request.client_ip));
  if (token.protocol) LAZULITE_CHECK(check_protocol(*token.protocol, request.secure));
  if (token.version < kAddressVersion) {  // older versions know only these letters, and neither address nor protocol
    const std::string_view known = token.service == 'q' ? "raup" : "rwdl";
    std::erase_if(*terms.permission, [known](char c) { return known.find(c) == std::string_view::npos; });
  }
  LAZULITE_CHECK(check_permission(token, request, *terms.permission));
  return std::move(*terms.permission);
}

}  // namespace lazulite::auth
