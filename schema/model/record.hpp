// A row as generic code sees it: the values of an entity in the order of EntityType::properties. Hooks turn it into its
// struct and back.
#pragma once

#include "schema/model/edm.hpp"

#include <string>
#include <vector>

namespace lazulite::model {

struct Record {
  const EntityType* type = nullptr;
  std::vector<Value> values;  // as many as type->properties

  Record() = default;
  explicit Record(const EntityType& t) : type(&t), values(t.properties.size()) {}

  [[nodiscard]] const Value& operator[](std::string_view property) const {
    return values[type->index_of(*type->find_property(property))];
  }
  [[nodiscard]] Value& operator[](std::string_view property) {
    return values[type->index_of(*type->find_property(property))];
  }
  // The key as text (a GUID or a name, as stored).
  [[nodiscard]] const std::string& key() const { return *values[type->index_of(type->key())].as<std::string>(); }
};

// The entity T of a record; entity_type(const T*) names its table. Internal when a stored value does not fit its
// member.
template <class T>
Result<T> to_entity(const Record& record) {
  T out{};
  const auto properties = entity_type(static_cast<const T*>(nullptr)).properties;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (properties[i].set == nullptr || properties[i].has(kComputed)) continue;
    LAZULITE_CHECK(properties[i].set(&out, record.values[i]));
  }
  return out;
}

template <class T>
Record to_record(const T& entity) {
  const EntityType& type = entity_type(&entity);
  Record out{type};
  for (std::size_t i = 0; i < type.properties.size(); ++i) out.values[i] = type.properties[i].get(&entity);
  return out;
}

}  // namespace lazulite::model
