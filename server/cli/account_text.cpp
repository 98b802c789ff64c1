#include "server/cli/account_text.hpp"

#include "schema/base/time.hpp"

#include <boost/json.hpp>

namespace lazulite::cli {
namespace {

namespace json = boost::json;

std::string line(std::string_view indent, std::string_view name, std::string_view value) {
  return fmt::format("{}{:<22} {}\n", indent, name, value);
}

}  // namespace

std::string account_text(const MediaAccount& account, std::span<const StorageAccount> storage,
                         std::string_view indent) {
  std::string out = line(indent, "account", account.name);
  out += line(indent, "account id", account.account_id.text);
  out += line(indent, "subscription id", account.subscription_id.text);
  out += line(indent, "region", account.region);
  out += line(indent, "created", format_iso8601_seconds(account.created));
  for (const auto& each : storage) out += line(indent, each.is_default ? "storage account" : "more storage", each.name);
  return out;
}

std::string keys_text(const MediaAccount& account, std::string_view indent) {
  return line(indent, "account", account.name) + line(indent, "primary key", account.primary_key) +
         line(indent, "secondary key", account.secondary_key) + line(indent, "AAD client id", account.client_id) +
         line(indent, "AAD client secret", account.client_secret);
}

std::string storage_keys_text(const StorageAccount& storage, std::string_view indent) {
  return line(indent, "storage account", storage.name) + line(indent, "storage primary key", storage.primary_key) +
         line(indent, "storage secondary key", storage.secondary_key);
}

json::object account_json(const MediaAccount& account, std::span<const StorageAccount> storage) {
  json::array names;
  for (const auto& each : storage) names.push_back(json::object{{"name", each.name}, {"isDefault", each.is_default}});
  return {{"name", account.name},
          {"accountId", account.account_id.text},
          {"subscriptionId", account.subscription_id.text},
          {"region", account.region},
          {"created", format_iso8601_seconds(account.created)},
          {"storageAccounts", std::move(names)}};
}

json::object keys_json(const MediaAccount& account, std::span<const StorageAccount> storage) {
  json::array keys;
  for (const auto& each : storage) {
    keys.push_back(
        json::object{{"name", each.name}, {"primaryKey", each.primary_key}, {"secondaryKey", each.secondary_key}});
  }
  return {
      {"name", account.name},          {"primaryKey", account.primary_key},     {"secondaryKey", account.secondary_key},
      {"clientId", account.client_id}, {"clientSecret", account.client_secret}, {"storageAccounts", std::move(keys)}};
}

}  // namespace lazulite::cli
