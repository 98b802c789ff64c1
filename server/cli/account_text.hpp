// How accounts and their keys look on the command line, for people and as JSON. Only the keys_… functions reveal
// secrets.
#pragma once

#include "schema/entities/media_account.hpp"
#include "schema/entities/storage_account.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace lazulite::cli {

// Lines of a name and a value in columns, each after `indent`.
std::string account_text(const MediaAccount& account, std::span<const StorageAccount> storage,
                         std::string_view indent = {});
std::string keys_text(const MediaAccount& account, std::string_view indent = {});
std::string storage_keys_text(const StorageAccount& storage, std::string_view indent = {});

boost::json::object account_json(const MediaAccount& account, std::span<const StorageAccount> storage);
boost::json::object keys_json(const MediaAccount& account, std::span<const StorageAccount> storage);

}  // namespace lazulite::cli
