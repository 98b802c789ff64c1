// The list of all entity types, functions and actions: adding an entity is one file in schema/entities and one line in
// model.cpp.
#pragma once

#include "schema/model/edm.hpp"

#include <span>

namespace lazulite::model {

inline constexpr std::string_view kModelNamespace = "Microsoft.Cloud.Media.Vod.Rest.Data.Models";
inline constexpr std::string_view kContainerName = "WindowsAzureMediaServices";

// In the order of the service document; hidden types are among them.
std::span<const EntityType* const> entity_types();
// By set name ("Files"), letter case counts; nullptr when there is none.
const EntityType* find_entity_set(std::string_view set_name);

struct FunctionParameter {
  std::string_view name;
  EdmType type = EdmType::kString;
};

// A service operation (GET, unbound) or an action (POST, bound to one entity).
struct Function {
  std::string_view name;
  std::string_view bound_set;  // empty: service operation
  std::span<const FunctionParameter> parameters;
  std::string_view returns;                   // "Edm.String", or empty for none
  const ComplexType* returns_list = nullptr;  // instead: a collection of these

  // The result as a property of the function's name, for the codecs.
  [[nodiscard]] constexpr Property result() const {
    Property out;
    out.name = name;
    out.collection = returns_list != nullptr;
    out.complex = returns_list;
    if (returns_list != nullptr) out.type = EdmType::kComplex;
    return out;
  }
};
std::span<const Function> functions();

}  // namespace lazulite::model
