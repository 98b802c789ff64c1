#include "schema/base/ids.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

Uuid Uuid::random() {
  Uuid id;
  random_bytes(id.bytes);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  std::string_view inner = text;
  if (inner.size() == 38 && inner.front() == '{' && inner.back() == '}') inner = inner.substr(1, 36);
  Uuid id;
  bool ok = inner.size() == 36;
  std::size_t nibble = 0;
  for (std::size_t i = 0; ok && i < inner.size(); ++i) {
    if (is_dash_position(i)) {
      ok = inner[i] == '-';
      continue;
    }
    const int digit = hex_digit(inner[i]);
    ok = digit >= 0;
    auto& byte = id.bytes[nibble / 2];
    byte = static_cast<std::uint8_t>(nibble % 2 == 0 ? digit << 4 : byte | digit);
    ++nibble;
  }
  if (!ok) return fail(ErrorCode::kInvalidArgument, "'{}' is not a GUID", text.substr(0, 64));
  return id;
}

std::string Uuid::text() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (const auto byte : bytes) {
    if (is_dash_position(out.size())) out += '-';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::array<std::uint8_t, 16> Uuid::dotnet_bytes() const {
  auto out = bytes;
  std::reverse(out.begin(), out.begin() + 4);
  std::reverse(out.begin() + 4, out.begin() + 6);
  std::reverse(out.begin() + 6, out.begin() + 8);
  return out;
}

std::string new_entity_id(std::string_view prefix) { return std::string{prefix} + Uuid::random().text(); }

Result<std::string> normalize_entity_id(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 36 || !equals_ignoring_case(text.substr(0, prefix.size()), prefix)) {
    return fail(ErrorCode::kInvalidArgument, "'{}' is not a valid id: it must be {}<GUID>", text.substr(0, 100),
                prefix);
  }
  LAZULITE_TRY(const Uuid guid, Uuid::parse(text.substr(prefix.size())));
  return std::string{prefix} + guid.text();
}

std::string_view guid_of(std::string_view entity_id) {
  const auto colon = entity_id.rfind(':');
  return colon == std::string_view::npos ? entity_id : entity_id.substr(colon + 1);
}

}  // namespace lazulite
