// Names and values as one column: JSON text of an object, in order. For tables of their own in storage/rows.
#pragma once

#include "schema/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::rows {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

std::string write_text_pairs(const TextPairs& pairs);
// Internal when the column holds something else.
Result<TextPairs> read_text_pairs(std::string_view text);

}  // namespace lazulite::rows
