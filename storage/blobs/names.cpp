#include "storage/blobs/names.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::blobs {
namespace {

constexpr std::size_t kKeyLimit = 200;      // leaves room for "~<uuid>" within the 255 bytes of a file name
constexpr std::size_t kPrefixLength = 100;  // of a shortened key

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_account_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 && std::all_of(name.begin(), name.end(), is_lower_or_digit);
}

bool is_container_name(std::string_view name) {
  if (name == "$root" || name == "$logs" || name == "$web") return true;
  if (name.size() < 3 || name.size() > 63 || name.front() == '-' || name.back() == '-') return false;
  return name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return c == '-' || is_lower_or_digit(c); });
}

}  // namespace

Result<void> check_container(const ContainerRef& ref) {
  if (!is_account_name(ref.account) || !is_container_name(ref.container)) {
    return fail_with(ErrorCode::kInvalidArgument, "InvalidResourceName",
                     "the account or container name breaks the naming rules");
  }
  return {};
}

Result<void> check_blob(const BlobRef& ref) {
  LAZULITE_CHECK(check_container(ref.container));
  const auto bad = [](std::string_view why) {
    return fail_with(ErrorCode::kInvalidArgument, "InvalidUri", "the blob name {}", why);
  };
  if (ref.name.empty()) return bad("is empty");
  if (ref.name.size() > kBlobNameLimit) return bad("is longer than 1024 bytes");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(ref.name.begin(), ref.name.end(), is_control)) return bad("has a control character");
  if (!is_valid_utf8(ref.name)) return bad("is not UTF-8");
  for (const auto segment : split(ref.name, '/')) {
    if (segment == "." || segment == "..") return bad("has a segment '.' or '..'");
  }
  return {};
}

std::string file_key(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string key;
  for (const char c : name) {
    if (is_lower_or_digit(c) || c == '_' || c == '-' || (c == '.' && !key.empty())) {
      key += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      ((key += '%') += kHex[byte >> 4U]) += kHex[byte & 15U];
    }
  }
  if (key.size() <= kKeyLimit) return key;
  return key.substr(0, kPrefixLength) + "~" + to_hex(sha256(as_bytes(name)));
}

std::string name_of_key(std::string_view key) {
  if (key.find('~') != std::string_view::npos) return {};
  auto name = percent_decode(key);
  return name ? std::move(*name) : std::string{};
}

}  // namespace lazulite::blobs
