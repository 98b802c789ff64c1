// $skiptoken: where the next page begins. Of rows in a table it holds the last row's values in the order of the list,
// so rows that come and go meanwhile neither repeat nor hide others; of lists made in memory it holds how many to skip.
// Hostile text is InvalidArgument.
#pragma once

#include "schema/model/record.hpp"
#include "storage/rows/query.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::api {

std::string make_skip_token(std::span<const rows::Order> order, const model::Record& last);
// As many values as orders, of their types.
Result<std::vector<model::Value>> parse_skip_token(std::span<const rows::Order> order, std::string_view token);

std::string make_offset_token(std::int64_t offset);
Result<std::int64_t> parse_offset_token(std::string_view token);

}  // namespace lazulite::api
