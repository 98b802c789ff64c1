// Answers in one format, as a row of functions: JSON light, JSON verbose and Atom. A codec writes text into a string;
// it looks nothing up. Pure and thread-safe.
//
// Values appear in the model's order, every property in every answer, null or not (api.md rule 29); internal ones
// never.
#pragma once

#include "schema/model/model.hpp"
#include "schema/model/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::odata {

struct Expansion;

// A row on its way out, with what $expand brought.
struct Entry {
  model::Record record;
  std::vector<Expansion> expansions;
};
struct Expansion {
  const model::Navigation* navigation = nullptr;
  std::vector<Entry> entries;  // at most one for a to-one navigation
};

// $select; empty means everything.
struct Selection {
  std::vector<const model::Property*> properties;
  std::vector<const model::Navigation*> navigations;

  [[nodiscard]] bool everything() const { return properties.empty() && navigations.empty(); }
  [[nodiscard]] bool has(const model::Property& property) const;
  [[nodiscard]] bool has(const model::Navigation& navigation) const;
};

enum class MetadataLevel : std::uint8_t { kMinimal, kFull, kNone };  // of JSON light

struct WriteContext {
  std::string root;  // "http://host/api/"
  MetadataLevel level = MetadataLevel::kMinimal;
  Selection selection;
};

struct FeedExtras {
  std::optional<std::int64_t> count;  // $inlinecount=allpages
  std::string next_link;              // absolute; empty on the last page
};

enum class Payload : std::uint8_t { kEntry, kFeed, kProperty, kFunction, kLink, kLinks, kService, kError };

struct Codec {
  std::string_view name;
  std::string (*content_type)(Payload payload, MetadataLevel level);
  // DataServiceVersion of the answer (api.md 1.5): "1.0;". type: of the entities, or null.
  std::string_view (*version)(Payload payload, const model::EntityType* type);

  std::string (*entry)(const WriteContext& context, const Entry& entry);
  std::string (*feed)(const WriteContext& context, const model::EntityType& type, std::span<const Entry> entries,
                      const FeedExtras& extras);
  std::string (*property)(const WriteContext& context, const model::Property& property, const model::Value& value);
  std::string (*function)(const WriteContext& context, const model::Function& function, const model::Value& value);
  std::string (*link)(const WriteContext& context, std::string_view uri);
  std::string (*links)(const WriteContext& context, std::span<const std::string> uris, const FeedExtras& extras);
  std::string (*service_document)(const WriteContext& context);
  std::string (*error)(std::string_view message);
};

const Codec& json_light_codec();
const Codec& json_verbose_codec();
const Codec& atom_codec();

// Errors and the service document as XML: what Atom clients get.
std::string error_xml(std::string_view message);
std::string service_document_xml(std::string_view root);

// The sets of the service document: all that are not hidden.
std::vector<const model::EntityType*> visible_sets();

}  // namespace lazulite::odata
