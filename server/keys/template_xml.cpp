#include "server/keys/template_xml.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::keys {
namespace {

constexpr std::ptrdiff_t kMaxTags = 4'000;  // counted before parsing, so that a small text cannot grow large in memory
constexpr int kMaxDepth = 16;

struct BoundsCheck : pugi::xml_tree_walker {
  std::string_view broken;

  bool for_each(pugi::xml_node& node) override {
    if (node.type() == pugi::node_doctype) broken = "a document type declaration is not allowed";
    if (depth() >= kMaxDepth) broken = "its elements are nested too deep";
    return broken.empty();
  }
};

std::string_view attribute_of(pugi::xml_node element, std::string_view name) {
  for (const auto attribute : element.attributes()) {
    const std::string_view full = attribute.name();
    if (full != name && !full.starts_with("xmlns") && local_name(full) == name) return trim(attribute.value());
  }
  return {};
}

}  // namespace

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

Result<pugi::xml_node> parse_template(pugi::xml_document& document, std::string_view text, std::string_view root_name) {
  if (std::count(text.begin(), text.end(), '<') > kMaxTags)
    return fail(ErrorCode::kInvalidArgument, "it has too many elements");
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_doctype;
  const auto parsed = document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) {
    return fail(ErrorCode::kInvalidArgument, "it is not well-formed XML, at byte {}: {}", parsed.offset,
                parsed.description());
  }
  BoundsCheck check;
  document.traverse(check);
  if (!check.broken.empty()) return fail(ErrorCode::kInvalidArgument, "{}", check.broken);
  const auto root = document.document_element();
  if (local_name(root.name()) != root_name)
    return fail(ErrorCode::kInvalidArgument, "its root element is '{}', not '{}'", root.name(), root_name);
  return root;
}

pugi::xml_node child_of(pugi::xml_node parent, std::string_view name) {
  for (const auto child : parent.children()) {
    if (child.type() != pugi::node_element || local_name(child.name()) != name) continue;
    return attribute_of(child, "nil") == "true" ? pugi::xml_node{} : child;
  }
  return {};
}

std::optional<std::string> text_of(pugi::xml_node parent, std::string_view name) {
  const auto child = child_of(parent, name);
  if (!child) return std::nullopt;
  return std::string{trim(child.text().get())};
}

std::string_view type_of(pugi::xml_node element) { return local_name(attribute_of(element, "type")); }

}  // namespace lazulite::keys
