// Reads the members of one JSON object of a preset: names in any case, numbers and booleans also in quotes, every error
// with the object's path. Borrows the object; keep the document alive.
#pragma once

#include "encoder/presets/preset.hpp"
#include "schema/base/text.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::encoder {

class Fields {
 public:
  Fields(const boost::json::object& object, std::string path) : object_(&object), path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  // Refuses members that are not listed, by name.
  [[nodiscard]] Result<void> only(std::initializer_list<std::string_view> keys) const;
  // A scalar as text; nullopt when absent or null.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view key) const;
  [[nodiscard]] Result<int> integer(std::string_view key, int otherwise, int least, int most) const;
  [[nodiscard]] Result<int> required_integer(std::string_view key, int least, int most) const;
  [[nodiscard]] Result<double> number(std::string_view key, double otherwise, double least, double most) const;
  // Pixels up to 8192 or percents up to 100, both from `least`; absent when the member is.
  [[nodiscard]] Result<Dimension> side(std::string_view key, int least) const;
  [[nodiscard]] Result<bool> boolean(std::string_view key, bool otherwise) const;
  // [d.]hh:mm:ss[.fffffff] or PT…S.
  [[nodiscard]] Result<std::chrono::milliseconds> duration(std::string_view key, std::chrono::milliseconds otherwise,
                                                           std::chrono::milliseconds least,
                                                           std::chrono::milliseconds most) const;
  // The value of the word; the first row when absent.
  template <class T>
  [[nodiscard]] Result<T> choice(std::string_view key,
                                 std::initializer_list<std::pair<std::string_view, T>> words) const {
    LAZULITE_TRY(const auto word, text(key));
    if (!word) return words.begin()->second;
    for (const auto& [name, value] : words) {
      if (equals_ignoring_case(name, *word)) return value;
    }
    return bad_preset("{}.{}: '{}' is not a known value", path_, key, *word);
  }
  // The objects of a list; empty when absent. A single object counts as a list of one.
  [[nodiscard]] Result<std::vector<Fields>> objects(std::string_view key) const;
  [[nodiscard]] Result<Fields> object(std::string_view key) const;

 private:
  [[nodiscard]] const boost::json::value* find(std::string_view key) const;

  const boost::json::object* object_;
  std::string path_;
};

}  // namespace lazulite::encoder
