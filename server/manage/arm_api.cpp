#include "server/manage/arm_api.hpp"

#include "schema/base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace lazulite::manage {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersion = "2015-10-01";
constexpr std::string_view kType = "Microsoft.Media/mediaservices";
constexpr std::string_view kDefaultGroup = "lazulite";  // of accounts that were not made by this API
constexpr std::size_t kMaxStorage = 100, kMaxTags = 15;

struct Call {
  Management& management;
  const http::Request& request;
  const ApiRoot& api_root;
  std::string_view subscription, group, name;  // as they stand in the path; empty: not in it
  json::object body;
};

struct Operation {
  std::string_view method;
  std::string_view path;  // in lower case; {s}, {g} and {n} stand for one segment each
  Result<http::Response> (*handle)(Call& call);
};

http::Response answer(unsigned status, const json::value& body) {
  return http::Response::text(status, "application/json; charset=utf-8", json::serialize(body));
}
http::Response status_only(unsigned status) {
  http::Response response;
  response.status = status;
  return response;
}

std::string_view group_of(const MediaAccount& account) {
  return account.resource_group.empty() ? kDefaultGroup : std::string_view{account.resource_group};
}

json::object to_json(const Call& call, const AccountView& view) {
  const auto& account = view.account;
  const auto group =
      fmt::format("/subscriptions/{}/resourceGroups/{}", account.subscription_id.text, group_of(account));
  json::array storage;
  for (const auto& each : view.storage) {
    storage.push_back(
        json::object{{"id", fmt::format("{}/providers/Microsoft.Storage/storageAccounts/{}", group, each.name)},
                     {"isPrimary", each.is_default}});
  }
  json::object tags;
  if (const auto stored = rows::read_text_pairs(account.tags.empty() ? "{}" : account.tags)) {
    for (const auto& [name, value] : *stored) tags.emplace(name, value);
  }
  const json::object endpoint{{"endpoint", call.api_root(call.request, account.name)}, {"majorVersion", "2"}};
  return {
      {"id", fmt::format("{}/providers/{}/{}", group, kType, account.name)},
      {"name", account.name},
      {"type", kType},
      {"location", account.region},
      {"tags", std::move(tags)},
      {"properties", json::object{{"apiEndpoints", json::array{endpoint}}, {"storageAccounts", std::move(storage)}}}};
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

// "/subscriptions/…/storageAccounts/{n}": n.
Result<std::string> storage_name(const json::object& object) {
  const auto id = text_of(object, "id");
  const auto segments = split(id, '/');
  if (segments.size() == 9 && equals_ignoring_case(segments[7], "storageAccounts")) return std::string{segments[8]};
  return fail(ErrorCode::kInvalidArgument, "'{}' is not the id of a storage account.", id.substr(0, 256));
}

// properties.storageAccounts, the primary one first; nothing when it is not sent.
Result<std::optional<std::vector<rows::NewStorage>>> read_storage(const json::object& body) {
  std::optional<std::vector<rows::NewStorage>> out;
  const auto* properties = body.if_contains("properties");
  if (properties == nullptr || !properties->is_object()) return out;
  const auto* list = properties->get_object().if_contains("storageAccounts");
  if (list == nullptr) return out;
  if (!list->is_array() || list->get_array().size() > kMaxStorage)
    return fail(ErrorCode::kInvalidArgument, "'storageAccounts' must be a list of at most {}.", kMaxStorage);
  out.emplace();
  std::size_t primaries = 0;
  for (const auto& each : list->get_array()) {
    if (!each.is_object())
      return fail(ErrorCode::kInvalidArgument, "'storageAccounts' holds something else than objects.");
    LAZULITE_TRY(auto name, storage_name(each.get_object()));
    const auto* primary = each.get_object().if_contains("isPrimary");
    const bool is_primary = primary != nullptr && primary->is_bool() && primary->get_bool();
    out->insert(is_primary ? out->begin() : out->end(), rows::NewStorage{std::move(name), {}});
    primaries += is_primary ? 1 : 0;
  }
  if (primaries == 1) return out;
  return fail(ErrorCode::kInvalidArgument, "Exactly one of 'storageAccounts' must be primary.");
}

Result<std::optional<rows::TextPairs>> read_tags(const json::object& body) {
  std::optional<rows::TextPairs> out;
  const auto* tags = body.if_contains("tags");
  if (tags == nullptr || tags->is_null()) return out;
  if (!tags->is_object() || tags->get_object().size() > kMaxTags)
    return fail(ErrorCode::kInvalidArgument, "'tags' must be an object of at most {} texts.", kMaxTags);
  out.emplace();
  for (const auto& [name, value] : tags->get_object()) {
    if (!value.is_string() || value.get_string().size() > 256 || name.size() > 512)
      return fail(ErrorCode::kInvalidArgument, "'tags' must be an object of short texts.");
    out->emplace_back(std::string_view{name}, std::string_view{value.get_string()});
  }
  return out;
}

// The account of the path, in its resource group.
Result<AccountView> addressed(const Call& call) {
  auto view = call.management.get(to_lower(call.name));
  if (view && equals_ignoring_case(group_of(view->account), call.group)) return view;
  if (!view && view.error().code != ErrorCode::kNotFound) return view;
  return fail(ErrorCode::kNotFound, "The Resource '{}/{}' under resource group '{}' was not found.", kType, call.name,
              call.group);
}

Result<http::Response> list(Call& call) {
  LAZULITE_TRY(const auto views, call.management.list());
  json::array value;
  for (const auto& each : views) {
    if (call.group.empty() || equals_ignoring_case(group_of(each.account), call.group))
      value.push_back(to_json(call, each));
  }
  return answer(200, json::object{{"value", std::move(value)}});
}

Result<http::Response> show(Call& call) {
  LAZULITE_TRY(const auto view, addressed(call));
  return answer(200, to_json(call, view));
}

Result<http::Response> put(Call& call) {
  LAZULITE_TRY(auto storage, read_storage(call.body));
  LAZULITE_TRY(auto tags, read_tags(call.body));
  if (!storage) return fail(ErrorCode::kInvalidArgument, "'properties.storageAccounts' is required.");
  if (addressed(call)) {
    LAZULITE_TRY(const auto view,
                 call.management.update(to_lower(call.name), storage, tags ? std::move(tags) : rows::TextPairs{}));
    return answer(200, to_json(call, view));
  }
  AccountRequest wanted{std::string{call.name}, text_of(call.body, "location"), std::string{call.group},
                        std::move(*storage), tags.value_or(rows::TextPairs{})};
  if (wanted.region.empty()) return fail(ErrorCode::kInvalidArgument, "'location' is required.");
  LAZULITE_TRY(const auto view, call.management.create(wanted));
  return answer(201, to_json(call, view));
}

Result<http::Response> patch(Call& call) {
  LAZULITE_CHECK(addressed(call));
  LAZULITE_TRY(const auto storage, read_storage(call.body));
  LAZULITE_TRY(const auto tags, read_tags(call.body));
  LAZULITE_TRY(const auto view, call.management.update(to_lower(call.name), storage, tags));
  return answer(200, to_json(call, view));
}

Result<http::Response> remove(Call& call) {
  const auto view = addressed(call);
  if (!view && view.error().code == ErrorCode::kNotFound) return status_only(204);
  if (!view) return view.error();
  LAZULITE_CHECK(call.management.remove(view->account.name));
  return status_only(200);
}

Result<http::Response> list_keys(Call& call) {
  LAZULITE_TRY(const auto view, addressed(call));
  return answer(200, json::object{{"primaryAuthEndpoint", "https://wamsprodglobal001acs.accesscontrol.windows.net/"},
                                  {"secondaryAuthEndpoint", "https://wamsprodglobal002acs.accesscontrol.windows.net/"},
                                  {"primaryKey", view.account.primary_key},
                                  {"secondaryKey", view.account.secondary_key},
                                  {"scope", "urn:windowsazuremediaservices"}});
}

Result<http::Response> renew_key(Call& call) {
  LAZULITE_TRY(const auto view, addressed(call));
  LAZULITE_TRY(const auto which, rows::parse_which_key(text_of(call.body, "keyType")));
  LAZULITE_TRY(const auto key, call.management.renew_key(view.account.name, which));
  return answer(200, json::object{{"key", key}});
}

Result<http::Response> sync_storage_keys(Call& call) {
  LAZULITE_TRY(const auto view, addressed(call));
  LAZULITE_TRY(const auto storage, storage_name(call.body));
  LAZULITE_CHECK(call.management.require_storage(view.account.name, storage));
  return status_only(200);
}

Result<http::Response> check_name(Call& call) {
  const auto type = text_of(call.body, "type");
  if (!equals_ignoring_case(type, "mediaservices") && !equals_ignoring_case(type, kType))
    return fail(ErrorCode::kInvalidArgument, "The type '{}' is not 'mediaservices'.", type.substr(0, 64));
  LAZULITE_TRY(const auto state, call.management.name_state(text_of(call.body, "name")));
  struct Row {
    std::string_view reason, message;
  };
  static constexpr std::array<Row, 3> kRows = {
      Row{"None", ""}, Row{"Invalid", "The name must be 3 to 24 lower-case letters and digits."},
      Row{"AlreadyExists", "The name is taken."}};
  const auto& row = kRows.at(static_cast<std::size_t>(state));
  return answer(
      200,
      json::object{{"nameAvailable", state == NameState::kFree}, {"reason", row.reason}, {"message", row.message}});
}

Result<http::Response> list_operations(Call&) {
  struct Row {
    std::string_view name, operation;
  };
  static constexpr Row kRows[] = {{"read", "Read"},
                                  {"write", "Create or Update"},
                                  {"delete", "Delete"},
                                  {"regenerateKey/action", "Regenerate Key"},
                                  {"listKeys/action", "List Keys"},
                                  {"syncStorageKeys/action", "Synchronize Storage Keys"}};
  json::array value;
  for (const auto& row : kRows) {
    value.push_back(json::object{{"name", fmt::format("{}/{}", kType, row.name)},
                                 {"display", json::object{{"provider", "Microsoft Media Services"},
                                                          {"resource", "Media Service"},
                                                          {"operation", row.operation}}}});
  }
  return answer(200, json::object{{"value", std::move(value)}, {"nextLink", nullptr}});
}

#define LAZULITE_MEDIASERVICES "/providers/microsoft.media/mediaservices"
#define LAZULITE_GROUP "/subscriptions/{s}/resourcegroups/{g}" LAZULITE_MEDIASERVICES
constexpr Operation kOperations[] = {
    {"GET", "/providers/microsoft.media/operations", list_operations},
    {"POST", "/subscriptions/{s}/providers/microsoft.media/checknameavailability", check_name},
    {"GET", "/subscriptions/{s}" LAZULITE_MEDIASERVICES, list},
    {"GET", LAZULITE_GROUP, list},
    {"GET", LAZULITE_GROUP "/{n}", show},
    {"PUT", LAZULITE_GROUP "/{n}", put},
    {"PATCH", LAZULITE_GROUP "/{n}", patch},
    {"DELETE", LAZULITE_GROUP "/{n}", remove},
    {"POST", LAZULITE_GROUP "/{n}/listkeys", list_keys},
    {"POST", LAZULITE_GROUP "/{n}/regeneratekey", renew_key},
    {"POST", LAZULITE_GROUP "/{n}/syncstoragekeys", sync_storage_keys},
};
#undef LAZULITE_GROUP
#undef LAZULITE_MEDIASERVICES

// Puts what stands in the path into the call, when it fits.
bool fits(std::string_view pattern, std::string_view path, Call& call) {
  const auto wanted = split(pattern, '/'), have = split(path, '/');
  if (wanted.size() != have.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{') ? have[i].empty() : !equals_ignoring_case(wanted[i], have[i])) return false;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{s}") call.subscription = have[i];
    if (wanted[i] == "{g}") call.group = have[i];
    if (wanted[i] == "{n}") call.name = have[i];
  }
  return true;
}

Result<void> check_version(const http::Request& request) {
  const auto version = form_value(request.query, "api-version");
  if (!version) {
    return fail_with(ErrorCode::kInvalidArgument, "MissingApiVersionParameter",
                     "The api-version query parameter (?api-version=) is required for all requests.");
  }
  if (*version == kVersion) return {};
  return fail_with(ErrorCode::kInvalidArgument, "InvalidApiVersionParameter",
                   "The api-version '{}' is invalid. The supported version is '{}'.", version->substr(0, 32), kVersion);
}

Result<json::object> read_body(const http::Request& request) {
  if (trim(request.body).empty()) return json::object{};
  json::parse_options options;
  options.max_depth = 8;
  json::error_code error;
  auto parsed = json::parse(request.body, error, {}, options);
  if (!error && parsed.is_object()) return std::move(parsed.get_object());
  return fail_with(ErrorCode::kInvalidArgument, "InvalidRequestContent", "The request content is not a JSON object.");
}

}  // namespace

bool is_arm_path(std::string_view path) {
  return starts_with_ignoring_case(path, "/subscriptions/") ||
         starts_with_ignoring_case(path, "/providers/microsoft.media/");
}

Result<http::Response> answer_arm(Management& management, const http::Request& request, const ApiRoot& api_root) {
  LAZULITE_TRY(const auto decoded, percent_decode(request.path));
  std::string_view path = decoded;
  while (path.ends_with('/')) path.remove_suffix(1);
  Call call{management, request, api_root, {}, {}, {}, {}};
  bool known = false;
  for (const auto& operation : kOperations) {
    if (!fits(operation.path, path, call)) continue;
    known = true;
    if (operation.method != request.method) continue;
    LAZULITE_CHECK(check_version(request));
    if (!call.subscription.empty()) LAZULITE_CHECK(management.require_subscription(call.subscription));
    LAZULITE_TRY(call.body, read_body(request));
    return operation.handle(call);
  }
  if (known) return fail(ErrorCode::kUnsupported, "{} is not offered here.", request.method);
  return fail(ErrorCode::kNotFound, "There is no such resource.");
}

}  // namespace lazulite::manage
