#include "schema/odata/json_text.hpp"

#include "schema/odata/value_text.hpp"

namespace lazulite::odata {
namespace {

using model::EdmType;
using model::Value;

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escaped(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += {kHex[(c >> 4) & 15], kHex[c & 15]};
  }
}

std::string element_type_name(const model::Property& property) {
  if (property.type != EdmType::kComplex) return std::string{model::edm_name(property.type)};
  return fmt::format("{}.{}", model::kModelNamespace, property.complex->name);
}

void append_type_metadata(std::string& out, std::string_view type) {
  out += "\"__metadata\":{\"type\":";
  append_json_string(out, type);
  out += '}';
}

void append_primitive(std::string& out, const model::Property& property, const Value& value, JsonStyle style) {
  if (const auto* text = value.as<std::string>()) return append_json_string(out, *text);
  if (const auto* time = value.as<Timestamp>()) {
    if (style.iso_dates) return append_json_string(out, format_iso8601(*time));
    out += fmt::format("\"\\/Date({})\\/\"", unix_millis(*time));
    return;
  }
  auto text = value_text(property, value);
  if (property.type == EdmType::kInt64) return append_json_string(out, text);  // api.md rule 19
  if (property.type == EdmType::kDouble && !style.verbose && text.find_first_of(".e") == std::string::npos)
    text += ".0";
  out += text;
}

void append_complex(std::string& out, const model::Property& property, const Value& value, JsonStyle style,
                    bool with_type) {
  const auto* members = value.as<model::ComplexValue>();
  out += '{';
  const char* separator = "";
  if (with_type) {
    append_type_metadata(out, element_type_name(property));
    separator = ",";
  }
  for (std::size_t i = 0; members != nullptr && i < members->members.size(); ++i) {
    out += separator;
    separator = ",";
    append_json_name(out, property.complex->properties[i].name);
    append_json_value(out, property.complex->properties[i], members->members[i], style);
  }
  out += '}';
}

void append_collection(std::string& out, const model::Property& property, const Value& value, JsonStyle style) {
  if (style.verbose) {
    out += '{';
    append_type_metadata(out, type_name(property));
    out += ",\"results\":";
  }
  out += '[';
  const char* separator = "";
  if (const auto* collection = value.as<model::CollectionValue>()) {
    for (const auto& item : collection->items) {
      out += separator;
      separator = ",";
      if (property.type == EdmType::kComplex) {
        append_complex(out, property, item, style, false);
      } else {
        append_primitive(out, property, item, style);
      }
    }
  }
  out += ']';
  if (style.verbose) out += '}';
}

}  // namespace

std::string type_name(const model::Property& property) {
  auto name = element_type_name(property);
  return property.collection ? fmt::format("Collection({})", name) : name;
}

std::string return_type_name(const model::Function& function) {
  return function.returns_list != nullptr ? type_name(function.result()) : std::string{function.returns};
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // from here on nothing needed escaping so far
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out.append(text, plain, i - plain);
    append_escaped(out, text[i]);
    plain = i + 1;
  }
  out.append(text, plain);
  out += '"';
}

void append_json_name(std::string& out, std::string_view name) {
  out += '"';
  out += name;
  out += "\":";
}

void append_json_value(std::string& out, const model::Property& property, const Value& value, JsonStyle style) {
  if (property.collection) return append_collection(out, property, value, style);
  if (value.is_null()) {
    // api.md rule 25: null never stands for a property that may not be null.
    if (property.nullable)
      out += "null";
    else
      append_json_value(out, property, default_value(property), style);
    return;
  }
  if (property.type == EdmType::kComplex) return append_complex(out, property, value, style, style.verbose);
  append_primitive(out, property, value, style);
}

}  // namespace lazulite::odata
