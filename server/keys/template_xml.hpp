// The XML of licence and token templates, as .NET's DataContractSerializer writes it (protection.md 8.3, 9.1), read
// leniently: by local names, in any order, i:nil and i:type with any prefix. Foreign text: bounded in elements and
// depth, without document types. For server/keys/*.cpp only.
#pragma once

#include "schema/base/result.hpp"

#include <pugixml.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lazulite::keys {

// The root element, which must have this local name. `document` owns what is returned. InvalidArgument says why not.
Result<pugi::xml_node> parse_template(pugi::xml_document& document, std::string_view text, std::string_view root_name);

// The first child element with this local name; none when it is absent or i:nil="true".
pugi::xml_node child_of(pugi::xml_node parent, std::string_view name);
// Its text, trimmed; none when it is absent or nil.
std::optional<std::string> text_of(pugi::xml_node parent, std::string_view name);
// i:type without its prefix; empty when absent.
std::string_view type_of(pugi::xml_node element);
std::string_view local_name(std::string_view name);

}  // namespace lazulite::keys
