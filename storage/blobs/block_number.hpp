// Block ids: what is allowed, and the number that clients write into them.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lazulite::blobs {

// InvalidArgument "InvalidBlockId" unless it is base64 of 1 to 64 bytes.
Result<void> check_block_id(std::string_view id);

// Where in its blob a block of this id will most likely come to stand, counted in blocks of `unit` bytes from 0:
// "BlockId0000007" and "…-000007" are block 7, "block-id-8" (not padded, counted from 1) too, and so is a padded byte
// offset of 7 units. A guess for placing blocks only; nullopt when the id ends without digits.
std::optional<std::uint64_t> block_number(std::string_view id, std::uint64_t unit);

}  // namespace lazulite::blobs
