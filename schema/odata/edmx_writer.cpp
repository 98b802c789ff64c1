#include "schema/odata/edmx_writer.hpp"

#include "schema/odata/codec.hpp"
#include "schema/odata/json_text.hpp"

#include <algorithm>

namespace lazulite::odata {
namespace {

using model::NavigationKind;

constexpr std::string_view kContainerNamespace = "Microsoft.Cloud.Media.Vod.Rest.Data";

// Complex types in the order of their first use, each after those it uses.
void collect_complex(std::span<const model::Property> properties, std::vector<const model::ComplexType*>& out) {
  for (const auto& property : properties) {
    if (property.complex == nullptr || property.has(model::kInternal)) continue;
    if (std::find(out.begin(), out.end(), property.complex) != out.end()) continue;
    collect_complex(property.complex->properties, out);
    out.push_back(property.complex);
  }
}

std::string property_element(const model::Property& property) {
  const bool nullable = property.nullable && !property.collection;
  return fmt::format("        <Property Name=\"{}\" Type=\"{}\"{} />\n", property.name, type_name(property),
                     nullable ? "" : " Nullable=\"false\"");
}

std::string association_name(const model::EntityType& type, const model::Navigation& navigation) {
  return fmt::format("{}_{}", type.name, navigation.name);
}

std::string entity_type_element(const model::EntityType& type) {
  std::string out = fmt::format(
      "      <EntityType Name=\"{}\">\n        <Key>\n          <PropertyRef Name=\"{}\" />\n        </Key>\n",
      type.name, type.key().name);
  for (const auto& property : type.properties) {
    if (!property.has(model::kInternal)) out += property_element(property);
  }
  for (const auto& navigation : type.navigations) {
    out += fmt::format(
        "        <NavigationProperty Name=\"{0}\" Relationship=\"{1}.{2}\" ToRole=\"{0}\" FromRole=\"{2}\" />\n",
        navigation.name, model::kModelNamespace, association_name(type, navigation));
  }
  return out + "      </EntityType>\n";
}

std::string complex_type_element(const model::ComplexType& type) {
  std::string out = fmt::format("      <ComplexType Name=\"{}\">\n", type.name);
  for (const auto& property : type.properties) out += property_element(property);
  return out + "      </ComplexType>\n";
}

std::string association_element(const model::EntityType& type, const model::Navigation& navigation) {
  const auto name = association_name(type, navigation);
  const auto* target = model::find_entity_set(navigation.target_set);
  return fmt::format(
      "      <Association Name=\"{0}\">\n"
      "        <End Type=\"{1}.{2}\" Role=\"{3}\" Multiplicity=\"{4}\" />\n"
      "        <End Type=\"{1}.{5}\" Role=\"{0}\" Multiplicity=\"*\" />\n"
      "      </Association>\n",
      name, model::kModelNamespace, target->name, navigation.name,
      navigation.kind == NavigationKind::kToOne ? "0..1" : "*", type.name);
}

std::string association_set_element(const model::EntityType& type, const model::Navigation& navigation) {
  const auto name = association_name(type, navigation);
  return fmt::format(
      "        <AssociationSet Name=\"{0}\" Association=\"{1}.{0}\">\n"
      "          <End Role=\"{0}\" EntitySet=\"{2}\" />\n"
      "          <End Role=\"{3}\" EntitySet=\"{4}\" />\n"
      "        </AssociationSet>\n",
      name, model::kModelNamespace, type.set_name, navigation.name, navigation.target_set);
}

std::string function_element(const model::Function& function) {
  std::string out = fmt::format("        <FunctionImport Name=\"{}\"", function.name);
  if (const auto returns = return_type_name(function); !returns.empty())
    out += fmt::format(" ReturnType=\"{}\"", returns);
  const bool action = !function.bound_set.empty();
  out += action ? " IsBindable=\"true\" m:IsAlwaysBindable=\"true\"" : " m:HttpMethod=\"GET\"";
  if (!action && function.parameters.empty()) return out + " />\n";
  out += ">\n";
  if (action) {
    const auto* type = model::find_entity_set(function.bound_set);
    out += fmt::format("          <Parameter Name=\"entity\" Type=\"{}.{}\" />\n", model::kModelNamespace, type->name);
  }
  for (const auto& parameter : function.parameters) {
    out += fmt::format("          <Parameter Name=\"{}\" Type=\"{}\" />\n", parameter.name,
                       model::edm_name(parameter.type));
  }
  return out + "        </FunctionImport>\n";
}

std::string model_schema(std::span<const model::EntityType* const> types) {
  std::string out = fmt::format(
      "    <Schema Namespace=\"{}\" xmlns=\"http://schemas.microsoft.com/ado/2009/11/edm\">\n", model::kModelNamespace);
  std::vector<const model::ComplexType*> complex;
  for (const auto* type : types) {
    out += entity_type_element(*type);
    collect_complex(type->properties, complex);
  }
  for (const auto& function : model::functions()) {
    const auto result = function.result();
    collect_complex({&result, 1}, complex);
  }
  for (const auto* each : complex) out += complex_type_element(*each);
  for (const auto* type : types) {
    for (const auto& navigation : type->navigations) out += association_element(*type, navigation);
  }
  return out + "    </Schema>\n";
}

std::string container_schema(std::span<const model::EntityType* const> types) {
  std::string out = fmt::format(
      "    <Schema Namespace=\"{}\" xmlns=\"http://schemas.microsoft.com/ado/2009/11/edm\">\n"
      "      <EntityContainer Name=\"{}\" m:IsDefaultEntityContainer=\"true\">\n",
      kContainerNamespace, model::kContainerName);
  for (const auto* type : types) {
    out += fmt::format("        <EntitySet Name=\"{}\" EntityType=\"{}.{}\" />\n", type->set_name,
                       model::kModelNamespace, type->name);
  }
  for (const auto& function : model::functions()) out += function_element(function);
  for (const auto* type : types) {
    for (const auto& navigation : type->navigations) out += association_set_element(*type, navigation);
  }
  return out + "      </EntityContainer>\n    </Schema>\n";
}

std::string make_document() {
  const auto types = visible_sets();
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
         "<edmx:Edmx Version=\"1.0\" xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">\n"
         "  <edmx:DataServices m:DataServiceVersion=\"3.0\" m:MaxDataServiceVersion=\"3.0\" "
         "xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">\n" +
         model_schema(types) + container_schema(types) + "  </edmx:DataServices>\n</edmx:Edmx>\n";
}

}  // namespace

const std::string& metadata_document() {
  static const std::string document = make_document();
  return document;
}

}  // namespace lazulite::odata
