#include "schema/odata/json_reader.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::odata {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxMembers = 200;

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<JsonValue> document() {
    LAZULITE_TRY(auto out, value(0));
    skip_space();
    if (at_ != text_.size()) return bad("nothing may follow the value");
    return out;
  }

 private:
  Error bad(std::string_view why) const {
    return fail(ErrorCode::kInvalidArgument, "Parsing request content failed due to: invalid JSON at byte {}: {}.", at_,
                why);
  }
  void skip_space() {
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) <= ' ') ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<JsonValue> value(int depth) {
    if (depth > kMaxDepth) return bad("it is nested too deeply");
    skip_space();
    if (at_ == text_.size()) return bad("a value is missing");
    const char c = text_[at_];
    if (c == '{') return object(depth);
    if (c == '[') return array(depth);
    if (c == '"' || c == '\'') {
      LAZULITE_TRY(auto text, string());
      return JsonValue{std::move(text)};
    }
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    return word();
  }

  Result<JsonValue> object(int depth) {
    ++at_;
    JsonObject out;
    while (!take('}')) {
      if (out.size() == kMaxMembers) return bad("an object has too many members");
      skip_space();
      if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return bad("a member's name is missing");
      LAZULITE_TRY(auto name, string());
      if (!take(':')) return bad("a colon is missing");
      LAZULITE_TRY(auto member, value(depth + 1));
      const auto same =
          std::find_if(out.begin(), out.end(), [&name](const JsonMember& each) { return each.name == name; });
      if (same != out.end()) {
        same->value = std::move(member);
      } else {
        out.push_back({std::move(name), std::move(member)});
      }
      if (take(',')) continue;
      if (!take('}')) return bad("a comma or } is missing");
      break;
    }
    return JsonValue{std::move(out)};
  }

  Result<JsonValue> array(int depth) {
    ++at_;
    JsonArray out;
    while (!take(']')) {
      LAZULITE_TRY(auto item, value(depth + 1));
      out.push_back(std::move(item));
      if (take(',')) continue;
      if (!take(']')) return bad("a comma or ] is missing");
      break;
    }
    return JsonValue{std::move(out)};
  }

  Result<std::string> string() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        LAZULITE_CHECK(escape(out));
      } else {
        out += text_[at_++];
      }
    }
    if (at_ == text_.size()) return bad("a text does not end");
    ++at_;
    return out;
  }

  Result<void> escape(std::string& out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt'";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t'";
    ++at_;
    if (at_ == text_.size()) return bad("a text does not end");
    const char c = text_[at_++];
    if (c == 'u') return unicode_escape(out);
    const auto which = kLetters.find(c);
    if (which == std::string_view::npos) return bad("an escape is unknown");
    out += kMeanings[which];
    return {};
  }

  // \uXXXX, with its second half when it is a surrogate; a half alone becomes U+FFFD.
  Result<void> unicode_escape(std::string& out) {
    LAZULITE_TRY(auto code, hex4());
    if (code == 0) return bad("U+0000 is not allowed");
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const auto before = at_;
      at_ += 2;
      LAZULITE_TRY(const auto low, hex4());
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = before;
      }
    }
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return {};
  }

  Result<std::uint32_t> hex4() {
    if (text_.size() - at_ < 4) return bad("an escape is too short");
    std::uint32_t out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_++];
      const auto digit =
          std::string_view{"0123456789abcdef"}.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
      if (digit == std::string_view::npos) return bad("an escape is not hexadecimal");
      out = out * 16 + static_cast<std::uint32_t>(digit);
    }
    return out;
  }

  Result<JsonValue> number() {
    const auto begin = at_;
    while (at_ < text_.size() && std::string_view{"+-.eE0123456789"}.find(text_[at_]) != std::string_view::npos) ++at_;
    const auto digits = text_.substr(begin, at_ - begin);
    if (digits.size() > 64 || !parse_double(digits)) return bad("a number is not valid");
    return JsonValue{JsonNumber{std::string{digits}}};
  }

  Result<JsonValue> word() {
    const auto rest = text_.substr(at_);
    if (rest.starts_with("true")) return at_ += 4, JsonValue{true};
    if (rest.starts_with("false")) return at_ += 5, JsonValue{false};
    if (rest.starts_with("null")) return at_ += 4, JsonValue{};
    return bad("this is no JSON value");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  const auto* object = as<JsonObject>();
  if (object == nullptr) return nullptr;
  const auto hit =
      std::find_if(object->begin(), object->end(), [name](const JsonMember& each) { return each.name == name; });
  return hit == object->end() ? nullptr : &hit->value;
}

Result<JsonValue> read_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "Parsing request content failed due to: the body is not valid UTF-8 text.");
  }
  return Reader(text).document();
}

}  // namespace lazulite::odata
