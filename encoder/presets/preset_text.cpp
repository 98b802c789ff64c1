// The two texts of a MES preset, brought to one tree.
#include "encoder/presets/preset.hpp"
#include "schema/base/text.hpp"

#include <boost/json/parse.hpp>
#include <pugixml.hpp>

#include <algorithm>
#include <string>

namespace lazulite::encoder {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 16, kMaxElements = 2000;

// Copies a comment or a string that begins at text[i] and moves i behind it. Single quotes become double ones.
void copy_string(std::string_view text, std::size_t& i, std::string& out) {
  const char quote = text[i++];
  out += '"';
  for (; i < text.size() && text[i] != quote; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      if (text[i + 1] != '\'') out += '\\';  // \' is no escape of JSON
      out += text[++i];
    } else if (text[i] == '"') {
      out += "\\\"";
    } else {
      out += text[i];
    }
  }
  out += '"';
  ++i;
}

void skip_line(std::string_view text, std::size_t& i) {
  while (i < text.size() && text[i] != '\n') ++i;
}

std::string to_strict_quotes(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"' || text[i] == '\'') {
      copy_string(text, i, out);
    } else if (text.substr(i, 2) == "//") {
      skip_line(text, i);
    } else if (text.substr(i, 2) == "/*") {
      const auto end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return std::string{colon == std::string_view::npos ? name : name.substr(colon + 1)};
}

bool is_list(std::string_view name) {
  constexpr std::string_view kLists[] = {"Sources",   "Encoding",  "Outputs", "H264Layers", "JpgLayers",
                                         "PngLayers", "BmpLayers", "Streams", "MediaParams"};
  return std::find(std::begin(kLists), std::end(kLists), name) != std::end(kLists);
}

json::value convert(const pugi::xml_node& node, std::size_t depth, std::size_t& budget);

json::array convert_list(const pugi::xml_node& node, std::size_t depth, std::size_t& budget) {
  json::array list;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element || local_name(child) == "Chapters") continue;
    json::value item = convert(child, depth + 1, budget);
    if (item.is_string()) item = json::object{{"Value", std::move(item)}};
    if (!item.is_object()) item = json::object{};
    item.as_object()["Type"] = local_name(child);
    list.push_back(std::move(item));
  }
  return list;
}

// <Output FileName="x"><MP4Format/></Output> is {"FileName": "x", "Format": {"Type": "MP4Format"}} in JSON.
json::object convert_output(const pugi::xml_node& node) {
  json::object output;
  for (const pugi::xml_attribute& attribute : node.attributes()) output[attribute.name()] = attribute.value();
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) output["Format"] = json::object{{"Type", local_name(child)}};
  }
  return output;
}

json::value convert(const pugi::xml_node& node, std::size_t depth, std::size_t& budget) {
  if (depth > kMaxDepth || budget == 0) return nullptr;
  --budget;
  if (is_list(local_name(node))) return convert_list(node, depth, budget);
  if (local_name(node) == "Output") return convert_output(node);
  json::object object;
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name != "xmlns" && name.find(':') == std::string_view::npos) object[name] = attribute.value();
  }
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) object[local_name(child)] = convert(child, depth + 1, budget);
  }
  if (object.empty()) return json::value(std::string{trim(node.child_value())});
  return object;
}

}  // namespace

Result<json::value> parse_lenient_json(std::string_view text) {
  if (text.size() > 400'000) return bad_preset("the JSON preset is too long");
  const std::string strict = to_strict_quotes(text);
  json::parse_options options;
  options.max_depth = kMaxDepth;
  options.allow_trailing_commas = true;
  json::error_code failed;
  json::value value = json::parse(strict, failed, {}, options);
  if (failed) return bad_preset("the JSON preset does not parse: {}", failed.message());
  return value;
}

Result<void> load_xml(std::string_view text, pugi::xml_document& document) {
  // The characters are UTF-8 whatever the declaration says (processing.md 3c.1).
  const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed)
    return bad_preset("the XML preset does not parse: {} at character {}", parsed.description(), parsed.offset);
  return {};
}

Result<json::value> convert_xml_preset(const pugi::xml_node& root) {
  if (local_name(root) != "Preset") {
    return bad_preset("an XML configuration with root element '{}' is not supported by Media Encoder Standard",
                      local_name(root));
  }
  std::size_t budget = kMaxElements;
  json::value value = convert(root, 0, budget);
  if (budget == 0) return bad_preset("the XML preset has more than {} elements", kMaxElements);
  if (!value.is_object()) return bad_preset("the XML preset is empty");
  json::object& object = value.as_object();
  if (json::value* const encoding = object.if_contains("Encoding")) {
    json::value codecs = std::move(*encoding);
    object.erase("Encoding");
    object["Codecs"] = std::move(codecs);
  }
  return value;
}

}  // namespace lazulite::encoder
