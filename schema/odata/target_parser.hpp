// What a path of the REST API addresses (api.md 3 "Resource paths to route"). Pure text against the model; no rows are
// looked up.
//
// The path is percent-decoded before it is split (api.md rule 3), empty segments are dropped, the first segment "api"
// compares without regard to case (1.1), keys come out in their stored form (rule 4), empty parentheses are ignored
// (rule 5).
#pragma once

#include "schema/base/result.hpp"
#include "schema/model/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lazulite::odata {

enum class TargetKind : std::uint8_t {
  kServiceRoot,  // /api/
  kMetadata,     // /api/$metadata
  kBatch,        // /api/$batch
  kCollection,   // Set · Set('k')/ToManyNav
  kEntity,       // Set('k') · Set('k')/Nav('k2') · Set('k')/ToOneNav
  kProperty,     // an entity, then /Prop
  kLinks,        // Set('k')/$links/Nav · Set('k')/$links/Nav('k2')
  kFunction,     // Function?args
  kAction,       // Set('k')/Action
};

struct ODataTarget {
  TargetKind kind = TargetKind::kServiceRoot;
  const model::EntityType* root = nullptr;        // of the first segment
  std::string root_key;                           // empty: the whole set
  const model::Navigation* navigation = nullptr;  // from the root entity
  const model::EntityType* type = nullptr;        // of the entities addressed: the navigation's target, else root
  std::string navigation_key;                     // of Nav('k2')
  const model::Property* property = nullptr;
  const model::Function* function = nullptr;
  bool count = false;  // …/$count
  bool value = false;  // …/Prop/$value
};

// path: still percent-encoded, beginning with "/api". InvalidArgument for a malformed key or an encoding that is not
// UTF-8, NotFound
// ("Resource not found for the segment 'x'.") for names that the model does not have.
Result<ODataTarget> parse_target(std::string_view encoded_path);

// The same for a decoded path below the service root: "Assets('k')/Files".
Result<ODataTarget> parse_resource_path(std::string_view path);

// The last "Set('key')" of a URI that a client gave as a reference, whatever stands before it (api.md rule 21). The key
// is in its stored form. InvalidArgument when there is none.
struct EntityReference {
  const model::EntityType* type = nullptr;
  std::string key;
};
Result<EntityReference> parse_reference(std::string_view uri);

// A key as it is stored: lower-case GUID part, the type's own prefix. InvalidArgument for an id that is not of this
// type.
Result<std::string> normalize_key(const model::EntityType& type, std::string_view key);

// The stored form of a text that may be an id of any type (AssetId, MediaProcessorId, …): its GUID in lower case. Other
// text comes back as it is.
std::string normalize_any_id(std::string_view text);

// "Assets('nb%3Acid%3AUUID%3A…')": an entity's address relative to the service root.
std::string entity_path(const model::EntityType& type, std::string_view key);

}  // namespace lazulite::odata
