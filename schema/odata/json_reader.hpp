// A lenient JSON reader over text that is already in memory (api.md rule 16): besides RFC 8259 it takes strings in
// apostrophes, raw control characters in strings, a byte order mark and a trailing comma. Nesting is bounded to 32,
// members of one object to 200. Refused with InvalidArgument: anything after the value, U+0000, text that is not UTF-8.
#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lazulite::odata {

struct JsonValue;
struct JsonMember;
using JsonArray = std::vector<JsonValue>;
using JsonObject =
    std::vector<JsonMember>;  // in the order written; a later member of the same name replaces the earlier

// A number keeps its text, so that 64-bit integers stay exact.
struct JsonNumber {
  std::string text;
};

struct JsonValue {
  std::variant<std::monostate, bool, JsonNumber, std::string, JsonArray, JsonObject> data;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
  // A member of an object by name; nullptr when there is none, or this is no object.
  [[nodiscard]] const JsonValue* find(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

Result<JsonValue> read_json(std::string_view text);

}  // namespace lazulite::odata
