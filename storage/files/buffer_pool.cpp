#include "storage/files/buffer_pool.hpp"

#include <mutex>
#include <vector>

namespace lazulite::files {
namespace {

constexpr std::size_t kGranule = 256 * 1024;  // sizes are rounded up, so that most buffers fit most segments

struct Buffer {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t size = 0;
};

}  // namespace

struct BufferPool::Idle {
  const std::size_t max_bytes;
  std::mutex mutex;
  std::vector<Buffer> buffers;  // the last one was used last: its bytes are most likely in the processor's cache
  std::size_t bytes = 0;

  explicit Idle(std::size_t max) : max_bytes(max) {}

  Buffer take(std::size_t wanted) {
    const std::lock_guard lock{mutex};
    for (std::size_t i = buffers.size(); i > 0; --i) {
      if (buffers[i - 1].size < wanted) continue;
      Buffer found = std::move(buffers[i - 1]);
      buffers.erase(buffers.begin() + static_cast<std::ptrdiff_t>(i - 1));
      bytes -= found.size;
      return found;
    }
    return {};
  }

  void give_back(Buffer buffer) {
    const std::lock_guard lock{mutex};
    if (bytes + buffer.size > max_bytes) return;
    bytes += buffer.size;
    buffers.push_back(std::move(buffer));
  }
};

BufferPool::BufferPool(std::size_t max_idle_bytes) : idle_(std::make_shared<Idle>(max_idle_bytes)) {}

std::shared_ptr<std::uint8_t[]> BufferPool::take(std::size_t bytes) {
  Buffer buffer = idle_->take(bytes);
  if (!buffer.bytes) {
    buffer.size = (bytes + kGranule - 1) / kGranule * kGranule;
    buffer.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(buffer.size);
  }
  const auto owner = std::make_shared<Buffer>(std::move(buffer));
  return {owner->bytes.get(), [idle = idle_, owner](std::uint8_t*) { idle->give_back(std::move(*owner)); }};
}

}  // namespace lazulite::files
