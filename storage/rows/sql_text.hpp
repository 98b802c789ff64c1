// A statement under construction: text and the values bound so far. For the .cpp files of storage/rows.
#pragma once

#include "storage/rows/query.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

struct SqlText {
  std::string text;
  std::vector<model::Value> values;

  // Keeps the value and returns its placeholder, ":p7".
  std::string bind(model::Value value);
  std::string bind(std::string_view value) { return bind(model::Value{std::string{value}}); }
  // Keeps the texts as one value and returns what stands after IN. One placeholder each would cost the engine the
  // square of their number, and a statement for every number.
  std::string bind_list(std::span<const std::string> texts);
  // Adds a condition with its placeholders moved behind those bound so far.
  void append(const SqlFragment& fragment);
};

// Every placeholder :pN becomes :p(N + by); what stands in quotes is left alone.
std::string renumbered(std::string_view text, std::size_t by);

}  // namespace lazulite::rows
