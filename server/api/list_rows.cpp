#include "server/api/list_rows.hpp"

#include "schema/odata/filter_evaluate.hpp"
#include "server/api/skip_token.hpp"
#include "storage/rows/filter_sql.hpp"

#include <algorithm>

namespace lazulite::api {
namespace {

using model::NavigationKind;
using model::Record;
using odata::ODataTarget;
using odata::QueryOptions;

constexpr std::int64_t kMaxRowsInMemory = 50'000;

bool uses_computed(const QueryOptions& options) {
  if (options.filter && options.filter->uses_computed()) return true;
  return std::any_of(options.order.begin(), options.order.end(),
                     [](const auto& each) { return each.property->has(model::kComputed); });
}

bool needs_memory(const ODataTarget& target, const QueryOptions& options) {
  const auto* hooks = find_entity_hooks(target.type->set_name);
  const bool linked = target.navigation != nullptr && target.navigation->kind == NavigationKind::kLinked;
  return linked || (hooks != nullptr && hooks->read_all != nullptr) || uses_computed(options);
}

// $orderby, else the set's own order, with the key behind it: a total order.
std::vector<rows::Order> total_order(const ODataTarget& target, const QueryOptions& options) {
  std::vector<rows::Order> out;
  for (const auto& each : options.order) out.push_back({each.property, each.descending});
  const auto* hooks = find_entity_hooks(target.type->set_name);
  if (out.empty() && target.navigation != nullptr && hooks != nullptr && !hooks->default_order.empty()) {
    out.push_back({target.type->find_property(hooks->default_order), false});
  }
  if (const auto* created = target.type->find_property("Created"); out.empty() && created != nullptr)
    out.push_back({created, false});
  const bool by_key =
      std::any_of(out.begin(), out.end(), [](const auto& each) { return each.property->has(model::kKey); });
  if (!by_key) out.push_back({&target.type->key(), !out.empty() && out.back().descending});
  return out;
}

// The rows that a to-many navigation leads to; no condition for a whole set.
Result<rows::SqlFragment> source_condition(HookContext& context, const ODataTarget& target) {
  if (target.navigation == nullptr) return rows::SqlFragment{};
  LAZULITE_TRY(const auto source, get_row(context, *target.root, target.root_key));
  return rows::equals(*target.type, target.navigation->property, model::Value{source.key()});
}

Result<rows::SqlFragment> full_condition(HookContext& context, const ODataTarget& target, const QueryOptions& options) {
  LAZULITE_TRY(auto condition, source_condition(context, target));
  if (!options.filter) return condition;
  LAZULITE_TRY(auto filter, rows::filter_to_sql(*target.type, *options.filter));
  return rows::both(std::move(condition), std::move(filter));
}

Result<RowPage> page_from_table(HookContext& context, const ODataTarget& target, const QueryOptions& options) {
  RowPage page;
  rows::ListQuery query;
  LAZULITE_TRY(query.condition, full_condition(context, target, options));
  if (options.inline_count) {
    LAZULITE_TRY(page.count, rows::count(context.session, context.account, *target.type, query));
  }
  query.order = total_order(target, options);
  if (options.skip_token.empty()) {
    query.skip = options.skip.value_or(0);
  } else {
    LAZULITE_TRY(const auto values, parse_skip_token(query.order, options.skip_token));
    query.condition = rows::both(std::move(query.condition), rows::after_row(query.order, values));
  }
  const auto page_size = context.services.options.page_size;
  const auto wanted = options.top.value_or(INT64_MAX);
  query.top = wanted > page_size ? page_size + 1 : wanted;  // one more tells whether there is a next page
  LAZULITE_TRY(page.records, rows::list(context.session, context.account, *target.type, query));
  if (wanted > page_size && static_cast<std::int64_t>(page.records.size()) > page_size) {
    page.records.pop_back();
    page.next_token = make_skip_token(query.order, page.records.back());
  }
  LAZULITE_CHECK(compute(context, page.records));
  return page;
}

Result<std::vector<Record>> all_rows(HookContext& context, const ODataTarget& target) {
  if (target.navigation != nullptr && target.navigation->kind == NavigationKind::kLinked) {
    LAZULITE_TRY(const auto source, get_row(context, *target.root, target.root_key));
    return linked_rows(context, source, *target.navigation);
  }
  if (auto rows = rows_without_table(context, *target.type)) return std::move(*rows);
  rows::ListQuery query;
  LAZULITE_TRY(query.condition, source_condition(context, target));
  query.order = total_order(target, {});
  query.top = kMaxRowsInMemory + 1;
  LAZULITE_TRY(auto rows, rows::list(context.session, context.account, *target.type, query));
  if (static_cast<std::int64_t>(rows.size()) > kMaxRowsInMemory) {
    return fail(ErrorCode::kInvalidArgument,
                "Computed properties cannot be used in $filter or $orderby on so many entities.");
  }
  return rows;
}

bool comes_before(const std::vector<odata::OrderKey>& order, const Record& a, const Record& b) {
  for (const auto& key : order) {
    const auto index = a.type->index_of(*key.property);
    const auto compared = odata::compare_values(a.values[index], b.values[index]);
    if (compared != 0) return (compared < 0) != key.descending;
  }
  return false;
}

Result<std::vector<Record>> matching_in_memory(HookContext& context, const ODataTarget& target,
                                               const QueryOptions& options) {
  LAZULITE_TRY(auto rows, all_rows(context, target));
  LAZULITE_CHECK(compute(context, rows));
  if (options.filter)
    std::erase_if(rows, [&options](const Record& each) { return !odata::matches(*options.filter, each); });
  std::stable_sort(rows.begin(), rows.end(),
                   [&options](const Record& a, const Record& b) { return comes_before(options.order, a, b); });
  return rows;
}

Result<RowPage> page_from_memory(HookContext& context, const ODataTarget& target, const QueryOptions& options) {
  LAZULITE_TRY(auto rows, matching_in_memory(context, target, options));
  RowPage page;
  const auto size = static_cast<std::int64_t>(rows.size());
  if (options.inline_count) page.count = size;
  std::int64_t begin = options.skip.value_or(0);
  if (!options.skip_token.empty()) {
    LAZULITE_TRY(begin, parse_offset_token(options.skip_token));
  }
  begin = std::min(begin, size);
  const auto page_size = context.services.options.page_size;
  const auto wanted = std::min(options.top.value_or(INT64_MAX), size - begin);
  const auto end = begin + std::min(wanted, page_size);
  if (wanted > page_size) page.next_token = make_offset_token(end);
  page.records.assign(std::make_move_iterator(rows.begin() + begin), std::make_move_iterator(rows.begin() + end));
  return page;
}

}  // namespace

Result<RowPage> list_rows(HookContext& context, const ODataTarget& target, const QueryOptions& options) {
  return needs_memory(target, options) ? page_from_memory(context, target, options)
                                       : page_from_table(context, target, options);
}

Result<std::int64_t> count_rows(HookContext& context, const ODataTarget& target, const QueryOptions& options) {
  std::int64_t count = 0;
  if (needs_memory(target, options)) {
    LAZULITE_TRY(const auto rows, matching_in_memory(context, target, options));
    count = static_cast<std::int64_t>(rows.size());
  } else {
    rows::ListQuery query;
    LAZULITE_TRY(query.condition, full_condition(context, target, options));
    LAZULITE_TRY(count, rows::count(context.session, context.account, *target.type, query));
  }
  count = std::max<std::int64_t>(0, count - options.skip.value_or(0));
  return std::min(count, options.top.value_or(INT64_MAX));
}

}  // namespace lazulite::api
