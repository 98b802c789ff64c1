// JSON light of OData 3 (api.md 2.4): application/json;odata=minimalmetadata, fullmetadata or nometadata.
#include "schema/odata/codec.hpp"
#include "schema/odata/json_text.hpp"
#include "schema/odata/target_parser.hpp"

namespace lazulite::odata {
namespace {

using model::EdmType;

constexpr JsonStyle kStyle{.verbose = false, .iso_dates = true};

std::string metadata_url(const WriteContext& context, std::string_view fragment) {
  return fmt::format("{}$metadata#{}", context.root, fragment);
}

// "odata.metadata":"…", — with its comma; nothing at nometadata.
void append_metadata(std::string& out, const WriteContext& context, std::string_view fragment) {
  if (context.level == MetadataLevel::kNone) return;
  append_json_name(out, "odata.metadata");
  append_json_string(out, metadata_url(context, fragment));
  out += ',';
}

std::string selection_suffix(const Selection& selection) {
  std::string out;
  const auto add = [&out](std::string_view name) {
    out += out.empty() ? "&$select=" : ",";
    out += name;
  };
  for (const auto* each : selection.properties) add(each->name);
  for (const auto* each : selection.navigations) add(each->name);
  return out;
}

void append_full_metadata(std::string& out, const WriteContext& context, const model::Record& record) {
  const auto& type = *record.type;
  const auto path = entity_path(type, record.key());
  append_json_name(out, "odata.type");
  append_json_string(out, fmt::format("{}.{}", model::kModelNamespace, type.name));
  out += ",\"odata.id\":";
  append_json_string(out, context.root + path);
  out += ",\"odata.editLink\":";
  append_json_string(out, path);
  out += ',';
  for (const auto& navigation : type.navigations) {
    if (!context.selection.has(navigation)) continue;
    append_json_name(out, fmt::format("{}@odata.navigationLinkUrl", navigation.name));
    append_json_string(out, fmt::format("{}/{}", path, navigation.name));
    out += ',';
  }
}

// Types that JSON's own kinds do not tell.
bool needs_type(const model::Property& property) {
  return property.collection || property.type == EdmType::kInt64 || property.type == EdmType::kDateTime ||
         property.type == EdmType::kGuid;
}

void append_members(std::string& out, const WriteContext& context, const Entry& entry);

void append_expansion(std::string& out, const WriteContext& context, const Expansion& expansion) {
  WriteContext inner = context;
  inner.selection = {};
  append_json_name(out, expansion.navigation->name);
  if (expansion.navigation->kind == model::NavigationKind::kToOne) {
    if (expansion.entries.empty()) {
      out += "null";
      return;
    }
    out += '{';
    append_members(out, inner, expansion.entries.front());
    out += '}';
    return;
  }
  out += '[';
  const char* separator = "";
  for (const auto& each : expansion.entries) {
    out += separator;
    separator = ",";
    out += '{';
    append_members(out, inner, each);
    out += '}';
  }
  out += ']';
}

void append_members(std::string& out, const WriteContext& context, const Entry& entry) {
  const auto& type = *entry.record.type;
  const char* separator = "";
  if (context.level == MetadataLevel::kFull) append_full_metadata(out, context, entry.record);
  for (const auto& expansion : entry.expansions) {
    out += separator;
    separator = ",";
    append_expansion(out, context, expansion);
  }
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const auto& property = type.properties[i];
    if (!context.selection.has(property)) continue;
    out += separator;
    separator = ",";
    if (context.level == MetadataLevel::kFull && needs_type(property)) {
      append_json_name(out, fmt::format("{}@odata.type", property.name));
      append_json_string(out, type_name(property));
      out += ',';
    }
    append_json_name(out, property.name);
    append_json_value(out, property, entry.record.values[i], kStyle);
  }
  // Commas stand before members; the metadata before them brought its own, which is one too many when nothing follows.
  if (*separator == '\0' && out.ends_with(',')) out.pop_back();
}

std::string content_type(Payload payload, MetadataLevel level) {
  if (payload == Payload::kError) return "application/json;charset=utf-8";
  const std::string_view name = level == MetadataLevel::kFull   ? "fullmetadata"
                                : level == MetadataLevel::kNone ? "nometadata"
                                                                : "minimalmetadata";
  return fmt::format("application/json;odata={};streaming=true;charset=utf-8", name);
}

std::string_view version(Payload, const model::EntityType*) { return "3.0;"; }

std::string entry_text(const WriteContext& context, const Entry& entry) {
  std::string out = "{";
  append_metadata(out, context,
                  fmt::format("{}/@Element{}", entry.record.type->set_name, selection_suffix(context.selection)));
  append_members(out, context, entry);
  out += '}';
  return out;
}

void append_extras(std::string& out, const FeedExtras& extras) {
  if (extras.count) out += fmt::format("\"odata.count\":\"{}\",", *extras.count);
}
void append_next(std::string& out, const FeedExtras& extras) {
  if (extras.next_link.empty()) return;
  out += ",\"odata.nextLink\":";
  append_json_string(out, extras.next_link);
}

std::string feed(const WriteContext& context, const model::EntityType& type, std::span<const Entry> entries,
                 const FeedExtras& extras) {
  std::string out = "{";
  out.reserve(entries.size() * 600 + 200);
  append_metadata(out, context, fmt::format("{}{}", type.set_name, selection_suffix(context.selection)));
  append_extras(out, extras);
  out += "\"value\":[";
  const char* separator = "";
  for (const auto& each : entries) {
    out += separator;
    separator = ",";
    out += '{';
    append_members(out, context, each);
    out += '}';
  }
  out += ']';
  append_next(out, extras);
  out += '}';
  return out;
}

std::string property_text(const WriteContext& context, const model::Property& property, const model::Value& value) {
  std::string out = "{";
  if (value.is_null() && property.nullable) {
    append_metadata(out, context, "Edm.Null");
    return out + "\"odata.null\":true}";
  }
  append_metadata(out, context, type_name(property));
  out += "\"value\":";
  append_json_value(out, property, value, kStyle);
  out += '}';
  return out;
}

std::string function_text(const WriteContext& context, const model::Function& function, const model::Value& value) {
  std::string out = "{";
  append_metadata(out, context, return_type_name(function));
  out += "\"value\":";
  append_json_value(out, function.result(), value, kStyle);
  out += '}';
  return out;
}

std::string link(const WriteContext& context, std::string_view uri) {
  std::string out = "{";
  append_metadata(out, context, "links");
  out += "\"url\":";
  append_json_string(out, uri);
  out += '}';
  return out;
}

std::string links(const WriteContext& context, std::span<const std::string> uris, const FeedExtras& extras) {
  std::string out = "{";
  append_metadata(out, context, "links");
  append_extras(out, extras);
  out += "\"value\":[";
  for (const auto& uri : uris) {
    if (&uri != uris.data()) out += ',';
    out += "{\"url\":";
    append_json_string(out, uri);
    out += '}';
  }
  out += ']';
  append_next(out, extras);
  out += '}';
  return out;
}

std::string service_document(const WriteContext& context) {
  std::string out = "{";
  if (context.level != MetadataLevel::kNone) {
    append_json_name(out, "odata.metadata");
    append_json_string(out, context.root + "$metadata");
    out += ',';
  }
  out += "\"value\":[";
  const char* separator = "";
  for (const auto* type : visible_sets()) {
    out += fmt::format("{}{{\"name\":\"{}\",\"url\":\"{}\"}}", separator, type->set_name, type->set_name);
    separator = ",";
  }
  out += "]}";
  return out;
}

std::string error(std::string_view message) {
  std::string out = R"({"odata.error":{"code":"","message":{"lang":"en-US","value":)";
  append_json_string(out, message);
  out += "}}}";
  return out;
}

constexpr Codec kCodec{"json-light",  content_type, version, entry_text,       feed, property_text,
                       function_text, link,         links,   service_document, error};

}  // namespace

const Codec& json_light_codec() { return kCodec; }

}  // namespace lazulite::odata
