#include "storage/rows/stored_value.hpp"

#include "schema/base/text.hpp"
#include "schema/odata/value_text.hpp"

#include <boost/json.hpp>

#include <string>

namespace lazulite::rows {
namespace {

namespace json = boost::json;
using model::CollectionValue;
using model::ComplexValue;
using model::EdmType;
using model::Property;
using model::Value;

json::value to_json(const Property& property, const Value& value);

json::value complex_to_json(const Property& property, const ComplexValue& value) {
  const auto members = property.complex->properties;
  json::object out;
  for (std::size_t i = 0; i < members.size() && i < value.members.size(); ++i) {
    out.emplace(json::string_view{members[i].name.data(), members[i].name.size()},
                to_json(members[i], value.members[i]));
  }
  return out;
}

json::value to_json(const Property& property, const Value& value) {
  if (const auto* items = value.as<CollectionValue>()) {
    json::array out;
    out.reserve(items->items.size());
    for (const auto& each : items->items) out.push_back(to_json(property, each));
    return out;
  }
  if (const auto* complex = value.as<ComplexValue>()) return complex_to_json(property, *complex);
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* integer = value.as<std::int64_t>()) return *integer;
  // As text: Boost.JSON 1.81 reads numbers with an error in the last place.
  if (const auto* real = value.as<double>()) return json::string(fmt::format("{}", *real));
  if (const auto* text = value.as<std::string>()) return json::string(*text);
  if (const auto* time = value.as<Timestamp>()) return static_cast<std::int64_t>(time->time_since_epoch().count());
  return nullptr;
}

Error misfit(const Property& property) {
  return fail(ErrorCode::kInternal, "the stored value of {} does not fit its type", property.name);
}

Result<Value> item_from_json(const Property& property, const json::value& stored);

Result<Value> from_json(const Property& property, const json::value& stored) {
  if (stored.is_null()) return Value{};
  if (!property.collection) return item_from_json(property, stored);
  const auto* array = stored.if_array();
  if (array == nullptr) return misfit(property);
  CollectionValue out;
  out.items.reserve(array->size());
  for (const auto& each : *array) {
    LAZULITE_TRY(auto item, item_from_json(property, each));
    out.items.push_back(std::move(item));
  }
  return Value{std::move(out)};
}

Result<Value> complex_from_json(const Property& property, const json::value& stored) {
  const auto* object = stored.if_object();
  if (object == nullptr) return misfit(property);
  ComplexValue out;
  for (const auto& each : property.complex->properties) {
    const auto* member = object->if_contains(json::string_view{each.name.data(), each.name.size()});
    if (member == nullptr) {
      out.members.push_back(odata::default_value(each));
      continue;
    }
    LAZULITE_TRY(auto value, from_json(each, *member));
    out.members.push_back(std::move(value));
  }
  return Value{std::move(out)};
}

// One value that is not a collection; null among the items of a collection stays null.
Result<Value> item_from_json(const Property& property, const json::value& stored) {
  if (stored.is_null()) return Value{};
  const auto* integer = stored.if_int64();
  const auto* text = stored.if_string();
  switch (property.type) {
    case EdmType::kComplex:
      return complex_from_json(property, stored);
    case EdmType::kBoolean:
      if (const auto* flag = stored.if_bool()) return Value{*flag};
      break;
    case EdmType::kInt32:
    case EdmType::kInt64:
      if (integer != nullptr) return Value{*integer};
      break;
    case EdmType::kDateTime:
      if (integer != nullptr) return Value{Timestamp{std::chrono::microseconds{*integer}}};
      break;
    case EdmType::kDouble:
      if (const auto real = text == nullptr ? std::nullopt : parse_double({text->data(), text->size()}))
        return Value{*real};
      break;
    case EdmType::kString:
    case EdmType::kGuid:
      if (text != nullptr) return Value{std::string{text->data(), text->size()}};
      break;
  }
  return misfit(property);
}

}  // namespace

bool is_encoded(const Property& property) { return property.collection || property.type == EdmType::kComplex; }

EdmType column_type(const Property& property) { return is_encoded(property) ? EdmType::kString : property.type; }

Result<Value> to_stored(const Property& property, const Value& value) {
  if (value.is_null()) {
    if (property.nullable) return Value{};
    if (property.collection) return Value{std::string{"[]"}};
    if (property.type == EdmType::kString) return Value{std::string{}};
    return fail(ErrorCode::kInvalidArgument, "{} must have a value", property.name);
  }
  if (!is_encoded(property)) return value;
  return Value{json::serialize(to_json(property, value))};
}

Result<Value> from_stored(const Property& property, Value stored) {
  if (!is_encoded(property) || stored.is_null()) return stored;
  const auto* text = stored.as<std::string>();
  boost::system::error_code error;
  const auto parsed =
      text == nullptr ? json::value{} : json::parse(json::string_view{text->data(), text->size()}, error);
  if (text == nullptr || error) return misfit(property);
  return from_json(property, parsed);
}

}  // namespace lazulite::rows
