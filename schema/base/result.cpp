#include "schema/base/result.hpp"

#include <array>
#include <ostream>
#include <stdexcept>

namespace lazulite {

const char* error_code_name(ErrorCode code) {
  static constexpr std::array kNames = {
      "InvalidArgument", "NotFound", "Conflict", "PreconditionFailed", "Unauthorized", "Forbidden",
      "Unsupported",     "TooLarge", "Io",       "Cancelled",          "Internal"};
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "Unknown";
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  out << error_code_name(error.code) << ": " << error.message;
  return error.detail.empty() ? out : out << " [" << error.detail << ']';
}

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
  throw std::logic_error(fmt::format("value() of a failed Result at {}:{}: {}: {}", location.file_name(),
                                     location.line(), error_code_name(error.code), error.message));
}

}  // namespace lazulite
