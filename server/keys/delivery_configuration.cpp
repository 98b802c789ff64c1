#include "server/keys/delivery_configuration.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/json_reader.hpp"
#include "server/keys/token_restriction.hpp"

#include <algorithm>

namespace lazulite::keys {
namespace {

using odata::JsonValue;

constexpr std::size_t kIvBytes = 16;

bool is_any(std::string_view) { return true; }
bool is_iv_in_base64(std::string_view text) {
  const auto bytes = base64_decode(text);
  return bytes && bytes->size() == kIvBytes;
}
bool is_iv_in_hex(std::string_view text) {
  const auto bytes = from_hex(text);
  return bytes && bytes->size() == kIvBytes;
}
bool is_flag(std::string_view text) {
  return equals_ignoring_case(text, "true") || equals_ignoring_case(text, "false");
}
bool is_four_cc_list(std::string_view text) {
  const auto parts = split(text, ',');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return trim(part).size() == 4; });
}

struct KeyRule {
  DeliveryKey key;
  std::string_view name;
  bool (*fits)(std::string_view value);
  std::string_view wanted;
};
constexpr std::string_view kUrl = "an absolute URL";
constexpr KeyRule kRules[] = {
    {DeliveryKey::kEnvelopeKeyAcquisitionUrl, "EnvelopeKeyAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kEnvelopeBaseKeyAcquisitionUrl, "EnvelopeBaseKeyAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kEnvelopeEncryptionIvAsBase64, "EnvelopeEncryptionIVAsBase64", is_iv_in_base64, "16 bytes in base64"},
    {DeliveryKey::kPlayReadyLicenseAcquisitionUrl, "PlayReadyLicenseAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kPlayReadyCustomAttributes, "PlayReadyCustomAttributes", is_any, ""},
    {DeliveryKey::kEnvelopeEncryptionIv, "EnvelopeEncryptionIV", is_iv_in_hex, "16 bytes in hex"},
    {DeliveryKey::kWidevineLicenseAcquisitionUrl, "WidevineLicenseAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kWidevineBaseLicenseAcquisitionUrl, "WidevineBaseLicenseAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kFairPlayLicenseAcquisitionUrl, "FairPlayLicenseAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kFairPlayBaseLicenseAcquisitionUrl, "FairPlayBaseLicenseAcquisitionUrl", is_absolute_uri, kUrl},
    {DeliveryKey::kCommonEncryptionIvForCbcs, "CommonEncryptionIVForCbcs", is_iv_in_hex, "16 bytes in hex"},
    {DeliveryKey::kUnencryptedTracksByFourCc, "UnencryptedTracksByFourCC", is_four_cc_list,
     "a list of FourCCs with commas"},
    {DeliveryKey::kAllowPersistentLicense, "AllowPersistentLicense", is_flag, "true or false"},
};

Error invalid(std::string_view why) { return fail(ErrorCode::kInvalidArgument, "{}", why); }

// Member names in any case: PHP reads and writes them so.
const JsonValue* find_member(const JsonValue& entry, std::string_view name) {
  const auto* object = entry.as<odata::JsonObject>();
  if (object == nullptr) return nullptr;
  for (const auto& member : *object) {
    if (equals_ignoring_case(member.name, name)) return &member.value;
  }
  return nullptr;
}

Result<const KeyRule*> rule_of(const JsonValue& entry) {
  const auto* key = find_member(entry, "Key");
  if (key == nullptr) return invalid(R"(it must be a list of {"Key": number, "Value": text})");
  const auto* number = key->as<odata::JsonNumber>();
  const auto* text = key->as<std::string>();
  const std::string digits = number != nullptr ? number->text : text != nullptr ? *text : std::string{};
  for (const auto& rule : kRules) {
    if (parse_int64(digits) == static_cast<std::int64_t>(rule.key)) return &rule;
  }
  return invalid(fmt::format("there is no key '{}'", digits));
}

Result<void> read_entry(DeliveryConfiguration& out, const JsonValue& entry) {
  LAZULITE_TRY(const auto* rule, rule_of(entry));
  const auto* value = find_member(entry, "Value");
  const auto* text = value != nullptr ? value->as<std::string>() : nullptr;
  if (text == nullptr) return invalid(fmt::format("the value of {} must be a text", rule->name));
  if (!rule->fits(trim(*text))) return invalid(fmt::format("the value of {} must be {}", rule->name, rule->wanted));
  if (!out.emplace(rule->key, trim(*text)).second) return invalid(fmt::format("{} stands there twice", rule->name));
  return {};
}

}  // namespace

Result<DeliveryConfiguration> parse_delivery_configuration(std::string_view json) {
  DeliveryConfiguration out;
  if (trim(json).empty()) return out;
  LAZULITE_TRY(const auto parsed, odata::read_json(json));
  if (parsed.is_null()) return out;
  const auto* list = parsed.as<odata::JsonArray>();
  if (list == nullptr) return invalid(R"(it must be a list of {"Key": number, "Value": text})");
  for (const auto& entry : *list) LAZULITE_CHECK(read_entry(out, entry));
  return out;
}

}  // namespace lazulite::keys
