// From a task's Configuration to an EncodePlan: the name of a preset, MES JSON, MES XML or the XML of the older
// encoders (processing.md 3a to 3d). Pure; thread-safe.
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace lazulite::encoder {

// Whose names come first where both have one ("AAC Good Quality Audio"); each knows the other's too.
enum class PresetFamily : std::uint8_t { kMediaEncoderStandard, kAzureMediaEncoder };

// A file of config/presets, built into the program.
struct NamedPreset {
  std::string_view name;  // the file's name without extension
  std::string_view text;
};
std::span<const NamedPreset> named_presets(PresetFamily family);

// Tells the forms apart as processing.md 3c.1 and compiles. Errors: ErrorParsingConfiguration with what is wrong and
// where; unsupported format for codecs that cannot be encoded.
Result<EncodePlan> compile_preset(std::string_view configuration,
                                  PresetFamily family = PresetFamily::kMediaEncoderStandard);

// JSON as clients send it: comments, trailing commas, single quotes (processing.md 3c.1). At most 100 000 characters,
// 16 levels.
Result<boost::json::value> parse_lenient_json(std::string_view text);
// A MES XML preset in the shape of its JSON form.
Result<boost::json::value> convert_xml_preset(const pugi::xml_node& root);
Result<void> load_xml(std::string_view text, pugi::xml_document& document);
// A MES preset in its JSON shape.
Result<EncodePlan> compile_mes_preset(const boost::json::value& preset);
// The XML of the older encoders, which come from Expression Encoder (processing.md 3d).
bool is_azure_preset(const pugi::xml_node& root);
Result<EncodePlan> compile_azure_preset(const pugi::xml_node& root);

// An error of code ErrorParsingConfiguration.
template <class... Args>
[[nodiscard]] Error bad_preset(fmt::format_string<Args...> format, Args&&... args) {
  return fail_with(ErrorCode::kInvalidArgument, "ErrorParsingConfiguration", format, std::forward<Args>(args)...);
}

}  // namespace lazulite::encoder
