// GUIDs and the ids of entities, "nb:<type>:UUID:<guid>" (api.md 1.8).
#pragma once

#include "schema/base/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite {

// 16 bytes in the order of the text form (not .NET's mixed-endian order; see dotnet_bytes).
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  // Random, version 4. Thread-safe.
  static Uuid random();
  // 8-4-4-4-12 hex digits in any case; braces allowed. InvalidArgument otherwise.
  static Result<Uuid> parse(std::string_view text);
  // Lower case.
  [[nodiscard]] std::string text() const;
  // .NET's Guid.ToByteArray(): first three groups little-endian.
  [[nodiscard]] std::array<std::uint8_t, 16> dotnet_bytes() const;

  auto operator<=>(const Uuid&) const = default;
};

// "nb:cid:UUID:" + a new lower-case GUID.
std::string new_entity_id(std::string_view prefix);

// Brings an id from the wire to its stored form (prefix as given, GUID in lower case). The prefix compares without
// regard to case. InvalidArgument when the prefix or the GUID does not fit.
Result<std::string> normalize_entity_id(std::string_view prefix, std::string_view text);

// The GUID part of "nb:x:UUID:<guid>"; the text itself when it has no prefix.
std::string_view guid_of(std::string_view entity_id);

}  // namespace lazulite
