#include "storage/rows/query.hpp"

#include "storage/rows/sql_text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cassert>
#include <charconv>

namespace lazulite::rows {

std::string sql_name(std::string_view identifier) {
  assert(identifier.find('"') == std::string_view::npos);
  return fmt::format("\"{}\"", identifier);
}

SqlFragment equals(const model::EntityType& type, std::string_view property, model::Value value) {
  [[maybe_unused]] const auto* found = type.find_property(property);
  assert(found != nullptr && !found->has(model::kComputed));
  if (value.is_null()) return {sql_name(property) + " IS NULL", {}};
  SqlFragment out{sql_name(property) + " = :p1", {}};
  out.values.push_back(std::move(value));
  return out;
}

SqlFragment less_than(const model::EntityType& type, std::string_view property, model::Value value) {
  [[maybe_unused]] const auto* found = type.find_property(property);
  assert(found != nullptr && !found->has(model::kComputed));
  SqlFragment out{sql_name(property) + " < :p1", {}};
  out.values.push_back(std::move(value));
  return out;
}

SqlFragment both(SqlFragment left, SqlFragment right) {
  if (left.text.empty()) return right;
  if (right.text.empty()) return left;
  left.text = fmt::format("({}) AND ({})", left.text, renumbered(right.text, left.values.size()));
  for (auto& each : right.values) left.values.push_back(std::move(each));
  return left;
}

std::string renumbered(std::string_view text, std::size_t by) {
  std::string out;
  out.reserve(text.size() + 8);
  char quote = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (quote == 0 && text.substr(i).starts_with(":p")) {
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(text.data() + i + 2, text.data() + text.size(), number);
      if (error == std::errc{}) {
        out += fmt::format(":p{}", number + by);
        i = static_cast<std::size_t>(end - text.data());
        continue;
      }
    }
    if (c == '\'' || c == '"') quote = quote == 0 ? c : quote == c ? '\0' : quote;
    out += c;
    ++i;
  }
  return out;
}

std::string SqlText::bind(model::Value value) {
  values.push_back(std::move(value));
  return fmt::format(":p{}", values.size());
}

std::string SqlText::bind_list(std::span<const std::string> texts) {
  boost::json::array list(texts.begin(), texts.end());
  return fmt::format("(SELECT value FROM json_each({}))", bind(boost::json::serialize(list)));
}

void SqlText::append(const SqlFragment& fragment) {
  text += renumbered(fragment.text, values.size());
  values.insert(values.end(), fragment.values.begin(), fragment.values.end());
}

}  // namespace lazulite::rows
