// Request bodies in XML: Atom entries as .NET, PHP and Java send them, and the <uri> of $links (api.md 2.6). Gives the
// same EntityInput as JSON; body_reader calls it when a body is XML by its content.
//
// Elements are told by namespace and local name, whatever the prefix; their order, missing categories, titles and
// m:type do not matter: types come from the model. Bounded: 50,000 tags, 32 levels, 64 attributes of one element, 1,000
// links. A document type declaration is refused, so no entity is ever expanded. Errors: InvalidArgument.
#pragma once

#include "schema/odata/entity_input.hpp"

#include <string>
#include <string_view>

namespace lazulite::odata {

// <link rel=".../related/X" href="…"/> binds, in the order of the links; with an m:inline it inserts what stands there.
// A link whose href leads to no entity ("Assets('k')/Files", as answers have them) is passed over.
Result<EntityInput> read_atom_entity(const model::EntityType& type, std::string_view body);

// <uri>…</uri> in the data or the metadata namespace: the URI as sent.
Result<std::string> read_xml_link(std::string_view body);

}  // namespace lazulite::odata
