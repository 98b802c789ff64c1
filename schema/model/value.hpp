// A property's value apart from its struct: what codecs, filters and rows pass around. Plain data.
#pragma once

#include "schema/base/time.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lazulite::model {

struct Value;

// Values of a complex type's members, in the order of its ComplexType::properties.
struct ComplexValue {
  std::vector<Value> members;
  bool operator==(const ComplexValue&) const;
};
struct CollectionValue {
  std::vector<Value> items;
  bool operator==(const CollectionValue&) const;
};

// Edm.Int16, Int32 and Int64 are int64_t; Edm.String, Guid (lower case) and Time (ISO 8601 duration) are std::string;
// null is std::monostate. The Edm type stands in the Property, never here.
struct Value {
  using Data =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, Timestamp, ComplexValue, CollectionValue>;
  Data data;

  Value() = default;
  template <class T>
  requires(!std::same_as<std::remove_cvref_t<T>, Value> && std::constructible_from<Data, T>) explicit Value(T&& value)
      : data(std::forward<T>(value)) {}

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  // The value as T, or nullptr when it is another kind.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
  bool operator==(const Value&) const = default;
};

inline bool ComplexValue::operator==(const ComplexValue& other) const { return members == other.members; }
inline bool CollectionValue::operator==(const CollectionValue& other) const { return items == other.items; }

}  // namespace lazulite::model
