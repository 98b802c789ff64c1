#include "packager/mp4/box_walk.hpp"

#include "packager/errors.hpp"

#include <algorithm>

namespace lazulite::packager::mp4 {

Result<std::optional<BoxView>> box_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < 8) return std::optional<BoxView>{};
  const auto left = bytes.subspan(offset);
  std::uint64_t size = read_be(left.data(), 4);
  std::uint64_t header = 8;
  if (size == 1) {
    if (left.size() < 16) return std::optional<BoxView>{};
    size = read_be(left.data() + 8, 8);
    header = 16;
  } else if (size == 0) {
    size = left.size();
  }
  BoxView box;
  box.type = static_cast<FourCc>(read_be(left.data() + 4, 4));
  if (size < header) return bad_input("box '{}' at byte {} has size {}", fourcc_text(box.type), offset, size);
  box.offset = offset;
  box.complete = size <= left.size();
  box.whole = left.first(static_cast<std::size_t>(std::min<std::uint64_t>(size, left.size())));
  box.payload = box.whole.subspan(static_cast<std::size_t>(header));
  return std::optional<BoxView>{box};
}

Result<std::vector<BoxView>> child_boxes(std::span<const std::uint8_t> container) {
  constexpr std::size_t kMaxChildren = 4096;
  std::vector<BoxView> boxes;
  for (std::uint64_t offset = 0;;) {
    LAZULITE_TRY(const auto box, box_at(container, offset));
    if (!box) return boxes;
    if (!box->complete) return bad_input("box '{}' goes beyond the box that holds it", fourcc_text(box->type));
    if (boxes.size() == kMaxChildren) return bad_input("a box holds more than {} boxes", kMaxChildren);
    boxes.push_back(*box);
    offset += box->whole.size();
  }
}

const BoxView* find_box(std::span<const BoxView> boxes, FourCc type) {
  const auto found = std::find_if(boxes.begin(), boxes.end(), [type](const BoxView& box) { return box.type == type; });
  return found == boxes.end() ? nullptr : &*found;
}

}  // namespace lazulite::packager::mp4
