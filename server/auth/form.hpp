// The form body of a token request, read with the tolerances that known clients need (accounts-storage.md B.1).
#pragma once

#include "schema/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::auth {

class Form {
 public:
  static constexpr std::size_t kMaxBytes = 64U << 10U;
  static constexpr std::size_t kMaxFields = 64;

  // Whatever the Content-Type says; white space around names and values does not count, and a JSON string that holds
  // the form is unwrapped. InvalidArgument for a wrong percent code, U+0000 or invalid UTF-8; TooLarge over the limits.
  static Result<Form> parse(std::string_view body);

  // The first non-empty field of that name, without white space around it. Names compare without case.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  // As find(), for a secret: also what the client meant if it sent '+' without encoding it (which reads as a space).
  [[nodiscard]] std::vector<std::string> find_secret(std::string_view name) const;

 private:
  [[nodiscard]] std::string_view value_of(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> fields_;  // decoded
};

// Both readings of a form-decoded secret: as it stands, and with the spaces turned back into '+'.
std::vector<std::string> secret_readings(std::string_view decoded);

}  // namespace lazulite::auth
