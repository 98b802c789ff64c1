#include "schema/odata/atom_reader.hpp"

#include "schema/base/text.hpp"
#include "schema/odata/atom_names.hpp"
#include "schema/odata/body_reader.hpp"
#include "schema/odata/target_parser.hpp"
#include "schema/odata/value_text.hpp"

#include <pugixml.hpp>

#include <algorithm>

namespace lazulite::odata {
namespace {

using model::Value;

constexpr std::ptrdiff_t kMaxTags = 50'000;  // counted before parsing, so that a small body cannot grow large in memory
constexpr int kMaxDepth = 32;
constexpr int kMaxAttributes = 64;
constexpr std::size_t kMaxItems = 1000;  // links of an entry, items of a collection

template <class... Args>
Error bad_xml(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kInvalidArgument, "Parsing request content failed due to: {}",
              fmt::format(format, std::forward<Args>(args)...));
}

std::string_view prefix_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}
std::string_view local_name(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// What the prefix stands for at this element; empty when nothing declares it.
std::string_view namespace_at(pugi::xml_node node, std::string_view prefix) {
  const std::string declaration = prefix.empty() ? std::string{"xmlns"} : fmt::format("xmlns:{}", prefix);
  for (; node.type() == pugi::node_element; node = node.parent()) {
    if (const auto found = node.attribute(declaration.c_str())) return found.value();
  }
  return {};
}

bool is_element(pugi::xml_node node, std::string_view wanted_namespace, std::string_view name) {
  return node.type() == pugi::node_element && local_name(node.name()) == name &&
         namespace_at(node, prefix_of(node.name())) == wanted_namespace;
}

pugi::xml_node find_child(pugi::xml_node node, std::string_view wanted_namespace, std::string_view name) {
  for (const auto child : node.children()) {
    if (is_element(child, wanted_namespace, name)) return child;
  }
  return {};
}

bool is_null(pugi::xml_node element) {
  for (const auto attribute : element.attributes()) {
    if (local_name(attribute.name()) != "null" || prefix_of(attribute.name()).empty()) continue;
    const auto word = trim(attribute.value());
    if (namespace_at(element, prefix_of(attribute.name())) == kMetaNamespace) return word == "true" || word == "1";
  }
  return false;
}

// The text of an element that may hold nothing but text; pieces around comments and CDATA sections are joined.
Result<std::string> text_of(pugi::xml_node element) {
  std::string out;
  for (const auto child : element.children()) {
    if (child.type() == pugi::node_element)
      return bad_xml("the element '{}' may not hold the element '{}'.", element.name(), child.name());
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  }
  return out;
}

// ---- documents

struct BoundsCheck : pugi::xml_tree_walker {
  std::string_view broken;

  bool for_each(pugi::xml_node& node) override {
    if (node.type() == pugi::node_doctype) broken = "a document type declaration is not allowed";
    if (depth() >= kMaxDepth) broken = "the elements are nested too deep";
    if (std::distance(node.attributes().begin(), node.attributes().end()) > kMaxAttributes)
      broken = "an element has too many attributes";
    return broken.empty();
  }
};

// The root element. `document` owns what is returned.
Result<pugi::xml_node> parse_document(pugi::xml_document& document, std::string_view body) {
  if (!is_valid_utf8(body) || body.find('\0') != std::string_view::npos) return bad_xml("the body is not UTF-8 text.");
  if (std::count(body.begin(), body.end(), '<') > kMaxTags) return bad_xml("the body has too many elements.");
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
  const auto parsed = document.load_buffer(body.data(), body.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) return bad_xml("the body is not well-formed XML, at byte {}: {}.", parsed.offset, parsed.description());
  BoundsCheck check;
  document.traverse(check);
  if (!check.broken.empty()) return bad_xml("{}.", check.broken);
  const auto root = document.document_element();
  if (!root || root.next_sibling()) return bad_xml("the body must have one root element.");
  return root;
}

// ---- values

Result<Value> read_value(const model::Property& property, pugi::xml_node element);

Result<Value> read_complex(const model::Property& property, pugi::xml_node element) {
  const auto members = property.complex->properties;
  model::ComplexValue out;
  for (const auto& member : members) out.members.push_back(default_value(member));
  for (const auto child : element.children()) {
    if (child.type() != pugi::node_element) continue;
    const auto name = local_name(child.name());
    const auto found = std::ranges::find(members, name, &model::Property::name);
    if (found == members.end()) return unknown_property(property.complex->name, name);
    LAZULITE_TRY(out.members[static_cast<std::size_t>(found - members.begin())], read_value(*found, child));
  }
  return Value{std::move(out)};
}

Result<Value> read_single(const model::Property& property, pugi::xml_node element) {
  if (is_null(element)) return default_value(property);
  if (property.type == model::EdmType::kComplex) return read_complex(property, element);
  LAZULITE_TRY(const auto text, text_of(element));
  return read_property_text(property, text);
}

Result<Value> read_value(const model::Property& property, pugi::xml_node element) {
  if (!property.collection) return read_single(property, element);
  // Items are named "element"; Java's host names are named CustomHostName, so any name will do.
  model::CollectionValue out;
  for (const auto child : element.children()) {
    if (child.type() != pugi::node_element) continue;
    if (out.items.size() == kMaxItems) return bad_xml("'{}' has more than {} items.", property.name, kMaxItems);
    LAZULITE_TRY(auto item, read_single(property, child));
    out.items.push_back(std::move(item));
  }
  return Value{std::move(out)};
}

// ---- entries

class EntryReader {
 public:
  explicit EntryReader(const model::EntityType& type) : type_(type), out_(type) {}

  Result<EntityInput> read(pugi::xml_node entry) {
    std::size_t links = 0;
    for (const auto child : entry.children()) {
      if (is_element(child, kAtomNamespace, "link")) {
        if (++links > kMaxItems) return bad_xml("an entry has more than {} links.", kMaxItems);
        LAZULITE_CHECK(read_link_element(child));
      } else if (is_element(child, kAtomNamespace, "content")) {
        LAZULITE_CHECK(read_properties(find_child(child, kMetaNamespace, "properties")));
      } else if (is_element(child, kMetaNamespace, "properties")) {
        LAZULITE_CHECK(read_properties(child));
      }
    }
    return std::move(out_);
  }

 private:
  Result<void> read_properties(pugi::xml_node properties) {
    for (const auto element : properties.children()) {
      if (element.type() != pugi::node_element) continue;
      if (namespace_at(element, prefix_of(element.name())) != kDataNamespace) continue;
      const auto name = local_name(element.name());
      const auto* property = type_.find_property(name);
      if (property == nullptr || property->has(model::kInternal)) return unknown_property(type_.name, name);
      if (property->has(model::kServerSet)) continue;  // api.md rule 9
      LAZULITE_TRY(auto value, read_value(*property, element));
      out_.give(property->name, std::move(value));
    }
    return {};
  }

  // Only rel counts: PHP gives other titles (api.md 2.6).
  Result<void> read_link_element(pugi::xml_node link) {
    const std::string_view rel = link.attribute("rel").value();
    if (!rel.starts_with(kRelatedPrefix)) return {};
    const auto name = rel.substr(kRelatedPrefix.size());
    const auto* navigation = type_.find_navigation(name);
    if (navigation == nullptr) return unknown_property(type_.name, name);
    const auto& target = *model::find_entity_set(navigation->target_set);
    if (const auto content = find_child(link, kMetaNamespace, "inline"))
      return read_inline(*navigation, target, content);
    const std::string_view href = trim(link.attribute("href").value());
    LAZULITE_TRY(const auto decoded, percent_decode(href));
    if (!decoded.ends_with(')')) return {};
    LAZULITE_TRY(auto reference, parse_reference(href));
    if (reference.type != &target) {
      return fail(ErrorCode::kInvalidArgument, "'{}' must refer to {}, not to {}.", navigation->name, target.set_name,
                  reference.type->set_name);
    }
    out_.references.push_back({navigation, std::move(reference.key)});
    return {};
  }

  Result<void> read_inline(const model::Navigation& navigation, const model::EntityType& target,
                           pugi::xml_node content) {
    for (const auto child : content.children()) {
      if (is_element(child, kAtomNamespace, "entry")) LAZULITE_CHECK(read_child(navigation, target, child));
      if (is_element(child, kAtomNamespace, "feed")) LAZULITE_CHECK(read_inline(navigation, target, child));
    }
    return {};
  }

  Result<void> read_child(const model::Navigation& navigation, const model::EntityType& target, pugi::xml_node entry) {
    if (out_.children.size() == kMaxItems) return bad_xml("'{}' has more than {} items.", navigation.name, kMaxItems);
    LAZULITE_TRY(auto child, EntryReader(target).read(entry));
    out_.children.push_back({&navigation, std::move(child)});
    return {};
  }

  const model::EntityType& type_;
  EntityInput out_;
};

}  // namespace

Result<EntityInput> read_atom_entity(const model::EntityType& type, std::string_view body) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse_document(document, body));
  if (!is_element(root, kAtomNamespace, "entry")) return bad_xml("the body must be an Atom entry.");
  return EntryReader(type).read(root);
}

Result<std::string> read_xml_link(std::string_view body) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse_document(document, body));
  if (!is_element(root, kDataNamespace, "uri") && !is_element(root, kMetaNamespace, "uri"))
    return bad_xml("the body of a link must be <uri>.");
  LAZULITE_TRY(const auto text, text_of(root));
  return std::string{trim(text)};
}

}  // namespace lazulite::odata
