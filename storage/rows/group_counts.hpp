// How many rows have which pair of values, in one query: the statistics of ingest manifests.
#pragma once

#include "schema/model/edm.hpp"
#include "storage/rows/database.hpp"
#include "storage/rows/query.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

struct GroupCount {
  std::string group;        // value of a text property
  std::int64_t member = 0;  // value of a number property
  std::int64_t count = 0;
};

// Of the rows that meet the condition, by two stored properties that are not nullable. Pairs without rows are left out.
Result<std::vector<GroupCount>> count_groups(Session& session, std::string_view account, const model::EntityType& type,
                                             std::string_view group, std::string_view member,
                                             const SqlFragment& condition);

}  // namespace lazulite::rows
