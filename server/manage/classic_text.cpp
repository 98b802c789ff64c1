#include "server/manage/classic_text.hpp"

#include "schema/base/text.hpp"

#include <boost/json.hpp>
#include <pugixml.hpp>

namespace lazulite::manage {
namespace {

namespace json = boost::json;

constexpr std::string_view kModels =
    "http://schemas.datacontract.org/2004/07/Microsoft.Cloud.Media.Management.ResourceProvider.Models";
constexpr std::string_view kManagement = "http://schemas.microsoft.com/windowsazure";
constexpr std::size_t kMaxMembers = 32;

json::object to_json(const Contract& contract) {
  json::object out;
  for (const auto& each : contract) {
    if (!each.members.empty()) {
      json::object inner;
      for (const auto& [name, value] : each.members) inner.emplace(name, value);
      out.emplace(each.name, std::move(inner));
    } else if (each.is_plain) {
      out.emplace(each.name, json::parse(each.text));
    } else {
      out.emplace(each.name, each.text);
    }
  }
  return out;
}

std::string to_xml(const Contract& contract) {
  std::string out;
  for (const auto& each : contract) {
    out += "<" + each.name + ">";
    for (const auto& [name, value] : each.members) out += fmt::format("<{0}>{1}</{0}>", name, xml_escape(value));
    out += xml_escape(each.text) + "</" + each.name + ">";
  }
  return out;
}

http::Response answer(unsigned status, std::string body, bool as_xml) {
  return http::Response::text(status, as_xml ? "application/xml; charset=utf-8" : "application/json; charset=utf-8",
                              std::move(body));
}

std::string xml_document(std::string_view root, std::string_view xml_namespace, std::string_view inner) {
  return fmt::format("<{0} xmlns=\"{1}\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">{2}</{0}>", root,
                     xml_namespace, inner);
}

Result<rows::TextPairs> read_xml(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size()) || !document.document_element())
    return fail(ErrorCode::kInvalidArgument, "The request body is neither JSON nor XML.");
  rows::TextPairs out;
  for (const auto child : document.document_element().children()) {
    if (child.type() != pugi::node_element) continue;
    std::string_view name = child.name();
    name.remove_prefix(std::min(name.find(':') + 1, name.size()));  // npos + 1 is 0
    out.emplace_back(name, trim(child.text().get()));
    if (out.size() > kMaxMembers) return fail(ErrorCode::kInvalidArgument, "The request body has too many members.");
  }
  return out;
}

}  // namespace

const ContractForm kAccountCreated{kModels, "AccountCreationResult"};
const ContractForm kAccountListed{kManagement, "ServiceResource", "ServiceResources"};
const ContractForm kAccountDetails{kModels, "AccountDetails"};
const ContractForm kStorageListed{kModels, "StorageAccountDetails", "ArrayOfStorageAccountDetails"};
const ContractForm kRegionListed{kModels, "RegionDetails", "ArrayOfRegionDetails"};

http::Response write_contract(unsigned status, const ContractForm& form, const Contract& contract, bool as_xml) {
  if (!as_xml) return answer(status, json::serialize(to_json(contract)), false);
  return answer(status, xml_document(form.root, form.xml_namespace, to_xml(contract)), true);
}

http::Response write_contracts(const ContractForm& form, const std::vector<Contract>& list, bool as_xml) {
  if (!as_xml) {
    json::array out;
    for (const auto& each : list) out.push_back(to_json(each));
    return answer(200, json::serialize(out), false);
  }
  std::string inner;
  for (const auto& each : list) inner += fmt::format("<{0}>{1}</{0}>", form.root, to_xml(each));
  return answer(200, xml_document(form.list_root, form.xml_namespace, inner), true);
}

Result<rows::TextPairs> read_contract(std::string_view body) {
  auto text = trim(body);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.starts_with('<')) return read_xml(text);
  json::parse_options options;
  options.max_depth = 4;
  json::error_code error;
  const auto parsed = json::parse(text, error, {}, options);
  if (error || !parsed.is_object() || parsed.get_object().size() > kMaxMembers)
    return fail(ErrorCode::kInvalidArgument, "The request body is neither JSON nor XML.");
  rows::TextPairs out;
  for (const auto& [name, value] : parsed.get_object()) {
    if (value.is_null()) continue;
    if (!value.is_string()) return fail(ErrorCode::kInvalidArgument, "'{}' must be a text.", std::string_view{name});
    out.emplace_back(std::string_view{name}, std::string_view{value.get_string()});
  }
  return out;
}

Result<std::string> read_json_text(std::string_view body) {
  json::error_code error;
  const auto parsed = json::parse(trim(body), error);
  if (error || !parsed.is_string()) return fail(ErrorCode::kInvalidArgument, "The request body must be a JSON string.");
  return std::string{std::string_view{parsed.get_string()}};
}

}  // namespace lazulite::manage
