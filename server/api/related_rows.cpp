#include "server/api/related_rows.hpp"

namespace lazulite::api {
namespace {

using model::NavigationKind;
using model::Record;
using model::Value;

Error no_such_row(const model::EntityType& type, std::string_view key) {
  return fail(ErrorCode::kNotFound, "No {} has the id '{}'.", type.name, key);
}

// Set('k')/Nav('k2'): the second must really hang on the first.
Result<Record> navigated_row(HookContext& context, const odata::ODataTarget& target, const Record& source) {
  if (target.navigation->kind == NavigationKind::kLinked) {
    LAZULITE_TRY(auto rows, linked_rows(context, source, *target.navigation));
    for (auto& row : rows) {
      if (row.key() == target.navigation_key) return std::move(row);
    }
    return no_such_row(*target.type, target.navigation_key);
  }
  LAZULITE_TRY(auto row, get_row(context, *target.type, target.navigation_key));
  if (row[target.navigation->property] != Value{target.root_key})
    return no_such_row(*target.type, target.navigation_key);
  return row;
}

}  // namespace

Result<Record> get_row(HookContext& context, const model::EntityType& type, std::string_view key) {
  std::optional<Record> found;
  if (auto rows = rows_without_table(context, type)) {
    for (auto& row : *rows) {
      if (row.key() == key) found = std::move(row);
    }
  } else {
    LAZULITE_TRY(found, rows::find(context.session, context.account, type, key));
  }
  if (!found) return no_such_row(type, key);
  return std::move(*found);
}

std::optional<std::vector<Record>> rows_without_table(HookContext& context, const model::EntityType& type) {
  const auto* hooks = find_entity_hooks(type.set_name);
  if (hooks == nullptr || hooks->read_all == nullptr) return {};
  return hooks->read_all(context);
}

Result<std::vector<Record>> linked_rows(HookContext& context, const Record& source,
                                        const model::Navigation& navigation) {
  const auto& target = *model::find_entity_set(navigation.target_set);
  LAZULITE_TRY(const auto keys,
               rows::links(context.session, context.account, *source.type, navigation.name, source.key()));
  rows::ListQuery query;
  query.linked_from = source.type;
  query.linked_navigation = navigation.name;
  query.linked_key = source.key();
  LAZULITE_TRY(auto rows, rows::list(context.session, context.account, target, query));
  const auto* hooks = find_entity_hooks(target.set_name);
  std::vector<Record> out;
  std::size_t next = 0;  // both lists are in link order; a key without its row was deleted
  for (const auto& key : keys) {
    if (next < rows.size() && rows[next].key() == key) {
      out.push_back(std::move(rows[next++]));
    } else if (hooks != nullptr && hooks->tombstone != nullptr) {
      out.push_back(hooks->tombstone(context, key));
    }
  }
  return out;
}

Result<Record> target_row(HookContext& context, const odata::ODataTarget& target) {
  LAZULITE_TRY(auto root, get_row(context, *target.root, target.root_key));
  if (target.navigation == nullptr) return root;
  if (target.navigation->kind != NavigationKind::kToOne) return navigated_row(context, target, root);
  const auto* key = root[target.navigation->property].as<std::string>();
  if (key == nullptr || key->empty()) {
    return fail(ErrorCode::kNotFound, "Resource not found for the segment '{}'.", target.navigation->name);
  }
  return get_row(context, *target.type, *key);
}

Result<void> compute(HookContext& context, std::span<Record> records) {
  if (records.empty()) return {};
  const auto* hooks = find_entity_hooks(records.front().type->set_name);
  if (hooks == nullptr || hooks->compute == nullptr) return {};
  return hooks->compute(context, records);
}

Result<void> remove_rows(HookContext& context, const model::EntityType& type, std::string_view property,
                         const std::string& value) {
  rows::ListQuery query;
  query.condition = rows::equals(type, property, Value{value});
  LAZULITE_TRY(const auto found, rows::list(context.session, context.account, type, query));
  for (const auto& each : found) LAZULITE_CHECK(rows::remove(context.session, context.account, type, each.key()));
  return {};
}

}  // namespace lazulite::api
