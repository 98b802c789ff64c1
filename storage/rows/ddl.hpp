// Tables from entity types: one per set, with the columns `account` and every stored property, and one link table per
// linked navigation. For migrations.
#pragma once

#include "schema/model/edm.hpp"
#include "storage/rows/database.hpp"

#include <string>
#include <string_view>

namespace lazulite::rows {

// The table, its indexes (every kIndexed property; Created, the default order) and the link tables of its linked
// navigations. The key is unique within an account.
Result<void> create_table(Session& session, const model::EntityType& type);
// For a property added to a type whose table exists: adds each column that is missing, filled with null or the type's
// zero, with its index. A new file got the column from create_table, so the same migration fits both.
Result<void> add_missing_columns(Session& session, const model::EntityType& type);
// The same for a linked navigation added to such a type: makes each link table that is missing.
Result<void> add_missing_link_tables(Session& session, const model::EntityType& type);
// A unique index over columns (`account` is one only when named) or expressions over them.
Result<void> create_unique_index(Session& session, const model::EntityType& type, std::string_view name,
                                 std::string_view columns);

// "Jobs_OutputMediaAssets": (account, source, target, position); unique (account, source, target); links outlive their
// target.
std::string link_table(const model::EntityType& source, const model::Navigation& navigation);

}  // namespace lazulite::rows
