// PlayReadyLicenseResponseTemplate (protection.md 9.1).
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/base/time.hpp"
#include "server/keys/key_templates.hpp"
#include "server/keys/template_xml.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace lazulite::keys {
namespace {

template <class... Args>
Error invalid(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

// ---- kinds of values

using Names = std::span<const std::string_view>;
bool is_one_of(const std::string& text, Names names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}
template <const auto& Names>
bool is_named(const std::string& text) {
  return is_one_of(text, Names);
}

constexpr std::array<std::string_view, 4> kFlags = {"true", "false", "1", "0"};
constexpr std::array<std::string_view, 4> kConfigurationData = {"0", "1", "2", "3"};
constexpr std::array<std::string_view, 2> kLicenseTypes = {"Nonpersistent", "Persistent"};
constexpr std::array<std::string_view, 3> kContentTypes = {"Unspecified", "UltravioletDownload",
                                                           "UltravioletStreaming"};
constexpr std::array<std::string_view, 3> kUnknownOutputs = {"NotAllowed", "Allowed", "AllowedWithVideoConstriction"};
constexpr std::array<std::string_view, 4> kUncompressedVideo = {"100", "250", "270", "300"};
constexpr std::array<std::string_view, 2> kCompressedVideo = {"400", "500"};
constexpr std::array<std::string_view, 3> kAnalogVideo = {"100", "150", "200"};
constexpr std::array<std::string_view, 5> kAudio = {"100", "150", "200", "250", "300"};

bool is_date(const std::string& text) { return parse_time(text).has_value(); }

// The components of one half of a duration, "1DT" or "2H48M5.5S": numbers, each with its unit, in the order of `units`.
// Takes what it reads off `text`; false for anything else.
bool take_components(std::string_view& text, std::string_view units) {
  while (!text.empty() && text.front() != 'T') {
    const auto unit = text.find_first_not_of("0123456789.");
    if (unit == std::string_view::npos || unit == 0) return false;
    const auto number = text.substr(0, unit);
    const auto at = units.find(text[unit]);
    if (at == std::string_view::npos || !parse_double(number)) return false;
    if (text[unit] != 'S' && number.find('.') != std::string_view::npos) return false;
    units.remove_prefix(at + 1);
    text.remove_prefix(unit + 1);
  }
  return true;
}

// xs:duration, "P10675199DT2H48M5.4775807S" (XML Schema Part 2 §3.2.6).
bool is_duration(const std::string& sent) {
  std::string_view text = sent;
  if (text.starts_with('-')) text.remove_prefix(1);
  if (!text.starts_with('P') || text.size() < 3) return false;
  text.remove_prefix(1);
  if (!take_components(text, "YMD")) return false;
  if (text.empty()) return true;
  text.remove_prefix(1);  // the T
  return !text.empty() && take_components(text, "HMS") && text.empty();
}

struct Element {
  std::string_view name;
  bool (*fits)(const std::string& text);
};
constexpr Element kLicenseElements[] = {
    {"AllowTestDevices", is_named<kFlags>},
    {"BeginDate", is_date},
    {"ExpirationDate", is_date},
    {"RelativeBeginDate", is_duration},
    {"RelativeExpirationDate", is_duration},
    {"GracePeriod", is_duration},
    {"LicenseType", is_named<kLicenseTypes>},
    {"ContentType", is_named<kContentTypes>},
};
constexpr Element kPlayRightElements[] = {
    {"FirstPlayExpiration", is_duration},
    {"DigitalVideoOnlyContentRestriction", is_named<kFlags>},
    {"ImageConstraintForAnalogComponentVideoRestriction", is_named<kFlags>},
    {"ImageConstraintForAnalogComputerMonitorRestriction", is_named<kFlags>},
    {"AllowPassingVideoContentToUnknownOutput", is_named<kUnknownOutputs>},
    {"UncompressedDigitalVideoOpl", is_named<kUncompressedVideo>},
    {"CompressedDigitalVideoOpl", is_named<kCompressedVideo>},
    {"AnalogVideoOpl", is_named<kAnalogVideo>},
    {"CompressedDigitalAudioOpl", is_named<kAudio>},
    {"UncompressedDigitalAudioOpl", is_named<kAudio>},
};
constexpr Element kExplicitTelevisionElements[] = {
    {"BestEffort", is_named<kFlags>},
    {"ConfigurationData", is_named<kConfigurationData>},
};

Result<void> check_elements(pugi::xml_node parent, std::span<const Element> elements) {
  for (const auto& each : elements) {
    const auto text = text_of(parent, each.name);
    if (text && !each.fits(*text)) return invalid("'{}' is not a value of {}", text->substr(0, 100), each.name);
  }
  return {};
}

bool is_set(pugi::xml_node parent, std::string_view flag) {
  const auto text = text_of(parent, flag);
  return text && (*text == "true" || *text == "1");
}

// ---- the rules

Result<void> check_content_key(pugi::xml_node license) {
  const auto key = child_of(license, "ContentKey");
  if (!key) return invalid("a PlayReadyLicenseTemplate has no ContentKey");
  if (type_of(key) == "ContentEncryptionKeyFromHeader") return {};
  if (type_of(key) != "ContentEncryptionKeyFromKeyIdentifier")
    return invalid("'{}' is not a type of ContentKey", type_of(key));
  const auto id = Uuid::parse(text_of(key, "KeyIdentifier").value_or(""));
  if (!id || *id == Uuid{}) return invalid("the KeyIdentifier of a ContentKey is not a GUID");
  return {};
}

Result<void> check_play_right(pugi::xml_node right) {
  if (!right) return invalid("a PlayReadyLicenseTemplate has no PlayRight");
  LAZULITE_CHECK(check_elements(right, kPlayRightElements));
  for (const std::string_view name : {"ScmsRestriction", "AgcAndColorStripeRestriction"}) {
    LAZULITE_CHECK(check_elements(child_of(right, name), std::span{kExplicitTelevisionElements}.subspan(1)));
  }
  LAZULITE_CHECK(
      check_elements(child_of(right, "ExplicitAnalogTelevisionOutputRestriction"), kExplicitTelevisionElements));
  const auto unknown = text_of(right, "AllowPassingVideoContentToUnknownOutput").value_or("NotAllowed");
  if (is_set(right, "DigitalVideoOnlyContentRestriction") && unknown != "NotAllowed") {
    return invalid("DigitalVideoOnlyContentRestriction excludes AllowPassingVideoContentToUnknownOutput");
  }
  return {};
}

Result<void> check_times(pugi::xml_node license) {
  for (const auto& [absolute, relative] :
       {std::pair{"BeginDate", "RelativeBeginDate"}, std::pair{"ExpirationDate", "RelativeExpirationDate"}}) {
    if (child_of(license, absolute) && child_of(license, relative))
      return invalid("{} and {} exclude each other", absolute, relative);
  }
  if (text_of(license, "LicenseType").value_or("Nonpersistent") == "Persistent") return {};
  for (const std::string_view name : {"GracePeriod", "BeginDate", "ExpirationDate"}) {
    if (child_of(license, name)) return invalid("a Nonpersistent license cannot have {}", name);
  }
  if (child_of(child_of(license, "PlayRight"), "FirstPlayExpiration"))
    return invalid("a Nonpersistent license cannot have FirstPlayExpiration");
  return {};
}

}  // namespace

Result<void> check_play_ready_template(std::string_view xml) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse_template(document, xml, "PlayReadyLicenseResponseTemplate"));
  std::size_t licenses = 0;
  for (const auto license : child_of(root, "LicenseTemplates").children()) {
    if (license.type() != pugi::node_element || local_name(license.name()) != "PlayReadyLicenseTemplate") continue;
    ++licenses;
    LAZULITE_CHECK(check_elements(license, kLicenseElements));
    LAZULITE_CHECK(check_content_key(license));
    LAZULITE_CHECK(check_play_right(child_of(license, "PlayRight")));
    LAZULITE_CHECK(check_times(license));
  }
  if (licenses == 0) return invalid("it has no PlayReadyLicenseTemplate");
  return {};
}

}  // namespace lazulite::keys
