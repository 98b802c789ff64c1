// BufferPool: large buffers that are used again, since fresh memory costs a page fault for every 4 KiB. A buffer comes
// back when the last owner of it is gone, on any thread, also after the pool itself. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace lazulite::files {

class BufferPool {
 public:
  // Idle buffers beyond that many bytes are given back to the system.
  explicit BufferPool(std::size_t max_idle_bytes);

  // At least that many bytes, of any content.
  [[nodiscard]] std::shared_ptr<std::uint8_t[]> take(std::size_t bytes);

 private:
  struct Idle;
  std::shared_ptr<Idle> idle_;
};

}  // namespace lazulite::files
