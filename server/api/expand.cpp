#include "server/api/expand.hpp"

#include "server/api/related_rows.hpp"
#include "storage/rows/filter_sql.hpp"
#include "storage/rows/many_links.hpp"

#include <map>
#include <set>

namespace lazulite::api {
namespace {

using model::NavigationKind;
using model::Record;
using model::Value;
using odata::Entry;

constexpr std::int64_t kMaxExpanded = 20'000;  // entities of one answer, over all levels
constexpr std::int64_t kAll = -1;

// Pointers to entries stay good: an entry's place in its list is not changed once it is there.
using Level = std::vector<Entry*>;

Error too_many() {
  return fail(ErrorCode::kInvalidArgument, "$expand brings more than {} entities: use $top.", kMaxExpanded);
}

// The texts of a property, each once.
std::vector<std::string> distinct_texts(const Level& entries, const model::Property& property) {
  std::set<std::string> texts;
  for (const auto* entry : entries) {
    const auto* text = entry->record.values[entry->record.type->index_of(property)].as<std::string>();
    if (text != nullptr && !text->empty()) texts.insert(*text);
  }
  return {texts.begin(), texts.end()};
}

class Expander {
 public:
  explicit Expander(HookContext& context) : context_(context) {}

  Result<void> run(const Level& entries, std::span<const odata::ExpandItem> items) {
    if (entries.empty()) return {};
    for (const auto& item : items) {
      LAZULITE_CHECK(add(entries, *item.navigation));
      LAZULITE_CHECK(run(next_level(entries), item.nested));
    }
    return {};
  }

 private:
  Result<void> add(const Level& entries, const model::Navigation& navigation) {
    const auto& target = *model::find_entity_set(navigation.target_set);
    switch (navigation.kind) {
      case NavigationKind::kToMany:
        return add_to_many(entries, navigation, target);
      case NavigationKind::kToOne:
        return add_to_one(entries, navigation, target);
      case NavigationKind::kLinked:
        break;
    }
    return add_linked(entries, navigation, target);
  }

  // The entries that the expansion just added leads to.
  static Level next_level(const Level& entries) {
    Level out;
    for (auto* entry : entries) {
      for (auto& each : entry->expansions.back().entries) out.push_back(&each);
    }
    return out;
  }

  // The rows of which a property is one of the texts, at most `top`, with their computed properties.
  Result<std::vector<Record>> load(const model::EntityType& type, const model::Property& property,
                                   const std::vector<std::string>& texts, std::int64_t top) {
    std::vector<Record> out;
    if (texts.empty()) return out;
    if (auto rows = rows_without_table(context_, type)) {
      out = std::move(*rows);
    } else {
      rows::ListQuery query;
      query.condition = rows::is_one_of(property, texts);
      const auto* hooks = find_entity_hooks(type.set_name);
      if (hooks != nullptr && !hooks->default_order.empty())
        query.order.push_back({type.find_property(hooks->default_order), false});
      query.top = top;
      LAZULITE_TRY(out, rows::list(context_.session, context_.account, type, query));
    }
    LAZULITE_CHECK(compute(context_, out));
    return out;
  }

  Result<void> count(std::size_t entries) {
    left_ -= static_cast<std::int64_t>(entries);
    return left_ < 0 ? Result<void>{too_many()} : Result<void>{};
  }

  Result<void> add_to_many(const Level& entries, const model::Navigation& navigation, const model::EntityType& target) {
    const auto& property = *target.find_property(navigation.property);
    LAZULITE_TRY(auto rows,
                 load(target, property, distinct_texts(entries, entries.front()->record.type->key()), left_ + 1));
    LAZULITE_CHECK(count(rows.size()));
    std::map<std::string, std::vector<Entry>> by_parent;
    for (auto& row : rows) {
      const auto parent = *row.values[target.index_of(property)].as<std::string>();
      by_parent[parent].push_back({std::move(row), {}});
    }
    // The same entity may stand at several places.
    for (auto* entry : entries) entry->expansions.push_back({&navigation, by_parent[entry->record.key()]});
    return {};
  }

  Result<void> add_to_one(const Level& entries, const model::Navigation& navigation, const model::EntityType& target) {
    const auto& type = *entries.front()->record.type;
    const auto& property = *type.find_property(navigation.property);
    LAZULITE_TRY(const auto rows, load(target, target.key(), distinct_texts(entries, property), kAll));
    std::map<std::string, const Record*> by_key;
    for (const auto& row : rows) by_key.emplace(row.key(), &row);
    LAZULITE_CHECK(count(entries.size()));
    for (auto* entry : entries) {
      odata::Expansion expansion{&navigation, {}};
      const auto* key = entry->record.values[type.index_of(property)].as<std::string>();
      const auto found = key != nullptr ? by_key.find(*key) : by_key.end();
      if (found != by_key.end()) expansion.entries.push_back({*found->second, {}});
      entry->expansions.push_back(std::move(expansion));
    }
    return {};
  }

  Result<void> add_linked(const Level& entries, const model::Navigation& navigation, const model::EntityType& target) {
    const auto& source = *entries.front()->record.type;
    const auto sources = distinct_texts(entries, source.key());
    LAZULITE_TRY(const auto links,
                 rows::links_of_many(context_.session, context_.account, source, navigation, sources, left_ + 1));
    LAZULITE_CHECK(count(links.size()));
    std::set<std::string> targets;
    for (const auto& link : links) targets.insert(link.target);
    const std::vector<std::string> distinct{targets.begin(), targets.end()};
    LAZULITE_TRY(const auto rows, load(target, target.key(), distinct, kAll));
    std::map<std::string, const Record*> by_key;
    for (const auto& row : rows) by_key.emplace(row.key(), &row);
    std::map<std::string, std::vector<Entry>> by_source;
    for (const auto& link : links) {
      LAZULITE_TRY(auto record, linked_record(by_key, link.target, target));
      if (record) by_source[link.source].push_back({std::move(*record), {}});
    }
    for (auto* entry : entries) entry->expansions.push_back({&navigation, by_source[entry->record.key()]});
    return {};
  }

  // A deleted target is its tombstone, or nothing (api.md 5.2).
  Result<std::optional<Record>> linked_record(const std::map<std::string, const Record*>& by_key,
                                              const std::string& key, const model::EntityType& target) {
    if (const auto found = by_key.find(key); found != by_key.end()) return std::optional{*found->second};
    const auto* hooks = find_entity_hooks(target.set_name);
    if (hooks == nullptr || hooks->tombstone == nullptr) return std::optional<Record>{};
    auto record = hooks->tombstone(context_, key);
    LAZULITE_CHECK(compute(context_, {&record, 1}));
    return std::optional{std::move(record)};
  }

  HookContext& context_;
  std::int64_t left_ = kMaxExpanded;
};

}  // namespace

Result<void> expand(HookContext& context, std::vector<Entry>& entries, std::span<const odata::ExpandItem> items) {
  Level level;
  for (auto& each : entries) level.push_back(&each);
  return Expander(context).run(level, items);
}

}  // namespace lazulite::api
