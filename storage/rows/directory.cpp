#include "storage/rows/directory.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "storage/rows/repository.hpp"
#include "storage/rows/statement.hpp"

#include <algorithm>
#include <array>

namespace lazulite::rows {
namespace {

constexpr std::size_t kAccountKeyBytes = 32;
constexpr std::size_t kStorageKeyBytes = 64;
constexpr std::size_t kMaxClientSecretBytes = 256;
// Every property of the rows looked up here is read by the repository; these only find the account.
constexpr std::string_view kAccountOfStorage = R"(SELECT account FROM "StorageAccounts" WHERE "Name" = :p1)";
constexpr std::string_view kAccountOfLocator = R"(SELECT account FROM "Locators" WHERE "Id" = :p1)";
constexpr std::string_view kAccountOfContentKey = R"(SELECT account FROM "ContentKeys" WHERE "Id" = :p1)";
constexpr std::string_view kAccountOfClient = R"(SELECT account FROM "MediaAccounts" WHERE "client_id" = :p1)";
constexpr std::string_view kAllAccounts = R"(SELECT account FROM "MediaAccounts" ORDER BY "Created", "Name")";

Result<void> require_name(std::string_view what, std::string_view name) {
  if (is_account_name(name)) return {};
  return fail(ErrorCode::kInvalidArgument, "'{}' is not a valid {} name: 3 to 24 lower-case letters and digits",
              name.substr(0, 64), what);
}

Result<std::string> given_or_random_key(std::string_view what, const std::optional<std::string>& given,
                                        std::size_t bytes) {
  if (!given) return base64_encode(random_bytes(bytes));
  const auto decoded = base64_decode(*given);
  if (!decoded || decoded->size() != bytes || base64_encode(*decoded) != *given) {
    return fail(ErrorCode::kInvalidArgument, "the {} key must be the base64 of {} bytes", what, bytes);
  }
  return *given;
}

Result<std::string> given_or_random_client_secret(const std::optional<std::string>& given) {
  if (!given) return base64_encode(random_bytes(kAccountKeyBytes));
  if (given->empty() || given->size() > kMaxClientSecretBytes || !is_valid_utf8(*given)) {
    return fail(ErrorCode::kInvalidArgument, "the client secret must be a text of 1 to {} bytes",
                kMaxClientSecretBytes);
  }
  return *given;
}

Result<std::vector<std::string>> accounts_of(Session& session, std::string_view sql,
                                             std::span<const model::Value> values) {
  static constexpr std::array kColumns = {model::EdmType::kString};
  LAZULITE_TRY(auto rows, select(session, sql, values, kColumns));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(*row[0].as<std::string>());
  return out;
}

// All look-ups by one unique text.
Result<std::optional<std::string>> account_of(Session& session, std::string_view sql, std::string_view text) {
  const std::array values = {model::Value{std::string{text}}};
  LAZULITE_TRY(auto found, accounts_of(session, sql, values));
  if (found.empty()) return std::optional<std::string>{};
  return std::optional<std::string>{std::move(found.front())};
}

Result<std::string> subscription_of_installation(Session& session, const std::optional<std::string>& given) {
  LAZULITE_TRY(const auto accounts, list_accounts(session));
  if (!accounts.empty()) return accounts.front().subscription_id.text;
  if (!given) return Uuid::random().text();
  LAZULITE_TRY(const auto parsed, Uuid::parse(*given));
  return parsed.text();
}

Result<MediaAccount> to_media_account(Session& session, const NewAccount& wanted, Timestamp now) {
  MediaAccount account;
  account.name = wanted.name;
  account.account_id.text = Uuid::random().text();
  LAZULITE_TRY(account.subscription_id.text, subscription_of_installation(session, wanted.subscription_id));
  account.region = wanted.region;
  account.resource_group = wanted.resource_group;
  account.created = now;
  LAZULITE_TRY(account.primary_key, account_key(wanted.primary_key));
  LAZULITE_TRY(account.secondary_key, account_key(wanted.secondary_key));
  LAZULITE_TRY(const Uuid client, wanted.client_id ? Uuid::parse(*wanted.client_id) : Result<Uuid>{Uuid::random()});
  account.client_id = client.text();
  LAZULITE_TRY(account.client_secret, given_or_random_client_secret(wanted.client_secret));
  return account;
}

// accounts-storage.md A.1. Deviation: started at once, as there; clients written before 2017 never call Start.
StreamingEndpoint default_endpoint(Timestamp now) {
  StreamingEndpoint endpoint;
  endpoint.id = new_entity_id(kStreamingEndpoint.id_prefix);
  endpoint.name = "default";
  endpoint.created = now;
  endpoint.last_modified = now;
  endpoint.state = "Running";
  return endpoint;
}

// Inserts and says which name a conflict is about.
template <class T>
Result<void> insert_named(Session& session, std::string_view account, const T& entity, std::string_view what) {
  auto inserted = insert(session, account, entity);
  if (!inserted && inserted.error().code == ErrorCode::kConflict)
    return fail(ErrorCode::kConflict, "{} exists already", what);
  return inserted;
}

}  // namespace

bool is_account_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Result<std::string> account_key(const std::optional<std::string>& given) {
  return given_or_random_key("account", given, kAccountKeyBytes);
}

Result<std::string> storage_key(const std::optional<std::string>& given) {
  return given_or_random_key("storage", given, kStorageKeyBytes);
}

Result<StorageAccount> new_storage_account(std::string_view name, const std::optional<std::string>& primary_key,
                                           const std::optional<std::string>& secondary_key) {
  LAZULITE_CHECK(require_name("storage account", name));
  StorageAccount storage;
  storage.name = name;
  LAZULITE_TRY(storage.primary_key, storage_key(primary_key));
  LAZULITE_TRY(storage.secondary_key, storage_key(secondary_key));
  return storage;
}

Result<MediaAccount> create_account(Session& session, const NewAccount& wanted, Timestamp now) {
  LAZULITE_CHECK(require_name("account", wanted.name));
  LAZULITE_TRY(auto account, to_media_account(session, wanted, now));
  LAZULITE_TRY(auto storage, new_storage_account(wanted.storage_account_name, wanted.storage_primary_key,
                                                 wanted.storage_secondary_key));
  storage.is_default = true;
  LAZULITE_CHECK(insert_named(session, account.name, account,
                              fmt::format("the media account '{}' or its client id", account.name)));
  LAZULITE_CHECK(insert_named(session, account.name, storage, fmt::format("the storage account '{}'", storage.name)));
  EncodingReservedUnitType units;
  units.account_id = account.account_id;
  units.current_reserved_units = 1;
  LAZULITE_CHECK(insert(session, account.name, units));
  LAZULITE_CHECK(insert(session, account.name, default_endpoint(now)));
  return account;
}

Result<std::vector<MediaAccount>> list_accounts(Session& session) {
  LAZULITE_TRY(const auto names, accounts_of(session, kAllAccounts, {}));
  std::vector<MediaAccount> out;
  for (const auto& name : names) {
    LAZULITE_TRY(auto account, get<MediaAccount>(session, name, name));
    out.push_back(std::move(account));
  }
  return out;
}

Result<std::optional<MediaAccount>> find_account(Session& session, std::string_view name) {
  return find<MediaAccount>(session, name, name);
}

Result<std::optional<MediaAccount>> find_account_by_client_id(Session& session, std::string_view client_id) {
  LAZULITE_TRY(const auto name, account_of(session, kAccountOfClient, to_lower(client_id)));
  if (!name) return std::optional<MediaAccount>{};
  return find_account(session, *name);
}

Result<std::optional<StorageIdentity>> find_storage(Session& session, std::string_view storage_account_name) {
  LAZULITE_TRY(auto owner, account_of(session, kAccountOfStorage, storage_account_name));
  if (!owner) return std::optional<StorageIdentity>{};
  LAZULITE_TRY(auto account, get<StorageAccount>(session, *owner, storage_account_name));
  return std::optional<StorageIdentity>{{std::move(*owner), std::move(account)}};
}

Result<std::string> choose_storage_account(Session& session, std::string_view media_account,
                                           const std::optional<std::string>& name) {
  if (name && !name->empty()) {
    LAZULITE_TRY(const auto found, find<StorageAccount>(session, media_account, *name));
    if (found) return *name;
    return fail(ErrorCode::kNotFound, "Cannot find the storage account '{}'.", *name);
  }
  ListQuery query;
  query.condition = equals(kStorageAccount, "IsDefault", model::Value{true});
  query.top = 1;
  LAZULITE_TRY(const auto found, list<StorageAccount>(session, media_account, query));
  if (!found.empty()) return found.front().name;
  return fail(ErrorCode::kNotFound, "Cannot find the storage account: the media account has no default one.");
}

Result<std::optional<LocatorIdentity>> find_locator(Session& session, std::string_view guid) {
  const std::string id = std::string{kLocator.id_prefix} + to_lower(guid);
  LAZULITE_TRY(auto owner, account_of(session, kAccountOfLocator, id));
  if (!owner) return std::optional<LocatorIdentity>{};
  LAZULITE_TRY(auto locator, get<Locator>(session, *owner, id));
  return std::optional<LocatorIdentity>{{std::move(*owner), std::move(locator)}};
}

Result<std::optional<std::string>> find_account_of_key(Session& session, std::string_view content_key_id) {
  return account_of(session, kAccountOfContentKey, content_key_id);
}

}  // namespace lazulite::rows
