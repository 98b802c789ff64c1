// Walks the boxes of a file or a container (ISO/IEC 14496-12 §4.2) whatever its bytes are: sizes of 32 and 64 bits,
// size 0 (to the end), sizes that do not fit. Pure; views into the caller's bytes.
#pragma once

#include "packager/mp4/box_io.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lazulite::packager::mp4 {

struct BoxView {
  FourCc type = 0;
  std::uint64_t offset = 0;  // of the box, within the bytes that are walked
  std::span<const std::uint8_t> payload;
  std::span<const std::uint8_t> whole;  // with its header
  bool complete = true;                 // false: its size goes beyond the bytes; payload is what there is
};

// The box at `offset`; nullopt at the end or where fewer than 8 bytes are left. InvalidArgument for a size that is
// smaller than the box's own header.
Result<std::optional<BoxView>> box_at(std::span<const std::uint8_t> bytes, std::uint64_t offset);

// All boxes of a container in order. Unsupported (MPE_INPUT_FORMAT_NOT_SUPPORTED) for an impossible size, a box that
// goes beyond its container, or more than 4096 of them.
Result<std::vector<BoxView>> child_boxes(std::span<const std::uint8_t> container);

// The first of that type, or null.
const BoxView* find_box(std::span<const BoxView> boxes, FourCc type);

}  // namespace lazulite::packager::mp4
