// JSON text of names and values, for the two JSON codecs. Appends; never fails (rows hold valid UTF-8).
#pragma once

#include "schema/model/model.hpp"

#include <string>
#include <string_view>

namespace lazulite::odata {

// How values are written (api.md 2.5): verbose wraps collections and complex values in metadata and writes whole
// doubles without ".0"; its dates are /Date(ms)/ unless the answer is of version 3.0.
struct JsonStyle {
  bool verbose = false;
  bool iso_dates = true;
};

void append_json_string(std::string& out, std::string_view text);
// "name":
void append_json_name(std::string& out, std::string_view name);
void append_json_value(std::string& out, const model::Property& property, const model::Value& value, JsonStyle style);

// "Edm.String", "Microsoft…Models.IPRange" or "Collection(…)" of either.
std::string type_name(const model::Property& property);
// The same of what a function returns; empty when it returns nothing.
std::string return_type_name(const model::Function& function);

}  // namespace lazulite::odata
