// Atom and plain XML of OData 3 (api.md 2.1, 2.2): application/atom+xml for entries and feeds, application/xml for all
// else.
//
// Hrefs of edit and navigation links are relative to xml:base: JAVA sends them back as request paths.
#include "schema/base/text.hpp"
#include "schema/odata/atom_names.hpp"
#include "schema/odata/codec.hpp"
#include "schema/odata/json_text.hpp"
#include "schema/odata/target_parser.hpp"
#include "schema/odata/value_text.hpp"

#include <algorithm>

namespace lazulite::odata {
namespace {

using model::EdmType;
using model::Value;

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="utf-8"?>)";

// A bare CR would be read back as LF; quotes and apostrophes stay as they are (api.md rule 24).
std::string element_text(std::string_view text) {
  std::string out = xml_escape(text);
  for (auto at = out.find('\r'); at != std::string::npos; at = out.find('\r', at)) out.replace(at, 1, "&#xD;");
  return out;
}

std::string dataset_namespaces() {
  return fmt::format(R"( xmlns:d="{}" xmlns:m="{}")", kDataNamespace, kMetaNamespace);
}
std::string root_attributes(const WriteContext& context) {
  return fmt::format(R"( xml:base="{}" xmlns="{}"{})", xml_escape(context.root), kAtomNamespace, dataset_namespaces());
}

// ---- values

void append_value(std::string& out, const model::Property& property, const Value& value, std::string_view attributes);

void append_members(std::string& out, const model::ComplexType& type, const Value& value) {
  const auto* complex = value.as<model::ComplexValue>();
  for (std::size_t i = 0; complex != nullptr && i < type.properties.size() && i < complex->members.size(); ++i)
    append_value(out, type.properties[i], complex->members[i], {});
}

// What stands inside an element: text, or the members of a complex value.
void append_content(std::string& out, const model::Property& property, const Value& value) {
  if (property.type == EdmType::kComplex) return append_members(out, *property.complex, value);
  out += element_text(value_text(property, value));
}

void append_collection(std::string& out, const model::Property& property, const Value& value) {
  const auto* collection = value.as<model::CollectionValue>();
  if (collection == nullptr) return;
  for (const auto& item : collection->items) {
    out += "<d:element>";
    append_content(out, property, item);
    out += "</d:element>";
  }
}

// <d:Name m:type="…">…</d:Name>; texts carry no m:type, null is m:null (api.md 2.1). A property that may not be null
// is never written so (rule 25). attributes: namespaces, when the element is the root.
void append_value(std::string& out, const model::Property& property, const Value& value, std::string_view attributes) {
  if (value.is_null() && !property.collection) {
    if (!property.nullable) return append_value(out, property, default_value(property), attributes);
    out += fmt::format(R"(<d:{}{} m:null="true"/>)", property.name, attributes);
    return;
  }
  out += fmt::format("<d:{}{}", property.name, attributes);
  if (property.collection || property.type != EdmType::kString)
    out += fmt::format(R"( m:type="{}")", type_name(property));
  out += '>';
  if (property.collection) {
    append_collection(out, property, value);
  } else {
    append_content(out, property, value);
  }
  out += fmt::format("</d:{}>", property.name);
}

// ---- entries and feeds

// When the entity last changed, as far as it says; an entity without dates has not changed since the epoch.
Timestamp updated_time(const model::Record& record) {
  for (const std::string_view name : {"LastModified", "Created"}) {
    if (record.type->find_property(name) == nullptr) continue;
    if (const auto* time = record[name].as<Timestamp>()) return *time;
  }
  return Timestamp{};
}

void append_entry(std::string& out, const WriteContext& context, const Entry& entry, std::string_view attributes);

void append_feed(std::string& out, const WriteContext& context, std::string_view address, std::string_view title,
                 std::span<const Entry> entries, const FeedExtras& extras, std::string_view attributes) {
  Timestamp updated{};
  for (const auto& each : entries) updated = std::max(updated, updated_time(each.record));
  out += fmt::format(R"(<feed{}><id>{}</id><title type="text">{}</title><updated>{}</updated>)", attributes,
                     element_text(context.root + std::string{address}), title, format_iso8601(updated));
  if (entries.empty()) out += "<author><name/></author>";
  out += fmt::format(R"(<link rel="self" title="{}" href="{}"/>)", title, xml_escape(address));
  if (extras.count) out += fmt::format("<m:count>{}</m:count>", *extras.count);
  for (const auto& each : entries) append_entry(out, context, each, {});
  if (!extras.next_link.empty()) out += fmt::format(R"(<link rel="next" href="{}"/>)", xml_escape(extras.next_link));
  out += "</feed>";
}

const Expansion* expansion_of(const Entry& entry, const model::Navigation& navigation) {
  for (const auto& each : entry.expansions) {
    if (each.navigation == &navigation) return &each;
  }
  return nullptr;
}

void append_navigation(std::string& out, const WriteContext& context, const Entry& entry,
                       const model::Navigation& navigation, std::string_view path) {
  const bool single = navigation.kind == model::NavigationKind::kToOne;
  const auto address = fmt::format("{}/{}", path, navigation.name);
  out += fmt::format(R"(<link rel="{0}{1}" type="application/atom+xml;type={2}" title="{1}" href="{3}")",
                     kRelatedPrefix, navigation.name, single ? "entry" : "feed", xml_escape(address));
  const auto* expansion = expansion_of(entry, navigation);
  if (expansion == nullptr) {
    out += "/>";
    return;
  }
  WriteContext inner = context;
  inner.selection = {};
  out += "><m:inline>";
  if (!single) {
    append_feed(out, inner, address, navigation.name, expansion->entries, {}, {});
  } else if (!expansion->entries.empty()) {
    append_entry(out, inner, expansion->entries.front(), {});
  }
  out += "</m:inline></link>";
}

void append_actions(std::string& out, const WriteContext& context, const model::EntityType& type,
                    std::string_view path) {
  for (const auto& function : model::functions()) {
    if (function.bound_set != type.set_name) continue;
    out += fmt::format(R"(<m:action metadata="{0}$metadata#{1}.{2}" title="{2}" target="{0}{3}/{2}"/>)",
                       xml_escape(context.root), model::kContainerName, function.name, xml_escape(path));
  }
}

void append_entry(std::string& out, const WriteContext& context, const Entry& entry, std::string_view attributes) {
  const auto& type = *entry.record.type;
  const auto path = entity_path(type, entry.record.key());
  out += fmt::format(R"(<entry{}><id>{}</id><category term="{}.{}" scheme="{}"/>)", attributes,
                     element_text(context.root + path), model::kModelNamespace, type.name, kSchemeName);
  out += fmt::format(R"(<link rel="edit" title="{}" href="{}"/>)", type.name, xml_escape(path));
  for (const auto& navigation : type.navigations) {
    if (context.selection.has(navigation)) append_navigation(out, context, entry, navigation, path);
  }
  out +=
      fmt::format("<title/><updated>{}</updated><author><name/></author>", format_iso8601(updated_time(entry.record)));
  append_actions(out, context, type, path);
  out += R"(<content type="application/xml"><m:properties>)";
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    if (context.selection.has(type.properties[i])) append_value(out, type.properties[i], entry.record.values[i], {});
  }
  out += "</m:properties></content></entry>";
}

// ---- the row

std::string content_type(Payload payload, MetadataLevel) {
  switch (payload) {
    case Payload::kEntry:
      return "application/atom+xml;type=entry;charset=utf-8";
    case Payload::kFeed:
      return "application/atom+xml;type=feed;charset=utf-8";
    case Payload::kService:
      return "application/atomsvc+xml;charset=utf-8";
    default:
      return "application/xml;charset=utf-8";
  }
}

// api.md 1.5. A feed needs no more than its entries; m:count and next links raise it where they are added.
std::string_view version(Payload payload, const model::EntityType* type) {
  const bool entities = payload == Payload::kEntry || payload == Payload::kFeed;
  return entities && type != nullptr && type->has_collection() ? "3.0;" : "1.0;";
}

std::string entry_text(const WriteContext& context, const Entry& entry) {
  std::string out{kDeclaration};
  append_entry(out, context, entry, root_attributes(context));
  return out;
}

std::string feed(const WriteContext& context, const model::EntityType& type, std::span<const Entry> entries,
                 const FeedExtras& extras) {
  std::string out{kDeclaration};
  out.reserve(entries.size() * 2500 + 500);
  append_feed(out, context, type.set_name, type.set_name, entries, extras, root_attributes(context));
  return out;
}

std::string property_text(const WriteContext&, const model::Property& property, const Value& value) {
  std::string out{kDeclaration};
  append_value(out, property, value, dataset_namespaces());
  return out;
}

// <d:GetProtectionKeyId xmlns:d="…">TEXT</d:GetProtectionKeyId> (api.md 5.5): the element is named after the function.
std::string function_text(const WriteContext& context, const model::Function& function, const Value& value) {
  return property_text(context, function.result(), value);
}

std::string link(const WriteContext&, std::string_view uri) {
  return fmt::format(R"({}<uri xmlns="{}">{}</uri>)", kDeclaration, kDataNamespace, element_text(uri));
}

std::string links(const WriteContext&, std::span<const std::string> uris, const FeedExtras& extras) {
  std::string out = fmt::format(R"({}<links xmlns="{}")", kDeclaration, kDataNamespace);
  out += extras.count ? fmt::format(R"( xmlns:m="{}"><m:count>{}</m:count>)", kMetaNamespace, *extras.count) : ">";
  for (const auto& uri : uris) out += fmt::format("<uri>{}</uri>", element_text(uri));
  if (!extras.next_link.empty()) out += fmt::format("<next>{}</next>", element_text(extras.next_link));
  out += "</links>";
  return out;
}

std::string service_document(const WriteContext& context) { return service_document_xml(context.root); }

constexpr Codec kCodec{"atom",        content_type, version, entry_text,       feed,     property_text,
                       function_text, link,         links,   service_document, error_xml};

}  // namespace

const Codec& atom_codec() { return kCodec; }

}  // namespace lazulite::odata
