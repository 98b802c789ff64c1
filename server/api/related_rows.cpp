#include "server/api/related_rows.hpp"

#include "storage/rows/filter_sql.hpp"

#include <map>
#include <set>

namespace lazulite::api {
namespace {

using model::NavigationKind;
using model::Record;
using model::Value;

constexpr std::int64_t kMaxExpanded = 20'000;

Error no_such_row(const model::EntityType& type, std::string_view key) {
  return fail(ErrorCode::kNotFound, "No {} has the id '{}'.", type.name, key);
}

// The texts of a property, each once.
std::vector<Value> distinct_texts(std::span<const odata::Entry> entries, const model::Property& property) {
  std::set<std::string> texts;
  for (const auto& entry : entries) {
    const auto* text = entry.record.values[entry.record.type->index_of(property)].as<std::string>();
    if (text != nullptr && !text->empty()) texts.insert(*text);
  }
  std::vector<Value> out;
  for (const auto& each : texts) out.emplace_back(each);
  return out;
}

Result<std::vector<Record>> rows_where_one_of(HookContext& context, const model::EntityType& type,
                                              const model::Property& property, std::vector<Value> values,
                                              std::string_view order) {
  if (values.empty()) return std::vector<Record>{};
  if (auto rows = rows_without_table(context, type)) return std::move(*rows);
  rows::ListQuery query;
  query.condition = rows::is_one_of(property, std::move(values));
  if (!order.empty()) query.order.push_back({type.find_property(order), false});
  query.top = kMaxExpanded + 1;
  LAZULITE_TRY(auto found, rows::list(context.session, context.account, type, query));
  if (static_cast<std::int64_t>(found.size()) > kMaxExpanded) {
    return fail(ErrorCode::kInvalidArgument, "$expand brings more than {} entities: use $top.", kMaxExpanded);
  }
  return found;
}

Result<void> expand_to_many(HookContext& context, std::vector<odata::Entry>& entries,
                            const model::Navigation& navigation, const model::EntityType& target) {
  const auto& property = *target.find_property(navigation.property);
  const auto* hooks = find_entity_hooks(target.set_name);
  LAZULITE_TRY(auto rows,
               rows_where_one_of(context, target, property, distinct_texts(entries, entries.front().record.type->key()),
                                 hooks != nullptr ? hooks->default_order : std::string_view{}));
  LAZULITE_CHECK(compute(context, rows));
  std::map<std::string, std::vector<odata::Entry>> by_parent;
  for (auto& row : rows) {
    const auto& parent = *row.values[target.index_of(property)].as<std::string>();
    auto& siblings = by_parent[parent];
    siblings.push_back({std::move(row), {}});
  }
  for (auto& entry : entries) entry.expansions.push_back({&navigation, std::move(by_parent[entry.record.key()])});
  return {};
}

Result<void> expand_to_one(HookContext& context, std::vector<odata::Entry>& entries,
                           const model::Navigation& navigation, const model::EntityType& target) {
  const auto& type = *entries.front().record.type;
  const auto& property = *type.find_property(navigation.property);
  LAZULITE_TRY(auto rows, rows_where_one_of(context, target, target.key(), distinct_texts(entries, property), {}));
  LAZULITE_CHECK(compute(context, rows));
  for (auto& entry : entries) {
    odata::Expansion expansion{&navigation, {}};
    for (const auto& row : rows) {
      if (row.values[target.index_of(target.key())] == entry.record.values[type.index_of(property)])
        expansion.entries.push_back({row, {}});
    }
    entry.expansions.push_back(std::move(expansion));
  }
  return {};
}

Result<void> expand_linked(HookContext& context, std::vector<odata::Entry>& entries,
                           const model::Navigation& navigation) {
  for (auto& entry : entries) {
    LAZULITE_TRY(auto rows, linked_rows(context, entry.record, navigation));
    LAZULITE_CHECK(compute(context, rows));
    odata::Expansion expansion{&navigation, {}};
    for (auto& row : rows) expansion.entries.push_back({std::move(row), {}});
    entry.expansions.push_back(std::move(expansion));
  }
  return {};
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

Result<void> expand(HookContext& context, std::vector<odata::Entry>& entries,
                    std::span<const model::Navigation* const> navigations) {
  if (entries.empty()) return {};
  for (const auto* navigation : navigations) {
    const auto& target = *model::find_entity_set(navigation->target_set);
    switch (navigation->kind) {
      case NavigationKind::kToMany:
        LAZULITE_CHECK(expand_to_many(context, entries, *navigation, target));
        break;
      case NavigationKind::kToOne:
        LAZULITE_CHECK(expand_to_one(context, entries, *navigation, target));
        break;
      case NavigationKind::kLinked:
        LAZULITE_CHECK(expand_linked(context, entries, *navigation));
        break;
    }
  }
  return {};
}

}  // namespace lazulite::api
