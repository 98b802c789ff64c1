// Result<T> and Error: how every fallible function of Lazulite answers. No exceptions cross a folder boundary except
// bad_alloc. A protocol's HTTP status is not here: each wire protocol maps ErrorCode (and, where it needs more,
// `detail`) in its error_catalog.
#pragma once

#include <boost/system/result.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>

namespace lazulite {

enum class ErrorCode : std::uint8_t {
  kInvalidArgument,     // the caller sent something wrong
  kNotFound,            // the named thing does not exist
  kConflict,            // it exists already, or its state forbids this
  kPreconditionFailed,  // a condition of the request (If-Match, ...) does not hold
  kUnauthorized,        // who the caller is could not be established
  kForbidden,           // the caller may not do this
  kUnsupported,         // understood, and not offered
  kTooLarge,            // a length, count or depth is over its limit
  kIo,                  // disk, network or database failed
  kCancelled,           // stopped on request
  kInternal,            // a bug of ours
};

// Name of the code without its k, for logs: "NotFound".
const char* error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // what, which and why, for people
  std::string detail;   // a protocol's own word ("InvalidBlockList", "MPE_FORMAT_NOT_SUPPORTED",
                        // "ErrorParsingConfiguration"), or empty
};

// "NotFound: message", for test output.
std::ostream& operator<<(std::ostream& out, const Error& error);

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

template <class T>
using Result = boost::system::result<T, Error>;

template <class... Args>
[[nodiscard]] Error fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...), {}};
}

// As fail(), with the protocol's own word.
template <class... Args>
[[nodiscard]] Error fail_with(ErrorCode code, std::string detail, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...), std::move(detail)};
}

}  // namespace lazulite

#define LAZULITE_CONCAT_(a, b) a##b
#define LAZULITE_CONCAT(a, b) LAZULITE_CONCAT_(a, b)
#define LAZULITE_TRY_(temporary, declaration, expression, return_word) \
  auto temporary = (expression);                                       \
  if (!temporary) [[unlikely]]                                         \
    return_word std::move(temporary).error();                          \
  declaration = std::move(temporary).value()
#define LAZULITE_CHECK_(temporary, expression, return_word)   \
  if (auto temporary = (expression); !temporary) [[unlikely]] \
  return_word std::move(temporary).error()

// LAZULITE_TRY(auto x, f()): binds the value of f() or returns its error.
#define LAZULITE_TRY(declaration, expression) \
  LAZULITE_TRY_(LAZULITE_CONCAT(result_, __COUNTER__), declaration, expression, return )
// LAZULITE_CHECK(f()): returns the error of a Result<void>.
#define LAZULITE_CHECK(expression) LAZULITE_CHECK_(LAZULITE_CONCAT(check_, __COUNTER__), expression, return )
// The same in a coroutine.
#define LAZULITE_CO_TRY(declaration, expression) \
  LAZULITE_TRY_(LAZULITE_CONCAT(result_, __COUNTER__), declaration, expression, co_return )
#define LAZULITE_CO_CHECK(expression) LAZULITE_CHECK_(LAZULITE_CONCAT(check_, __COUNTER__), expression, co_return )
