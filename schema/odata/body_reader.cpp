#include "schema/odata/body_reader.hpp"

#include "schema/base/text.hpp"
#include "schema/odata/atom_reader.hpp"
#include "schema/odata/target_parser.hpp"
#include "schema/odata/value_text.hpp"

#include <cmath>

namespace lazulite::odata {
namespace {

using model::EdmType;
using model::Value;

constexpr std::size_t kMaxItems = 1000;  // of a collection, or of references and children

Error wrong_value(const model::Property& property, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "The value of the property '{}' is not valid: {}.", property.name, why);
}

Result<Value> read_number(const model::Property& property, const std::string& digits) {
  if (property.type == EdmType::kString) return Value{digits};
  if (property.type == EdmType::kDateTime || property.type == EdmType::kGuid) return wrong_value(property, "a number");
  if (property.type != EdmType::kDouble && digits.find_first_of(".eE") != std::string::npos) {  // 2.0 for an integer
    const auto number = parse_double(digits);
    if (!number || *number != std::floor(*number) || std::abs(*number) > 9e15)
      return wrong_value(property, "not a whole number");
    return parse_value(property.type, fmt::format("{:.0f}", *number));
  }
  return parse_value(property.type, digits);
}

bool is_annotation(std::string_view name) {
  return name == "__metadata" || name.starts_with("odata.") || name.find('@') != std::string_view::npos;
}

Result<Value> read_complex(const model::Property& property, const JsonValue& json) {
  const auto* object = json.as<JsonObject>();
  if (object == nullptr) return wrong_value(property, "it must be an object");
  const auto members = property.complex->properties;
  model::ComplexValue out;
  for (const auto& member : members) out.members.push_back(default_value(member));
  for (const auto& given : *object) {
    if (is_annotation(given.name)) continue;
    std::size_t i = 0;
    while (i < members.size() && members[i].name != given.name) ++i;
    if (i == members.size()) return unknown_property(property.complex->name, given.name);
    LAZULITE_TRY(out.members[i], read_property_value(members[i], given.value));
  }
  return Value{std::move(out)};
}

Result<Value> read_single(const model::Property& property, const JsonValue& json) {
  if (json.is_null()) return default_value(property);
  if (property.type == EdmType::kComplex) return read_complex(property, json);
  if (const auto* text = json.as<std::string>()) return read_property_text(property, *text);
  if (const auto* number = json.as<JsonNumber>()) return read_number(property, number->text);
  if (const auto* flag = json.as<bool>()) return parse_value(property.type, *flag ? "true" : "false");
  return wrong_value(property, "a list or an object cannot stand here");
}

// A JSON array, also as {"results": […]}; one value alone is a list of one.
std::vector<const JsonValue*> items_of(const JsonValue& json) {
  std::vector<const JsonValue*> out;
  const auto* results = json.find("results");
  const JsonValue& list = results != nullptr ? *results : json;
  if (const auto* array = list.as<JsonArray>()) {
    for (const auto& each : *array) out.push_back(&each);
  } else if (!list.is_null()) {
    out.push_back(&list);
  }
  return out;
}

class EntityReader {
 public:
  explicit EntityReader(const model::EntityType& type) : type_(type), out_(type) {}

  Result<EntityInput> read(const JsonObject& object) {
    for (const auto& member : object) LAZULITE_CHECK(read_member(member));
    return std::move(out_);
  }

 private:
  Result<void> read_member(const JsonMember& member) {
    constexpr std::string_view kBind = "@odata.bind";
    if (member.name.ends_with(kBind)) {
      const auto name = std::string_view{member.name}.substr(0, member.name.size() - kBind.size());
      const auto* bound = type_.find_navigation(name);
      return bound == nullptr ? unknown_property(type_.name, name) : read_navigation(*bound, member.value);
    }
    if (is_annotation(member.name)) return {};
    if (const auto* property = type_.find_property(member.name);
        property != nullptr && !property->has(model::kInternal)) {
      if (property->has(model::kServerSet)) return {};  // api.md rule 9
      LAZULITE_TRY(auto value, read_property_value(*property, member.value));
      out_.give(property->name, std::move(value));
      return {};
    }
    const auto* navigation = type_.find_navigation(member.name);
    return navigation == nullptr ? unknown_property(type_.name, member.name)
                                 : read_navigation(*navigation, member.value);
  }

  Result<void> read_navigation(const model::Navigation& navigation, const JsonValue& json) {
    const auto items = items_of(json);
    if (items.size() > kMaxItems)
      return fail(ErrorCode::kInvalidArgument, "'{}' has more than {} items.", navigation.name, kMaxItems);
    const auto* target = model::find_entity_set(navigation.target_set);
    for (const auto* item : items) {
      if (item->find("__deferred") != nullptr) continue;
      LAZULITE_CHECK(read_item(navigation, *target, *item));
    }
    return {};
  }

  Result<void> read_item(const model::Navigation& navigation, const model::EntityType& target, const JsonValue& item) {
    if (const auto* uri = item.as<std::string>()) return add_reference(navigation, target, *uri);
    const auto* object = item.as<JsonObject>();
    if (object == nullptr)
      return fail(ErrorCode::kInvalidArgument, "'{}' must hold entities or references.", navigation.name);
    const auto* metadata = item.find("__metadata");
    const auto* uri = metadata != nullptr ? metadata->find("uri") : item.find("uri");
    if (uri == nullptr) uri = item.find("url");
    if (uri != nullptr && uri->as<std::string>() != nullptr)
      return add_reference(navigation, target, *uri->as<std::string>());
    if (const auto* key = only_key(target, *object)) {
      LAZULITE_TRY(auto normalized, normalize_key(target, *key));
      out_.references.push_back({&navigation, std::move(normalized)});
      return {};
    }
    LAZULITE_TRY(auto child, EntityReader(target).read(*object));
    out_.children.push_back({&navigation, std::move(child)});
    return {};
  }

  // {"Id": "…"}: a deep object with only the key is a reference (api.md 2.6).
  static const std::string* only_key(const model::EntityType& target, const JsonObject& object) {
    const std::string* key = nullptr;
    for (const auto& member : object) {
      if (is_annotation(member.name)) continue;
      if (member.name != target.key().name) return nullptr;
      key = member.value.as<std::string>();
    }
    return key;
  }

  Result<void> add_reference(const model::Navigation& navigation, const model::EntityType& target,
                             const std::string& uri) {
    LAZULITE_TRY(auto reference, parse_reference(uri));
    if (reference.type != &target) {
      return fail(ErrorCode::kInvalidArgument, "'{}' must refer to {}, not to {}.", navigation.name, target.set_name,
                  reference.type->set_name);
    }
    out_.references.push_back({&navigation, std::move(reference.key)});
    return {};
  }

  const model::EntityType& type_;
  EntityInput out_;
};

bool is_xml(std::string_view body) {
  const auto text = trim(body);
  return text.starts_with('<') || text.starts_with("\xEF\xBB\xBF<");
}

Result<JsonValue> read_object(std::string_view body) {
  const auto text = trim(body);
  if (text.empty()) return JsonValue{JsonObject{}};
  if (is_xml(text)) {
    return fail_with(ErrorCode::kUnsupported, "UnsupportedMediaType", "The parameters of an action must be JSON.");
  }
  LAZULITE_TRY(auto json, read_json(body));
  if (json.as<JsonObject>() == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "Parsing request content failed due to: the body must be a JSON object.");
  }
  return json;
}

}  // namespace

Result<Value> read_property_text(const model::Property& property, const std::string& text) {
  if (property.type != EdmType::kString && property.nullable && trim(text).empty()) return Value{};
  auto value = parse_value(property.type, text);
  if (!value) return wrong_value(property, value.error().message);
  if (property.type == EdmType::kString && text.size() > property.max_length) {
    return wrong_value(property, fmt::format("it is longer than {} bytes", property.max_length));
  }
  if (property.name.ends_with("Id")) return Value{normalize_any_id(text)};
  return value;
}

Error unknown_property(std::string_view type, std::string_view name) {
  return fail(
      ErrorCode::kInvalidArgument,
      "Parsing request content failed due to: Make sure to only use property names that are defined by the type. "
      "The property '{}' does not exist on type '{}.{}'.",
      name, model::kModelNamespace, type);
}

Result<Value> read_property_value(const model::Property& property, const JsonValue& json) {
  if (!property.collection) return read_single(property, json);
  model::CollectionValue out;
  const auto items = items_of(json);
  if (items.size() > kMaxItems) return wrong_value(property, fmt::format("it has more than {} items", kMaxItems));
  for (const auto* item : items) {
    LAZULITE_TRY(auto value, read_single(property, *item));
    out.items.push_back(std::move(value));
  }
  return Value{std::move(out)};
}

Result<EntityInput> read_entity(const model::EntityType& type, std::string_view body) {
  if (is_xml(body)) return read_atom_entity(type, trim(body));
  LAZULITE_TRY(const auto json, read_object(body));
  const auto* inner = json.find("d");  // a whole verbose answer sent back
  const bool wrapped = inner != nullptr && inner->as<JsonObject>() != nullptr && json.as<JsonObject>()->size() == 1;
  return EntityReader(type).read(*(wrapped ? *inner : json).as<JsonObject>());
}

Result<std::string> read_link(std::string_view body) {
  if (is_xml(body)) return read_xml_link(trim(body));
  LAZULITE_TRY(const auto json, read_object(body));
  for (const std::string_view name : {"uri", "url"}) {
    const auto* uri = json.find(name);
    if (uri != nullptr && uri->as<std::string>() != nullptr) return *uri->as<std::string>();
  }
  return fail(ErrorCode::kInvalidArgument, "The body of a link must be {{\"uri\": \"…\"}}.");
}

Result<std::vector<Value>> read_action_parameters(const model::Function& function, std::string_view body) {
  if (function.parameters.empty())
    return std::vector<Value>{};  // clients send nothing, "" or {}, under any content type
  LAZULITE_TRY(const auto json, read_object(body));
  std::vector<Value> out;
  for (const auto& parameter : function.parameters) {
    const JsonValue* given = nullptr;
    for (const auto& member : *json.as<JsonObject>()) {
      if (equals_ignoring_case(member.name, parameter.name)) given = &member.value;
    }
    if (given == nullptr || given->is_null()) {
      return fail(ErrorCode::kInvalidArgument, "The parameter '{}' of '{}' is missing.", parameter.name, function.name);
    }
    LAZULITE_TRY(auto value,
                 read_property_value(model::Property{.name = parameter.name, .type = parameter.type}, *given));
    out.push_back(std::move(value));
  }
  return out;
}

}  // namespace lazulite::odata
