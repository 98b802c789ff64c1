// Request bodies into EntityInput, references and action parameters. The dialect is told by the content, never by
// Content-Type alone (api.md 1.4): verbose and light JSON are read by the same code, in any mixture; what begins with
// '<' is XML and goes to atom_reader.
//
// Errors: InvalidArgument for what the client got wrong, Unsupported with detail "UnsupportedMediaType" for an action's
// parameters in XML.
#pragma once

#include "schema/model/model.hpp"
#include "schema/odata/entity_input.hpp"
#include "schema/odata/json_reader.hpp"

#include <string_view>

namespace lazulite::odata {

// An empty body is an entity without properties.
Result<EntityInput> read_entity(const model::EntityType& type, std::string_view body);

// {"uri": "…"}, {"url": "…"} or <uri>…</uri> of $links: the URI as sent.
Result<std::string> read_link(std::string_view body);

// The JSON object of an action's parameters, by name; an empty or absent body gives none. Every parameter of the
// function must be there.
Result<std::vector<model::Value>> read_action_parameters(const model::Function& function, std::string_view body);

// A JSON value as a property's value (api.md rules 16 and 17: numbers and Booleans in quotes, every date form).
Result<model::Value> read_property_value(const model::Property& property, const JsonValue& json);

// A text as the value of a single primitive property, within its length; ids come in their stored form.
Result<model::Value> read_property_text(const model::Property& property, const std::string& text);

// What both readers say to a name that the type does not have (api.md 2.7).
Error unknown_property(std::string_view type, std::string_view name);

}  // namespace lazulite::odata
