// Words of a $filter: literals (api.md 2.5 "URI literals"), names and punctuation. Private to filter_parser.
#pragma once

#include "schema/base/result.hpp"
#include "schema/model/edm.hpp"

#include <string>
#include <string_view>

namespace lazulite::odata {

struct FilterToken {
  enum class Kind : std::uint8_t { kEnd, kName, kLiteral, kOpen, kClose, kComma, kMinus };
  Kind kind = Kind::kEnd;
  std::string_view text;                          // of a name; may hold '/' and '.'
  model::EdmType type = model::EdmType::kString;  // of a literal
  model::Value value;                             // null for the literal `null`
  std::size_t position = 0;                       // bytes from the beginning
};

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}
  // InvalidArgument for a malformed literal or a stray character.
  Result<FilterToken> next();

 private:
  Result<std::string> quoted();  // at an apostrophe
  Result<FilterToken> number();
  Result<FilterToken> prefixed(std::string_view prefix);  // datetime'…', guid'…', time'…'

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace lazulite::odata
