// From a task's Configuration to an EncodePlan: the name of a preset, MES JSON or MES XML (processing.md 3b, 3c). Pure;
// thread-safe.
#pragma once

#include "encoder/presets/encode_plan.hpp"
#include "schema/base/result.hpp"

#include <boost/json/value.hpp>

#include <span>
#include <string_view>

namespace lazulite::encoder {

// A file of config/presets, built into the program.
struct NamedPreset {
  std::string_view name;  // the file's name without extension
  std::string_view json;
};
std::span<const NamedPreset> named_presets();

// Tells the forms apart as processing.md 3c.1 and compiles. Errors: ErrorParsingConfiguration with what is wrong and
// where.
Result<EncodePlan> compile_preset(std::string_view configuration);

// JSON as clients send it: comments, trailing commas, single quotes (processing.md 3c.1). At most 100 000 characters,
// 16 levels.
Result<boost::json::value> parse_lenient_json(std::string_view text);
// A MES XML preset in the shape of its JSON form.
Result<boost::json::value> parse_xml_preset(std::string_view text);
// A MES preset in its JSON shape.
Result<EncodePlan> compile_mes_preset(const boost::json::value& preset);

// An error of code ErrorParsingConfiguration.
template <class... Args>
[[nodiscard]] Error bad_preset(fmt::format_string<Args...> format, Args&&... args) {
  return fail_with(ErrorCode::kInvalidArgument, "ErrorParsingConfiguration", format, std::forward<Args>(args)...);
}

}  // namespace lazulite::encoder
