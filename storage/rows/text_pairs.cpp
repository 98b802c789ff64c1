#include "storage/rows/text_pairs.hpp"

#include <boost/json.hpp>

namespace lazulite::rows {

std::string write_text_pairs(const TextPairs& pairs) {
  boost::json::object out;
  for (const auto& [name, value] : pairs) out.emplace(name, value);
  return boost::json::serialize(out);
}

Result<TextPairs> read_text_pairs(std::string_view text) {
  boost::system::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInternal, "a stored column holds no JSON object");
  TextPairs out;
  for (const auto& [name, value] : parsed.get_object()) {
    if (!value.is_string()) return fail(ErrorCode::kInternal, "a stored JSON object holds something else than texts");
    out.emplace_back(std::string(name), std::string(value.get_string()));
  }
  return out;
}

}  // namespace lazulite::rows
