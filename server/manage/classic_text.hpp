// Bodies of the classic management API: flat data contracts, each as JSON or as XML (accounts-storage.md A.2).
#pragma once

#include "schema/base/result.hpp"
#include "server/http/message.hpp"
#include "server/manage/management.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::manage {

// Members of a data contract in order; a member is a text, or a contract of texts.
struct ContractMember {
  std::string name, text = {};
  rows::TextPairs members = {};  // not empty: a contract
  bool is_plain = false;         // a number or truth value: without quotes in JSON
};
using Contract = std::vector<ContractMember>;

struct ContractForm {
  std::string_view xml_namespace, root, list_root = {};  // list_root: of a list of them
};
extern const ContractForm kAccountCreated, kAccountListed, kAccountDetails, kStorageListed, kRegionListed;

http::Response write_contract(unsigned status, const ContractForm& form, const Contract& contract, bool as_xml);
http::Response write_contracts(const ContractForm& form, const std::vector<Contract>& list, bool as_xml);

// Members of a request: a JSON object of texts, or an XML element of elements. InvalidArgument.
Result<rows::TextPairs> read_contract(std::string_view body);
// A JSON string. InvalidArgument.
Result<std::string> read_json_text(std::string_view body);

}  // namespace lazulite::manage
