#include "server/keys/key_templates.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/json_reader.hpp"
#include "server/keys/token_restriction.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace lazulite::keys {
namespace {

using odata::JsonArray;
using odata::JsonNumber;
using odata::JsonObject;
using odata::JsonValue;

template <class... Args>
Error invalid(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

// ---- JSON values

std::optional<std::int64_t> whole_number(const JsonValue& value) {
  if (const auto* number = value.as<JsonNumber>()) return parse_int64(number->text);
  return std::nullopt;
}

using Check = bool (*)(const JsonValue& value);
bool is_flag(const JsonValue& value) { return value.as<bool>() != nullptr; }
bool is_text(const JsonValue& value) { return value.as<std::string>() != nullptr; }
bool is_object(const JsonValue& value) { return value.as<JsonObject>() != nullptr; }
bool is_list(const JsonValue& value) { return value.as<JsonArray>() != nullptr; }
bool is_count(const JsonValue& value) { return whole_number(value).value_or(-1) >= 0; }
bool is_security_level(const JsonValue& value) {
  const auto number = whole_number(value);
  return number && *number >= 1 && *number <= 5;
}
bool is_one_of(const JsonValue& value, std::span<const std::string_view> names) {
  const auto* text = value.as<std::string>();
  return text != nullptr && std::find(names.begin(), names.end(), *text) != names.end();
}
bool is_allowed_track_types(const JsonValue& value) {
  static constexpr std::array<std::string_view, 2> kNames = {"SD_ONLY", "SD_HD"};
  return is_one_of(value, kNames);
}
bool is_hdcp(const JsonValue& value) {
  static constexpr std::array<std::string_view, 3> kNames = {"HDCP_NONE", "HDCP_V1", "HDCP_V2"};
  return is_one_of(value, kNames);
}
bool is_guid(const JsonValue& value) {
  const auto* text = value.as<std::string>();
  return text != nullptr && Uuid::parse(guid_of(*text)).has_value();
}
bool is_base64(const JsonValue& value) {
  const auto* text = value.as<std::string>();
  const auto bytes = text != nullptr ? base64_decode(*text) : Result<std::vector<std::uint8_t>>{Error{}};
  return bytes && !bytes->empty();
}
bool is_hex_iv(const JsonValue& value) {
  const auto* text = value.as<std::string>();
  const auto bytes = text != nullptr ? from_hex(*text) : Result<std::vector<std::uint8_t>>{Error{}};
  return bytes && bytes->size() == 16;
}
bool is_lease_key_type(const JsonValue& value) {
  static constexpr std::array<std::int64_t, 3> kTypes = {0, 1'039'325'691, 418'406'472};
  const auto number = whole_number(value);
  return number && std::find(kTypes.begin(), kTypes.end(), *number) != kTypes.end();
}

struct Field {
  std::string_view name;
  Check fits;
  std::string_view wanted;  // for the message: "must be …"
  bool required = false;
};

// Members that are not listed are left to the licence server.
Result<void> check_fields(const JsonValue& object, std::span<const Field> fields, std::string_view where) {
  if (!is_object(object)) return invalid("{} must be a JSON object", where);
  for (const auto& field : fields) {
    const auto* value = object.find(field.name);
    if (value == nullptr || value->is_null()) {
      if (field.required) return invalid("'{}' is missing in {}", field.name, where);
      continue;
    }
    if (!field.fits(*value)) return invalid("'{}' in {} must be {}", field.name, where, field.wanted);
  }
  return {};
}

// ---- Widevine (protection.md 9.2)

constexpr Field kWidevineFields[] = {
    {"allowed_track_types", is_allowed_track_types, "SD_ONLY or SD_HD"},
    {"content_key_specs", is_list, "a list"},
    {"policy_overrides", is_object, "an object"},
    {"session_init", is_object, "an object"},
    {"use_policy_overrides_exclusively", is_flag, "true or false"},
    {"parse_only", is_flag, "true or false"},
    {"policy_name", is_text, "a text"},
    {"provider", is_text, "a text"},
    {"content_id", is_text, "a text"},
};
constexpr Field kKeySpecFields[] = {
    {"track_type", is_text, "a text"},
    {"key_id", is_text, "a text"},
    {"security_level", is_security_level, "a number from 1 to 5"},
    {"required_output_protection", is_object, "an object"},
    {"key", is_text, "a text"},
};
constexpr Field kOutputProtectionFields[] = {{"hdcp", is_hdcp, "HDCP_NONE, HDCP_V1 or HDCP_V2"}};
constexpr Field kPolicyOverrideFields[] = {
    {"can_play", is_flag, "true or false"},
    {"can_persist", is_flag, "true or false"},
    {"can_renew", is_flag, "true or false"},
    {"license_duration_seconds", is_count, "a number of seconds"},
    {"rental_duration_seconds", is_count, "a number of seconds"},
    {"playback_duration_seconds", is_count, "a number of seconds"},
    {"renewal_server_url", is_text, "a text"},
    {"renewal_delay_seconds", is_count, "a number of seconds"},
    {"renewal_retry_interval_seconds", is_count, "a number of seconds"},
    {"renewal_recovery_duration_seconds", is_count, "a number of seconds"},
    {"renew_with_usage", is_flag, "true or false"},
};

Result<void> check_key_specs(const JsonValue* specs) {
  if (specs == nullptr || specs->is_null()) return {};
  for (const auto& spec : *specs->as<JsonArray>()) {
    LAZULITE_CHECK(check_fields(spec, kKeySpecFields, "content_key_specs"));
    const auto* protection = spec.find("required_output_protection");
    if (protection == nullptr || protection->is_null()) continue;
    LAZULITE_CHECK(check_fields(*protection, kOutputProtectionFields, "required_output_protection"));
  }
  return {};
}

// ---- FairPlay (protection.md 9.3)

constexpr Field kFairPlayFields[] = {
    {"ASkId", is_guid, "the GUID of a ContentKey", true},
    {"FairPlayPfxPasswordId", is_guid, "the GUID of a ContentKey", true},
    {"FairPlayPfx", is_base64, "base64", true},
    {"ContentEncryptionIV", is_hex_iv, "16 bytes in hex", true},
    {"RentalAndLeaseKeyType", is_lease_key_type, "0, 1039325691 or 418406472"},
    {"RentalDuration", is_count, "a number of seconds"},
};

// ---- delivery types

Result<void> no_delivery(std::string_view) { return invalid("the value 0 of 'KeyDeliveryType' is not valid"); }
Result<void> check_baseline_http(std::string_view) { return {}; }  // needs no configuration; what is sent is kept

struct DeliveryCheck {
  KeyDeliveryType type;
  Result<void> (*check)(std::string_view configuration);
};
constexpr DeliveryCheck kDeliveryChecks[] = {
    {KeyDeliveryType::kNone, no_delivery},
    {KeyDeliveryType::kPlayReadyLicense, check_play_ready_template},
    {KeyDeliveryType::kBaselineHttp, check_baseline_http},
    {KeyDeliveryType::kWidevine, check_widevine_template},
    {KeyDeliveryType::kFairPlay, check_fair_play_configuration},
};

}  // namespace

Result<void> check_widevine_template(std::string_view json) {
  if (trim(json).empty()) return {};
  LAZULITE_TRY(const auto parsed, odata::read_json(json));
  LAZULITE_CHECK(check_fields(parsed, kWidevineFields, "the Widevine template"));
  LAZULITE_CHECK(check_key_specs(parsed.find("content_key_specs")));
  const auto* overrides = parsed.find("policy_overrides");
  if (overrides == nullptr || overrides->is_null()) return {};
  return check_fields(*overrides, kPolicyOverrideFields, "policy_overrides");
}

Result<void> check_fair_play_configuration(std::string_view json) {
  LAZULITE_TRY(const auto parsed, odata::read_json(json));
  return check_fields(parsed, kFairPlayFields, "the FairPlay configuration");
}

Result<void> check_key_delivery_configuration(KeyDeliveryType type, std::string_view configuration) {
  for (const auto& each : kDeliveryChecks) {
    if (each.type == type) return each.check(configuration);
  }
  return invalid("the value {} of 'KeyDeliveryType' is not valid", static_cast<std::int32_t>(type));
}

Result<void> check_key_restriction(KeyRestrictionType type, std::string_view requirements) {
  switch (type) {
    case KeyRestrictionType::kOpen:
      return {};
    case KeyRestrictionType::kTokenRestricted: {
      LAZULITE_CHECK(parse_token_restriction(requirements));
      return {};
    }
    case KeyRestrictionType::kIpRestricted:
      // It never worked in the real service (protection.md 8.1): a key must not seem guarded that is open.
      return invalid("IP restrictions are not supported");
  }
  return invalid("the value {} of 'KeyRestrictionType' is not valid", static_cast<std::int32_t>(type));
}

}  // namespace lazulite::keys
