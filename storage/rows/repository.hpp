// Generic rows of any EntityType: the only SQL for entities. Every call names the media account, so no query can cross
// accounts. Functions take a Session from Database::read or write; errors: NotFound, Conflict (a key or unique index),
// InvalidArgument, Io.
#pragma once

#include "schema/model/record.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/query.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

// NotFound when there is no such row: "no Asset has the id '…'".
Result<model::Record> get(Session& session, std::string_view account, const model::EntityType& type,
                          std::string_view key);
Result<std::optional<model::Record>> find(Session& session, std::string_view account, const model::EntityType& type,
                                          std::string_view key);

// Rows that match, in the query's order (by default Created, then key), with the key as the last tie-breaker.
Result<std::vector<model::Record>> list(Session& session, std::string_view account, const model::EntityType& type,
                                        const ListQuery& query);
Result<std::int64_t> count(Session& session, std::string_view account, const model::EntityType& type,
                           const ListQuery& query);

// Conflict when the key exists.
Result<void> insert(Session& session, std::string_view account, const model::Record& record);
// Writes the named properties only (all stored ones when empty). NotFound when the row is gone.
Result<void> update(Session& session, std::string_view account, const model::Record& record,
                    std::span<const std::string_view> properties = {});
Result<void> remove(Session& session, std::string_view account, const model::EntityType& type, std::string_view key);

// ---- links of a NavigationKind::kLinked navigation, named by its source type and its name
// ------------------------------------------ Appends; Conflict when the pair is linked already.
Result<void> link(Session& session, std::string_view account, const model::EntityType& source,
                  std::string_view navigation, std::string_view source_key, std::string_view target_key);
Result<void> unlink(Session& session, std::string_view account, const model::EntityType& source,
                    std::string_view navigation, std::string_view source_key, std::string_view target_key);
// Keys of the targets in the order they were linked, tombstones included.
Result<std::vector<std::string>> links(Session& session, std::string_view account, const model::EntityType& source,
                                       std::string_view navigation, std::string_view source_key);
// Keys of the sources that are linked to a target, in no particular order.
Result<std::vector<std::string>> link_sources(Session& session, std::string_view account,
                                              const model::EntityType& source, std::string_view navigation,
                                              std::string_view target_key);
// Removes all links from a source, or to a target.
Result<void> unlink_all(Session& session, std::string_view account, const model::EntityType& source,
                        std::string_view navigation, std::string_view source_key);
Result<void> unlink_target(Session& session, std::string_view account, const model::EntityType& source,
                           std::string_view navigation, std::string_view target_key);

// ---- typed convenience
// -----------------------------------------------------------------------------------------------------------
template <class T>
Result<T> get(Session& session, std::string_view account, std::string_view key) {
  LAZULITE_TRY(const auto record, get(session, account, entity_type(static_cast<const T*>(nullptr)), key));
  return model::to_entity<T>(record);
}
template <class T>
Result<std::optional<T>> find(Session& session, std::string_view account, std::string_view key) {
  LAZULITE_TRY(const auto record, find(session, account, entity_type(static_cast<const T*>(nullptr)), key));
  if (!record) return std::optional<T>{};
  LAZULITE_TRY(auto entity, model::to_entity<T>(*record));
  return std::optional<T>{std::move(entity)};
}
template <class T>
Result<std::vector<T>> list(Session& session, std::string_view account, const ListQuery& query) {
  LAZULITE_TRY(const auto records, list(session, account, entity_type(static_cast<const T*>(nullptr)), query));
  std::vector<T> out;
  out.reserve(records.size());
  for (const auto& record : records) {
    LAZULITE_TRY(auto entity, model::to_entity<T>(record));
    out.push_back(std::move(entity));
  }
  return out;
}
template <class T>
Result<void> insert(Session& session, std::string_view account, const T& entity) {
  return insert(session, account, model::to_record(entity));
}
template <class T>
Result<void> update(Session& session, std::string_view account, const T& entity,
                    std::span<const std::string_view> properties = {}) {
  return update(session, account, model::to_record(entity), properties);
}
template <class T>
Result<void> remove(Session& session, std::string_view account, std::string_view key) {
  return remove(session, account, entity_type(static_cast<const T*>(nullptr)), key);
}

}  // namespace lazulite::rows
