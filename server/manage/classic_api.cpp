#include "server/manage/classic_api.hpp"

#include "schema/base/text.hpp"
#include "server/manage/classic_text.hpp"

#include <algorithm>

namespace lazulite::manage {
namespace {

struct Call {
  Management& management;
  const http::Request& request;
  std::string_view subscription;
  std::vector<std::string> path;  // after /services/mediaservices/
  bool as_xml = false;

  [[nodiscard]] const std::string& account() const { return path.at(1); }
};

struct Operation {
  std::string_view method;
  std::string_view path;  // '*' stands for one segment
  Result<http::Response> (*handle)(const Call& call);
};

http::Response status_only(unsigned status) {
  http::Response response;
  response.status = status;
  return response;
}

Result<std::string> member(const rows::TextPairs& members, std::string_view name) {
  for (const auto& [each, value] : members) {
    if (each == name && !value.empty()) return value;
  }
  return fail(ErrorCode::kInvalidArgument, "The property '{}' is required.", name);
}

// StorageAccountName and StorageAccountKey. Deviation: BlobStorageEndpointUri is ignored; every storage account is one
// of this server.
Result<rows::NewStorage> storage_of(const rows::TextPairs& members) {
  rows::NewStorage out;
  LAZULITE_TRY(out.name, member(members, "StorageAccountName"));
  if (auto key = member(members, "StorageAccountKey")) out.primary_key = std::move(*key);
  return out;
}

std::string self_link(const Call& call, std::string_view name) {
  return fmt::format("{}/{}/services/mediaservices/Accounts{}{}", call.request.base_url(), call.subscription,
                     name.empty() ? "" : "/", name);
}

Result<http::Response> create_account(const Call& call) {
  LAZULITE_TRY(const auto members, read_contract(call.request.body));
  AccountRequest wanted;
  LAZULITE_TRY(wanted.name, member(members, "AccountName"));
  LAZULITE_TRY(wanted.region, member(members, "Region"));
  LAZULITE_TRY(auto storage, storage_of(members));
  wanted.storage.push_back(std::move(storage));
  LAZULITE_TRY(const auto made, call.management.create(wanted));
  return write_contract(201, kAccountCreated,
                        {{"AccountId", made.account.account_id.text},
                         {"AccountName", made.account.name},
                         {"StatusCode", call.as_xml ? "Created" : "201", {}, true},
                         {"Subscription", made.account.subscription_id.text}},
                        call.as_xml);
}

Result<http::Response> list_accounts(const Call& call) {
  LAZULITE_TRY(const auto accounts, call.management.list());
  std::vector<Contract> list;
  for (const auto& [account, storage] : accounts) {
    list.push_back({{"Name", account.name},
                    {"Type", "MediaService"},
                    {"State", "Active"},
                    {"SelfLink", self_link(call, account.name)},
                    {"ParentLink", self_link(call, {})},
                    {"AccountId", account.account_id.text}});
  }
  return write_contracts(kAccountListed, list, call.as_xml);
}

Result<http::Response> show_account(const Call& call) {
  LAZULITE_TRY(const auto view, call.management.get(call.account()));
  const auto& account = view.account;
  return write_contract(200, kAccountDetails,
                        {{"AccountKey", account.primary_key},
                         {"AccountKeys", {}, {{"Primary", account.primary_key}, {"Secondary", account.secondary_key}}},
                         {"AccountName", account.name},
                         {"AccountRegion", account.region},
                         {"StorageAccountName", view.primary() == nullptr ? "" : view.primary()->name}},
                        call.as_xml);
}

Result<http::Response> delete_account(const Call& call) {
  LAZULITE_CHECK(call.management.remove(call.account()));
  return status_only(204);
}

Result<http::Response> renew_key(const Call& call) {
  LAZULITE_TRY(const auto which, rows::parse_which_key(call.path.at(3)));
  LAZULITE_CHECK(call.management.renew_key(call.account(), which));
  return status_only(204);
}

Result<http::Response> list_storage(const Call& call) {
  LAZULITE_TRY(const auto view, call.management.get(call.account()));
  std::vector<Contract> list;
  for (const auto& each : view.storage) {
    list.push_back({{"StorageAccountName", each.name},
                    {"BlobStorageEndPoint", fmt::format("https://{}.blob.core.windows.net/", each.name)},
                    {"IsDefault", each.is_default ? "true" : "false", {}, true}});
  }
  return write_contracts(kStorageListed, list, call.as_xml);
}

Result<http::Response> attach_storage(const Call& call) {
  LAZULITE_TRY(const auto members, read_contract(call.request.body));
  LAZULITE_TRY(const auto storage, storage_of(members));
  LAZULITE_CHECK(call.management.attach(call.account(), storage));
  return status_only(204);
}

Result<http::Response> sync_storage_key(const Call& call) {
  LAZULITE_TRY(const auto key, read_json_text(call.request.body));
  LAZULITE_CHECK(call.management.set_storage_key(call.account(), call.path.at(3), key));
  return status_only(204);
}

Result<http::Response> list_regions(const Call& call) {
  return write_contracts(kRegionListed, {{{"RegionName", call.management.options().region}}}, call.as_xml);
}

constexpr Operation kOperations[] = {
    {"POST", "accounts", create_account},
    {"GET", "accounts", list_accounts},
    {"GET", "accounts/*", show_account},
    {"DELETE", "accounts/*", delete_account},
    {"POST", "accounts/*/accountkeys/*/regenerate", renew_key},
    {"GET", "accounts/*/storageaccounts", list_storage},
    {"POST", "accounts/*/storageaccounts", attach_storage},
    {"PUT", "accounts/*/storageaccounts/*/key", sync_storage_key},
    {"GET", "supportedregions", list_regions},
};

// "", subscription, "services", "mediaservices", …
std::vector<std::string_view> segments_of(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return split(path, '/');
}

bool fits(std::string_view pattern, const std::vector<std::string>& path) {
  const auto wanted = split(pattern, '/');
  return wanted.size() == path.size() &&
         std::equal(wanted.begin(), wanted.end(), path.begin(), [](std::string_view want, const std::string& have) {
           return want == "*" ? !have.empty() : equals_ignoring_case(want, have);
         });
}

}  // namespace

bool is_classic_path(std::string_view path) {
  const auto segments = segments_of(path);
  return segments.size() > 4 && equals_ignoring_case(segments[2], "services") &&
         equals_ignoring_case(segments[3], "mediaservices");
}

bool wants_xml(const http::Request& request) {
  const auto accept = to_lower(request.headers.get("Accept"));
  if (accept.find("json") != std::string::npos) return false;
  if (accept.find("xml") != std::string::npos) return true;
  return to_lower(request.headers.get("Content-Type")).find("xml") != std::string::npos;
}

Result<http::Response> answer_classic(Management& management, const http::Request& request) {
  const auto segments = segments_of(request.path);
  Call call{management, request, segments[1], {}, wants_xml(request)};
  LAZULITE_CHECK(management.require_subscription(call.subscription));
  for (std::size_t i = 4; i < segments.size(); ++i) {
    LAZULITE_TRY(auto segment, percent_decode(segments[i]));
    call.path.push_back(std::move(segment));
  }
  bool known = false;
  for (const auto& operation : kOperations) {
    if (!fits(operation.path, call.path)) continue;
    known = true;
    if (operation.method == request.method) return operation.handle(call);
  }
  if (known) return fail(ErrorCode::kUnsupported, "{} is not offered here.", request.method);
  return fail(ErrorCode::kNotFound, "There is no such resource.");
}

}  // namespace lazulite::manage
