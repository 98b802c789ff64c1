#include "server/stream/akamai_signature.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/hmac.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace lazulite::stream {

namespace {

constexpr std::string_view kDataHeader = "X-Akamai-G2O-Auth-Data", kSignHeader = "X-Akamai-G2O-Auth-Sign";
constexpr std::chrono::seconds kTolerance{30};

// {version}, {edge ip}, {client ip}, {epoch}, {unique id}, {identifier}
enum Field : std::size_t { kVersion, kEdge, kClient, kEpoch, kUniqueId, kIdentifier, kFieldCount };

struct SignatureVersion {
  std::string_view name;
  MacHash hash;
};
constexpr std::array<SignatureVersion, 3> kVersions{
    {{"3", MacHash::kMd5}, {"4", MacHash::kSha1}, {"5", MacHash::kSha256}}};

Error denied(std::string_view why) {
  return fail_with(ErrorCode::kForbidden, "AccessDenied", "the streaming endpoint does not admit this client: {}", why);
}

bool is_current(std::string_view epoch, Timestamp now) {
  const auto seconds = parse_uint64(epoch);
  if (!seconds || *seconds > std::uint64_t{1} << 40U) return false;
  const auto off = now - Timestamp{std::chrono::seconds{*seconds}};
  return off <= kTolerance && off >= -kTolerance;
}

}  // namespace

Result<void> require_akamai_signature(std::span<const AkamaiSignatureHeaderAuthenticationKey> keys,
                                      const http::Request& request, Timestamp now) {
  const auto data = request.headers.find(kDataHeader), sign = request.headers.find(kSignHeader);
  if (!data || !sign) return denied("a signature header is missing");
  auto fields = split(*data, ',');
  if (fields.size() != kFieldCount) return denied("the signature data do not have six fields");
  for (auto& field : fields) field = trim(field);
  const auto* const version = std::find_if(kVersions.begin(), kVersions.end(),
                                           [&](const SignatureVersion& each) { return each.name == fields[kVersion]; });
  if (version == kVersions.end()) return denied("the version of the signature is unknown");
  if (!is_current(fields[kEpoch], now)) return denied("the time of the signature is too far off");
  const auto key =
      std::find_if(keys.begin(), keys.end(), [&](const auto& each) { return each.identifier == fields[kIdentifier]; });
  if (key == keys.end() || now >= key->expiration) return denied("the key of the signature is unknown or has expired");
  const auto secret = base64_decode(key->base64_key);
  if (!secret) return denied("the key of the signature is not usable");
  const std::string signed_text = std::string{*data} + request.target;
  const auto expected = base64_encode(hmac(version->hash, *secret, as_bytes(signed_text)));
  if (!equal_in_constant_time(expected, trim(*sign))) return denied("the signature is not valid");
  return {};
}

}  // namespace lazulite::stream
