// Single values as text: the lenient reading that all bodies, literals and keys share (api.md rules 16 and 17, 2.5),
// and the plain writing of $value and XML.
#pragma once

#include "schema/base/result.hpp"
#include "schema/model/edm.hpp"

#include <string>
#include <string_view>

namespace lazulite::odata {

// Text as a primitive value: "0" for a number, "false" or "0" for a Boolean, any date form. InvalidArgument when it
// does not fit; also for text that is not UTF-8 or holds U+0000.
Result<model::Value> parse_value(model::EdmType type, std::string_view text);

// ISO 8601 dates, lower-case Booleans, whole doubles without a fraction; empty text for null. Primitive values only.
std::string value_text(const model::Property& property, const model::Value& value);

// Shortest text that reads back as the same double, never with an exponent below 1e16: "440" (whole without ".0") or
// "0.5".
std::string double_text(double value);

// What a property holds when nobody gave it a value: null where it may be null, else 0, false, "", 0001-01-01 or an
// empty collection.
model::Value default_value(const model::Property& property);

}  // namespace lazulite::odata
