// What libFuzzer calls, and replay.cpp in ordinary builds.
#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name, not ours.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lazulite::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An input that breaks a promise ends the run: sanitizers and libFuzzer report where.
inline void must(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// Foreign input is refused as the client's fault, with a message, and never as an internal error.
template <class T>
bool accepted(const Result<T>& result) {
  if (result) return true;
  const auto& error = result.error();
  must(!error.message.empty(), "every refusal says why");
  must(error.code != ErrorCode::kInternal && error.code != ErrorCode::kIo, "foreign input is no error of ours");
  return false;
}

}  // namespace lazulite::fuzz
