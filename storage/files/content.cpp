#include "storage/files/content.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::files {

void Content::append(FileRange range) {
  if (range.length == 0) return;
  if (!parts_.empty()) {
    if (auto* last = std::get_if<FileRange>(&parts_.back());
        last != nullptr && last->file == range.file && last->offset + last->length == range.offset) {
      last->length += range.length;
      return;
    }
  }
  parts_.emplace_back(std::move(range));
}

std::span<const std::uint8_t> bytes_of(const ContentPart& part) {
  struct Visitor {
    std::span<const std::uint8_t> operator()(const std::string& text) const { return as_bytes(text); }
    std::span<const std::uint8_t> operator()(const FileRange& range) const { return range.bytes(); }
    std::span<const std::uint8_t> operator()(const BufferRange& range) const { return range.bytes(); }
    std::span<const std::uint8_t> operator()(const SharedBytes& shared) const { return as_bytes(*shared); }
  };
  return std::visit(Visitor{}, part);
}

std::uint64_t Content::size() const {
  std::uint64_t total = 0;
  for (const auto& part : parts_) total += bytes_of(part).size();
  return total;
}

Content Content::slice(std::uint64_t offset, std::uint64_t length) const {
  Content out;
  for (const auto& part : parts_) {
    const std::uint64_t size = bytes_of(part).size();
    if (offset >= size) {
      offset -= size;
      continue;
    }
    const std::uint64_t take = std::min(size - offset, length);
    if (take == 0) break;
    if (const auto* range = std::get_if<FileRange>(&part)) {
      out.append(FileRange{range->file, range->offset + offset, take});
    } else if (const auto* buffer = std::get_if<BufferRange>(&part)) {
      out.append(BufferRange{buffer->buffer, buffer->offset + offset, take});
    } else {
      out.append(std::string{as_text(bytes_of(part).subspan(offset, take))});
    }
    length -= take;
    offset = 0;
  }
  return out;
}

std::string Content::text() const {
  std::string out;
  for (const auto& part : parts_) out += as_text(bytes_of(part));
  return out;
}

}  // namespace lazulite::files
