#include "encoder/presets/preset_fields.hpp"

#include "encoder/presets/time_text.hpp"

#include <algorithm>

namespace lazulite::encoder {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

std::optional<std::string> scalar_text(const json::value& value) {
  if (value.is_string())
    return std::string{trim(std::string_view{value.get_string().data(), value.get_string().size()})};
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_double()) return fmt::format("{}", value.get_double());
  return std::nullopt;
}

}  // namespace

const json::value* Fields::find(std::string_view key) const {
  const auto found = std::find_if(object_->begin(), object_->end(), [key](const json::key_value_pair& member) {
    return equals_ignoring_case({member.key().data(), member.key().size()}, key);
  });
  return found == object_->end() || found->value().is_null() ? nullptr : &found->value();
}

Result<void> Fields::only(std::initializer_list<std::string_view> keys) const {
  for (const json::key_value_pair& member : *object_) {
    const std::string_view name{member.key().data(), member.key().size()};
    const bool known =
        std::any_of(keys.begin(), keys.end(), [name](std::string_view key) { return equals_ignoring_case(key, name); });
    if (!known) return bad_preset("{}: the element '{}' is not supported", path_, name.substr(0, 100));
  }
  return {};
}

Result<std::optional<std::string>> Fields::text(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::optional<std::string>{};
  auto text = scalar_text(*value);
  if (!text) return bad_preset("{}.{}: must be a single value", path_, key);
  return text;
}

Result<int> Fields::integer(std::string_view key, int otherwise, int least, int most) const {
  LAZULITE_TRY(const auto word, text(key));
  if (!word) return otherwise;
  const auto value = parse_int64(*word);
  if (!value || *value < least || *value > most)
    return bad_preset("{}.{}: '{}' is not between {} and {}", path_, key, *word, least, most);
  return static_cast<int>(*value);
}

Result<int> Fields::required_integer(std::string_view key, int least, int most) const {
  if (find(key) == nullptr) return bad_preset("{}: {} is missing", path_, key);
  return integer(key, least, least, most);
}

Result<double> Fields::number(std::string_view key, double otherwise, double least, double most) const {
  LAZULITE_TRY(const auto word, text(key));
  if (!word || word->empty()) return otherwise;
  const auto value = parse_double(*word);
  if (!value || !(*value >= least) || *value > most)
    return bad_preset("{}.{}: '{}' is not between {} and {}", path_, key, *word, least, most);
  return *value;
}

Result<Dimension> Fields::side(std::string_view key, int least) const {
  LAZULITE_TRY(const auto word, text(key));
  if (!word || word->empty()) return Dimension{};
  const bool percent = word->back() == '%';
  const auto value = parse_int64(trim(std::string_view{*word}.substr(0, word->size() - (percent ? 1 : 0))));
  if (!value || *value < least || *value > (percent ? 100 : 8192))
    return bad_preset("{}.{}: '{}' is neither {} to 8192 pixels nor {}% to 100%", path_, key, *word, least, least);
  return Dimension{percent ? Dimension::Unit::kPercent : Dimension::Unit::kPixels, static_cast<int>(*value)};
}

Result<bool> Fields::boolean(std::string_view key, bool otherwise) const {
  LAZULITE_TRY(const auto word, text(key));
  if (!word) return otherwise;
  if (equals_ignoring_case(*word, "true") || *word == "1") return true;
  if (equals_ignoring_case(*word, "false") || *word == "0") return false;
  return bad_preset("{}.{}: '{}' is neither true nor false", path_, key, *word);
}

Result<milliseconds> Fields::duration(std::string_view key, milliseconds otherwise, milliseconds least,
                                      milliseconds most) const {
  LAZULITE_TRY(const auto word, text(key));
  if (!word) return otherwise;
  const auto value = parse_time_span(*word);
  if (!value || *value < least || *value > most) {
    return bad_preset("{}.{}: '{}' is not a time between {} and {} ms", path_, key, *word, least.count(), most.count());
  }
  return *value;
}

Result<std::vector<Fields>> Fields::objects(std::string_view key) const {
  std::vector<Fields> list;
  const json::value* value = find(key);
  if (value == nullptr) return list;
  if (value->is_object()) {
    list.emplace_back(value->get_object(), std::string{key});
    return list;
  }
  if (!value->is_array()) return bad_preset("{}.{}: must be a list", path_, key);
  for (const json::value& item : value->get_array()) {
    if (!item.is_object()) return bad_preset("{}.{}: item {} is not an object", path_, key, list.size());
    list.emplace_back(item.get_object(), fmt::format("{}[{}]", key, list.size()));
  }
  return list;
}

Result<Fields> Fields::object(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr || !value->is_object()) return bad_preset("{}: {} is missing", path_, key);
  return Fields{value->get_object(), fmt::format("{}.{}", path_, key)};
}

}  // namespace lazulite::encoder
