#include "schema/odata/filter_lexer.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

namespace lazulite::odata {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.' || c == '/' ||
         c == '$';
}

}  // namespace

Result<std::string> FilterLexer::quoted() {
  const auto begin = at_;
  std::string out;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] != '\'') {
      out += text_[at_];
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
      out += '\'';
      ++at_;
    } else {
      ++at_;
      return out;
    }
  }
  return fail(ErrorCode::kInvalidArgument, "Syntax error in $filter: the text at position {} does not end.", begin);
}

Result<FilterToken> FilterLexer::number() {
  const auto begin = at_;
  bool real = false;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool exponent_sign =
        (c == '+' || c == '-') && at_ > begin && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
    if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' && !exponent_sign) break;
    real = real || !is_digit(c);
    ++at_;
  }
  const auto digits = text_.substr(begin, at_ - begin);
  FilterToken out{FilterToken::Kind::kLiteral, {}, model::EdmType::kInt64, {}, begin};
  if (at_ < text_.size() && std::string_view{"LlMmDdFf"}.find(text_[at_]) != std::string_view::npos) {
    real = real || (text_[at_] != 'L' && text_[at_] != 'l');
    ++at_;
  }
  if (real) {
    const auto parsed = parse_double(digits);
    out.type = model::EdmType::kDouble;
    if (parsed) out.value = model::Value{*parsed};
  } else if (const auto parsed = parse_int64(digits)) {
    out.value = model::Value{*parsed};
  }
  if (out.value.is_null() || (at_ < text_.size() && is_name(text_[at_]))) {
    return fail(ErrorCode::kInvalidArgument, "Syntax error in $filter: the number at position {} is not valid.", begin);
  }
  return out;
}

Result<FilterToken> FilterLexer::prefixed(std::string_view prefix) {
  FilterToken out{FilterToken::Kind::kLiteral, {}, model::EdmType::kString, {}, at_};
  LAZULITE_TRY(auto text, quoted());
  if (equals_ignoring_case(prefix, "datetime") || equals_ignoring_case(prefix, "datetimeoffset")) {
    out.type = model::EdmType::kDateTime;
    LAZULITE_TRY(const auto time, parse_time(text));
    out.value = model::Value{time};
  } else if (equals_ignoring_case(prefix, "guid")) {
    out.type = model::EdmType::kGuid;
    LAZULITE_TRY(const auto guid, Uuid::parse(text));
    out.value = model::Value{guid.text()};
  } else if (equals_ignoring_case(prefix, "time")) {
    out.value = model::Value{std::move(text)};
  } else {
    return fail(ErrorCode::kInvalidArgument, "Syntax error in $filter: unknown literal {}'…'.", prefix);
  }
  return out;
}

Result<FilterToken> FilterLexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  FilterToken out{FilterToken::Kind::kEnd, {}, model::EdmType::kString, {}, at_};
  if (at_ == text_.size()) return out;
  const char c = text_[at_];
  if (c == '(' || c == ')' || c == ',' || (c == '-' && !(at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))) {
    ++at_;
    out.kind = c == '('   ? FilterToken::Kind::kOpen
               : c == ')' ? FilterToken::Kind::kClose
               : c == ',' ? FilterToken::Kind::kComma
                          : FilterToken::Kind::kMinus;
    return out;
  }
  if (c == '\'') {
    out.kind = FilterToken::Kind::kLiteral;
    LAZULITE_TRY(auto text, quoted());
    out.value = model::Value{std::move(text)};
    return out;
  }
  if (c == '-') {
    ++at_;
    LAZULITE_TRY(out, number());
    if (const auto* whole = out.value.as<std::int64_t>()) {
      out.value = model::Value{-*whole};
    } else {
      out.value = model::Value{-*out.value.as<double>()};
    }
    return out;
  }
  if (is_digit(c)) return number();
  const auto begin = at_;
  while (at_ < text_.size() && is_name(text_[at_])) ++at_;
  if (at_ == begin)
    return fail(ErrorCode::kInvalidArgument, "Syntax error in $filter: unexpected character at position {}.", begin);
  out.text = text_.substr(begin, at_ - begin);
  if (at_ < text_.size() && text_[at_] == '\'') return prefixed(out.text);
  out.kind = FilterToken::Kind::kName;
  if (out.text == "true" || out.text == "false" || out.text == "null") {
    out.kind = FilterToken::Kind::kLiteral;
    out.type = model::EdmType::kBoolean;
    if (out.text != "null") out.value = model::Value{out.text == "true"};
  }
  return out;
}

}  // namespace lazulite::odata
