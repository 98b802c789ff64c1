#include "storage/blobs/block_number.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::blobs {
namespace {

constexpr std::size_t kIdLimit = 64;             // decoded bytes (C.3)
constexpr std::uint64_t kBlockNumbers = 50'000;  // blocks of a blob: a greater number is a byte offset

}  // namespace

Result<void> check_block_id(std::string_view id) {
  const auto decoded = base64_decode(id);
  const bool has_padding = id.size() % 4 == 0;
  if (decoded && has_padding && !decoded->empty() && decoded->size() <= kIdLimit) return {};
  return fail_with(ErrorCode::kInvalidArgument, "InvalidBlockId", "a block id is base64 of 1 to 64 bytes");
}

std::optional<std::uint64_t> block_number(std::string_view id, std::uint64_t unit) {
  const auto decoded = base64_decode(id);
  if (!decoded || unit == 0) return std::nullopt;
  const auto text = as_text(*decoded);
  auto digits = text.substr(text.find_last_not_of("0123456789") + 1);
  const bool padded = digits.size() > 1 && digits.front() == '0';
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.empty() ? 0 : digits.size() - 1));
  auto number = parse_uint64(digits);
  if (!number) return std::nullopt;
  if (*number >= kBlockNumbers) return *number % unit == 0 ? std::optional{*number / unit} : std::nullopt;
  if (padded) return number;
  return *number == 0 ? std::nullopt : std::optional{*number - 1};
}

}  // namespace lazulite::blobs
