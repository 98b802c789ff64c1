#include "schema/odata/codec.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::odata {

bool Selection::has(const model::Property& property) const {
  if (property.has(model::kInternal)) return false;
  return everything() || std::find(properties.begin(), properties.end(), &property) != properties.end();
}
bool Selection::has(const model::Navigation& navigation) const {
  return everything() || std::find(navigations.begin(), navigations.end(), &navigation) != navigations.end();
}

std::vector<const model::EntityType*> visible_sets() {
  std::vector<const model::EntityType*> out;
  for (const auto* type : model::entity_types()) {
    if ((type->verbs & model::kHidden) == 0) out.push_back(type);
  }
  return out;
}

std::string error_xml(std::string_view message) {
  // xml_escape turns " into an entity; clients look for it in plain (api.md 2.7).
  std::string text = xml_escape(message);
  for (auto at = text.find("&quot;"); at != std::string::npos; at = text.find("&quot;", at + 1))
    text.replace(at, 6, "\"");
  return fmt::format(
      R"(<?xml version="1.0" encoding="utf-8"?><m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">)"
      R"(<m:code></m:code><m:message xml:lang="en-US">{}</m:message></m:error>)",
      text);
}

std::string service_document_xml(std::string_view root) {
  std::string out =
      fmt::format(R"(<?xml version="1.0" encoding="utf-8"?><service xml:base="{}" xmlns="http://www.w3.org/2007/app" )"
                  R"(xmlns:atom="http://www.w3.org/2005/Atom"><workspace><atom:title>Default</atom:title>)",
                  xml_escape(root));
  for (const auto* type : visible_sets()) {
    out += fmt::format(R"(<collection href="{0}"><atom:title>{0}</atom:title></collection>)", type->set_name);
  }
  out += "</workspace></service>";
  return out;
}

}  // namespace lazulite::odata
