// What a client sent for one entity, in any body format: values by property, references to bind and children to insert
// with it. Plain data. Read-only properties are kept as sent; who writes decides to ignore them (api.md rule 9).
#pragma once

#include "schema/model/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::odata {

// A bound entity: "Asset": {"Id": …}, "InputMediaAssets@odata.bind": […], {"__metadata": {"uri": …}}, <link
// rel=".../related/Asset">.
struct Reference {
  const model::Navigation* navigation = nullptr;
  std::string key;  // in its stored form
};

struct ChildInput;

struct EntityInput {
  model::Record values;               // as many as the type's properties; only the given ones mean something
  std::vector<bool> given;            // by position of the property
  std::vector<Reference> references;  // in the order sent (JobInputAsset(n) counts on it)
  std::vector<ChildInput> children;   // deep insert (Tasks of a Job), in the order sent

  EntityInput();
  explicit EntityInput(const model::EntityType& type);

  [[nodiscard]] const model::EntityType& type() const { return *values.type; }
  [[nodiscard]] bool has(std::string_view property) const {
    return given[type().index_of(*type().find_property(property))];
  }
  // Gives the property a value, or replaces it. The property must be of this type.
  void give(std::string_view property, model::Value value) {
    values[property] = std::move(value);
    given[type().index_of(*type().find_property(property))] = true;
  }
};

struct ChildInput {
  const model::Navigation* navigation = nullptr;
  EntityInput entity;
};

// Here, where ChildInput is complete.
inline EntityInput::EntityInput() = default;
inline EntityInput::EntityInput(const model::EntityType& type) : values(type), given(type.properties.size(), false) {}

}  // namespace lazulite::odata
