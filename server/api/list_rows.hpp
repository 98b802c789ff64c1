// The rows of a collection under its query options: from the table by SQL where that is possible, else in memory (sets
// without a table, linked rows with their tombstones, conditions on computed properties). One page at a time.
#pragma once

#include "schema/odata/query_options.hpp"
#include "server/api/related_rows.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite::api {

struct RowPage {
  std::vector<model::Record> records;  // computed properties filled in
  std::optional<std::int64_t> count;   // with $inlinecount=allpages
  std::string next_token;              // of $skiptoken; empty on the last page
};

// target.kind is kCollection, or kLinks to many. Errors: NotFound for the source of a navigation, InvalidArgument for a
// bad token.
Result<RowPage> list_rows(HookContext& context, const odata::ODataTarget& target, const odata::QueryOptions& options);

// How many rows list_rows would give over all pages.
Result<std::int64_t> count_rows(HookContext& context, const odata::ODataTarget& target,
                                const odata::QueryOptions& options);

}  // namespace lazulite::api
