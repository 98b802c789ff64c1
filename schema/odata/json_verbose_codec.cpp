// JSON verbose (api.md 2.3): application/json;odata=verbose.
#include "schema/odata/codec.hpp"
#include "schema/odata/json_text.hpp"
#include "schema/odata/target_parser.hpp"

namespace lazulite::odata {
namespace {

// api.md 1.5.
std::string_view version(Payload payload, const model::EntityType* type) {
  if (payload == Payload::kFeed || payload == Payload::kEntry) {
    if (type != nullptr && type->has_collection()) return "3.0;";
    return payload == Payload::kFeed ? "2.0;" : "1.0;";
  }
  return payload == Payload::kLinks ? "2.0;" : "1.0;";
}

// Dates follow the version (api.md rule 18).
JsonStyle style_of(Payload payload, const model::EntityType& type) {
  return JsonStyle{.verbose = true, .iso_dates = version(payload, &type).starts_with('3')};
}

void append_entity_metadata(std::string& out, const WriteContext& context, const model::Record& record,
                            const std::string& uri) {
  out += "\"__metadata\":{\"id\":";
  append_json_string(out, uri);
  out += ",\"uri\":";
  append_json_string(out, uri);
  out += ",\"type\":";
  append_json_string(out, fmt::format("{}.{}", model::kModelNamespace, record.type->name));
  const char* before = ",\"actions\":{";
  bool actions = false;
  for (const auto& function : model::functions()) {
    if (function.bound_set != record.type->set_name) continue;
    out += before;
    before = ",";
    actions = true;
    append_json_name(out, fmt::format("{}$metadata#{}.{}", context.root, model::kContainerName, function.name));
    out += "[{\"title\":";
    append_json_string(out, function.name);
    out += ",\"target\":";
    append_json_string(out, fmt::format("{}/{}", uri, function.name));
    out += "}]";
  }
  out += actions ? "}}" : "}";
}

void append_entity(std::string& out, const WriteContext& context, const Entry& entry, JsonStyle style);

void append_results(std::string& out, const WriteContext& context, std::span<const Entry> entries, JsonStyle style) {
  out += "\"results\":[";
  for (const auto& each : entries) {
    if (&each != entries.data()) out += ',';
    append_entity(out, context, each, style);
  }
  out += ']';
}

void append_navigation(std::string& out, const WriteContext& context, const Entry& entry,
                       const model::Navigation& navigation, const std::string& uri, JsonStyle style) {
  append_json_name(out, navigation.name);
  const Expansion* expanded = nullptr;
  for (const auto& each : entry.expansions) {
    if (each.navigation == &navigation) expanded = &each;
  }
  if (expanded == nullptr) {
    out += "{\"__deferred\":{\"uri\":";
    append_json_string(out, fmt::format("{}/{}", uri, navigation.name));
    out += "}}";
    return;
  }
  WriteContext inner = context;
  inner.selection = {};
  if (navigation.kind != model::NavigationKind::kToOne) {
    out += '{';
    append_results(out, inner, expanded->entries, style);
    out += '}';
  } else if (expanded->entries.empty()) {
    out += "null";
  } else {
    append_entity(out, inner, expanded->entries.front(), style);
  }
}

void append_entity(std::string& out, const WriteContext& context, const Entry& entry, JsonStyle style) {
  const auto& type = *entry.record.type;
  const auto uri = context.root + entity_path(type, entry.record.key());
  out += '{';
  append_entity_metadata(out, context, entry.record, uri);
  for (const auto& navigation : type.navigations) {
    if (!context.selection.has(navigation)) continue;
    out += ',';
    append_navigation(out, context, entry, navigation, uri, style);
  }
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    if (!context.selection.has(type.properties[i])) continue;
    out += ',';
    append_json_name(out, type.properties[i].name);
    append_json_value(out, type.properties[i], entry.record.values[i], style);
  }
  out += '}';
}

std::string content_type(Payload, MetadataLevel) { return "application/json;odata=verbose;charset=utf-8"; }

std::string entry_text(const WriteContext& context, const Entry& entry) {
  std::string out = "{\"d\":";
  append_entity(out, context, entry, style_of(Payload::kEntry, *entry.record.type));
  out += '}';
  return out;
}

void append_extras(std::string& out, const FeedExtras& extras) {
  if (extras.count) out += fmt::format(",\"__count\":\"{}\"", *extras.count);
  if (extras.next_link.empty()) return;
  out += ",\"__next\":";
  append_json_string(out, extras.next_link);
}

std::string feed(const WriteContext& context, const model::EntityType& type, std::span<const Entry> entries,
                 const FeedExtras& extras) {
  std::string out = "{\"d\":{";
  out.reserve(entries.size() * 1600 + 200);
  append_results(out, context, entries, style_of(Payload::kFeed, type));
  append_extras(out, extras);
  out += "}}";
  return out;
}

std::string property_text(const WriteContext&, const model::Property& property, const model::Value& value) {
  std::string out = "{\"d\":{";
  append_json_name(out, property.name);
  append_json_value(out, property, value, JsonStyle{.verbose = true, .iso_dates = property.collection});
  out += "}}";
  return out;
}

std::string function_text(const WriteContext& context, const model::Function& function, const model::Value& value) {
  return property_text(context, function.result(), value);
}

std::string link(const WriteContext&, std::string_view uri) {
  std::string out = "{\"d\":{\"uri\":";
  append_json_string(out, uri);
  out += "}}";
  return out;
}

std::string links(const WriteContext&, std::span<const std::string> uris, const FeedExtras& extras) {
  std::string out = "{\"d\":{\"results\":[";
  for (const auto& uri : uris) {
    if (&uri != uris.data()) out += ',';
    out += "{\"uri\":";
    append_json_string(out, uri);
    out += '}';
  }
  out += ']';
  append_extras(out, extras);
  out += "}}";
  return out;
}

std::string service_document(const WriteContext&) {
  std::string out = "{\"d\":{\"EntitySets\":[";
  const char* separator = "";
  for (const auto* type : visible_sets()) {
    out += separator;
    separator = ",";
    append_json_string(out, type->set_name);
  }
  out += "]}}";
  return out;
}

std::string error(std::string_view message) {
  std::string out = R"({"error":{"code":"","message":{"lang":"en-US","value":)";
  append_json_string(out, message);
  out += "}}}";
  return out;
}

constexpr Codec kCodec{"json-verbose", content_type, version, entry_text,       feed, property_text,
                       function_text,  link,         links,   service_document, error};

}  // namespace

const Codec& json_verbose_codec() { return kCodec; }

}  // namespace lazulite::odata
