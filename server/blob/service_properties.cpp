#include "server/blob/service_properties.hpp"

#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <sstream>

namespace lazulite::blob {
namespace {

constexpr std::size_t kRuleLimit = 5;
constexpr std::int64_t kMaxAgeLimit = 2'000'000'000;  // seconds
constexpr std::string_view kNewestVersion = "2021-12-02";
constexpr std::string_view kMethods[] = {"DELETE", "GET", "HEAD", "MERGE", "OPTIONS", "PATCH", "POST", "PUT"};
// Elements whose "true" would promise what this service does not do.
constexpr std::string_view kSwitches[] = {"Read", "Write", "Delete", "Enabled", "IncludeAPIs"};

// The parts in the order of the wire; everything is off, and any origin may come in (C.3).
constexpr std::string_view kFresh =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceProperties>"
    "<Logging><Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write>"
    "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>"
    "<HourMetrics><Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled>"
    "</RetentionPolicy></HourMetrics>"
    "<MinuteMetrics><Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled>"
    "</RetentionPolicy></MinuteMetrics>"
    "<Cors><CorsRule><AllowedOrigins>*</AllowedOrigins>"
    "<AllowedMethods>GET,HEAD,PUT,POST,DELETE,OPTIONS,MERGE</AllowedMethods><MaxAgeInSeconds>86400</MaxAgeInSeconds>"
    "<ExposedHeaders>*</ExposedHeaders><AllowedHeaders>*</AllowedHeaders></CorsRule></Cors>"
    "<DefaultServiceVersion/><DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>"
    "<StaticWebsite><Enabled>false</Enabled></StaticWebsite></StorageServiceProperties>";

Error bad_xml(std::string_view why) { return fail_with(ErrorCode::kInvalidArgument, "InvalidXmlDocument", "{}", why); }

// pugixml reads no external entities and no DTD content, and its parser does not recurse.
Result<pugi::xml_node> parse(pugi::xml_document& document, std::string_view xml) {
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  const auto root = document.child("StorageServiceProperties");
  if (!parsed || !root) return bad_xml("the body is not a StorageServiceProperties document");
  return root;
}

std::vector<std::string> list_of(pugi::xml_node node, const char* name) {
  std::vector<std::string> out;
  const std::string_view text = node.child(name).text().get();
  for (const auto part : split(text, ',')) {
    if (!trim(part).empty()) out.emplace_back(trim(part));
  }
  return out;
}

Result<CorsRule> read_rule(pugi::xml_node node) {
  CorsRule rule{list_of(node, "AllowedOrigins"), list_of(node, "AllowedMethods"), list_of(node, "AllowedHeaders"),
                list_of(node, "ExposedHeaders"), 0};
  if (rule.origins.empty() || rule.methods.empty()) return bad_xml("a CORS rule needs origins and methods");
  for (const auto& method : rule.methods) {
    if (std::find(std::begin(kMethods), std::end(kMethods), to_upper(method)) == std::end(kMethods))
      return bad_xml(fmt::format("a CORS rule names the method {}", method));
  }
  const auto age = parse_int64(trim(node.child("MaxAgeInSeconds").text().get()));
  if (!age || *age < 0 || *age > kMaxAgeLimit) return bad_xml("MaxAgeInSeconds of a CORS rule is no number of seconds");
  rule.max_age_seconds = *age;
  return rule;
}

Result<std::vector<CorsRule>> read_rules(pugi::xml_node root) {
  std::vector<CorsRule> out;
  for (const auto node : root.child("Cors").children("CorsRule")) {
    if (out.size() == kRuleLimit) return bad_xml("more than five CORS rules");
    LAZULITE_TRY(auto rule, read_rule(node));
    out.push_back(std::move(rule));
  }
  return out;
}

// The parser bounds the size, so that depth is bounded, too; find_node does not recurse.
Result<void> check_switches(pugi::xml_node part) {
  const auto on = part.find_node([](pugi::xml_node node) {
    return std::find(std::begin(kSwitches), std::end(kSwitches), node.name()) != std::end(kSwitches) &&
           equals_ignoring_case(trim(node.text().get()), "true");
  });
  if (!on) return {};
  return fail_with(ErrorCode::kConflict, "FeatureNotSupported", "{} of {} cannot be switched on", on.name(),
                   part.name());
}

}  // namespace

Result<std::string> change_service_document(std::string_view current, std::string_view change) {
  pugi::xml_document kept, fresh;
  LAZULITE_TRY(auto root, parse(kept, whole_service_document(current)));
  LAZULITE_TRY(const auto wanted, parse(fresh, change));
  LAZULITE_CHECK(read_rules(wanted));
  for (const auto part : wanted.children()) {
    auto old = root.child(part.name());
    if (!old) continue;  // parts that the service does not know
    LAZULITE_CHECK(check_switches(part));
    root.insert_copy_after(part, old);
    root.remove_child(old);
  }
  std::ostringstream out;
  kept.save(out, "", pugi::format_raw);
  return out.str();
}

std::string whole_service_document(std::string_view document) {
  return std::string{document.empty() ? kFresh : document};
}

Result<std::vector<CorsRule>> cors_rules(std::string_view document) {
  pugi::xml_document parsed;
  LAZULITE_TRY(const auto root, parse(parsed, whole_service_document(document)));
  return read_rules(root);
}

std::string default_service_version(std::string_view document) {
  pugi::xml_document parsed;
  const auto root = parse(parsed, whole_service_document(document));
  const std::string_view version = root ? trim(root->child("DefaultServiceVersion").text().get()) : std::string_view{};
  return std::string{version.empty() ? kNewestVersion : version};
}

}  // namespace lazulite::blob
