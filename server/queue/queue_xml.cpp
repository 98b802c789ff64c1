#include "server/queue/queue_xml.hpp"

#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <sstream>

namespace lazulite::queue {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

struct ServicePart {
  std::string_view name;
  std::string_view initial;
};
constexpr std::string_view kNoMetrics =
    "<Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>";
constexpr ServicePart kServiceParts[] = {
    {"Logging",
     "<Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write><RetentionPolicy><Enabled>"
     "false</Enabled></RetentionPolicy>"},
    {"HourMetrics", kNoMetrics},
    {"MinuteMetrics", kNoMetrics},
    {"Cors",
     "<CorsRule><AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET,HEAD,PUT,POST,DELETE,OPTIONS,MERGE"
     "</AllowedMethods><MaxAgeInSeconds>86400</MaxAgeInSeconds><ExposedHeaders>*</ExposedHeaders><AllowedHeaders>*"
     "</AllowedHeaders></CorsRule>"},
};

Error bad_xml(std::string_view why) { return fail_with(ErrorCode::kInvalidArgument, "InvalidXmlDocument", "{}", why); }

std::string element(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, xml_escape(text));
}

// pugixml reads no external entities and no DTD content, and its parser does not recurse.
Result<pugi::xml_node> parse(pugi::xml_document& document, std::string_view xml, const char* root) {
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  const auto node = document.child(root);
  if (!parsed || !node) return bad_xml(fmt::format("the body is not a {} document", root));
  return node;
}

std::string message_element(const rows::QueueMessage& message, MessageForm form) {
  std::string out = "<QueueMessage>" + element("MessageId", message.id) +
                    element("InsertionTime", format_http_date(message.inserted)) +
                    element("ExpirationTime", format_http_date(message.expires));
  if (form != MessageForm::kPeeked) {
    out +=
        element("PopReceipt", message.pop_receipt) + element("TimeNextVisible", format_http_date(message.visible_at));
  }
  if (form != MessageForm::kPut) {
    out += fmt::format("<DequeueCount>{}</DequeueCount>", message.dequeue_count) + element("MessageText", message.text);
  }
  return out + "</QueueMessage>";
}

}  // namespace

Result<std::string> read_message(std::string_view xml) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse(document, xml, "QueueMessage"));
  const auto text = root.child("MessageText");
  if (!text) return bad_xml("a QueueMessage has a MessageText");
  std::string out;
  for (const auto child : text.children()) {
    if (child.type() != pugi::node_pcdata && child.type() != pugi::node_cdata)
      return bad_xml("the MessageText holds an element: its text must be escaped");
    out += child.value();
  }
  return out;
}

std::string write_messages(const std::vector<rows::QueueMessage>& messages, MessageForm form) {
  std::string out{kDeclaration};
  out += "<QueueMessagesList>";
  for (const auto& each : messages) out += message_element(each, form);
  return out + "</QueueMessagesList>";
}

std::string write_queue_list(const QueueList& list) {
  std::string out{kDeclaration};
  out += fmt::format("<EnumerationResults ServiceEndpoint=\"{}\">", xml_escape(list.service_url));
  out += element("Prefix", list.prefix);
  if (!list.marker.empty()) out += element("Marker", list.marker);
  if (list.max_results > 0) out += fmt::format("<MaxResults>{}</MaxResults>", list.max_results);
  out += "<Queues>";
  for (const auto& each : list.queues) {
    out += "<Queue>" + element("Name", each.name);
    if (list.has_metadata) {
      out += "<Metadata>";
      for (const auto& [name, value] : each.metadata) {
        const bool is_xml_name = !(name[0] >= '0' && name[0] <= '9') && name[0] != '-';
        if (is_xml_name) out += element(name, value);
      }
      out += "</Metadata>";
    }
    out += "</Queue>";
  }
  return out + "</Queues>" + element("NextMarker", list.next_marker) + "</EnumerationResults>";
}

Result<rows::TextPairs> read_service_parts(std::string_view xml) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse(document, xml, "StorageServiceProperties"));
  rows::TextPairs out;
  for (const auto child : root.children()) {
    if (child.type() != pugi::node_element) continue;
    const std::string_view name = child.name();
    const bool known = std::any_of(std::begin(kServiceParts), std::end(kServiceParts),
                                   [name](const auto& each) { return each.name == name; });
    if (!known) return bad_xml(fmt::format("StorageServiceProperties has no part {}", name));
    std::ostringstream text;
    for (const auto inner : child.children()) inner.print(text, "", pugi::format_raw);
    out.emplace_back(name, text.str());
  }
  return out;
}

std::optional<std::vector<blob::CorsRule>> read_cors_rules(const rows::TextPairs& parts) {
  const auto set = std::find_if(parts.begin(), parts.end(), [](const auto& each) { return each.first == "Cors"; });
  if (set == parts.end()) return std::nullopt;
  pugi::xml_document document;
  if (!document.load_string(("<Cors>" + set->second + "</Cors>").c_str())) return std::nullopt;
  std::vector<blob::CorsRule> out;
  for (const auto rule : document.child("Cors").children("CorsRule")) {
    const auto list = [&rule](const char* name) {
      std::vector<std::string> values;
      for (const auto each : split(rule.child(name).text().get(), ',')) {
        if (!trim(each).empty()) values.emplace_back(trim(each));
      }
      return values;
    };
    out.push_back({list("AllowedOrigins"), list("AllowedMethods"), list("AllowedHeaders"), list("ExposedHeaders"),
                   rule.child("MaxAgeInSeconds").text().as_uint()});
  }
  return out;
}

std::string write_service_parts(const rows::TextPairs& parts) {
  std::string out{kDeclaration};
  out += "<StorageServiceProperties>";
  for (const auto& part : kServiceParts) {
    const auto set =
        std::find_if(parts.begin(), parts.end(), [&part](const auto& each) { return each.first == part.name; });
    out += fmt::format("<{0}>{1}</{0}>", part.name, set == parts.end() ? part.initial : std::string_view{set->second});
  }
  return out + "</StorageServiceProperties>";
}

}  // namespace lazulite::queue
