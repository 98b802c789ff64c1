#include "storage/files/buffer_pool.hpp"

#include "storage/files/file.hpp"
#include "storage/files/residency.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

using namespace lazulite;
using namespace lazulite::files;

TEST_CASE("a buffer is used again once nobody holds it", "[unit][storage]") {
  BufferPool pool{4 << 20};
  auto first = pool.take(1'000'000);
  std::memset(first.get(), 1, 1'000'000);
  const auto* address = first.get();
  auto second = pool.take(1'000'000);
  CHECK(second.get() != address);
  std::shared_ptr<const std::uint8_t[]> kept = first;
  first.reset();
  CHECK(pool.take(10).get() != address);
  kept.reset();
  CHECK(pool.take(900'000).get() == address);
  CHECK(pool.take(3'000'000).get() != address);  // too small for that
}

TEST_CASE("idle buffers are bounded, and outlive the pool where they are held", "[unit][storage]") {
  std::optional<BufferPool> pool{1 << 20};
  std::vector<std::shared_ptr<std::uint8_t[]>> held;
  held.reserve(20);
  for (int i = 0; i < 20; ++i) held.push_back(pool->take(500'000));
  const auto last = held.back();
  held.clear();  // only two of them fit
  pool.reset();
  std::memset(last.get(), 2, 500'000);
}

TEST_CASE("threads may take and give back at the same time", "[unit][storage]") {
  BufferPool pool{8 << 20};
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<int> mixed{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto buffer = pool.take(100'000);
        std::memset(buffer.get(), t, 100'000);
        if (buffer[0] != t || buffer[99'999] != t) ++mixed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(mixed == 0);
}

TEST_CASE("what was just read is in memory", "[unit][storage]") {
  const test::TemporaryFolder folder;
  const std::string bytes(100'000, 'x');
  test::write_text(folder.path() / "a", bytes);
  const auto file = MappedFile::map(open_for_reading(folder.path() / "a").value()).value();
  CHECK(std::string(file->bytes().begin(), file->bytes().end()) == bytes);
  CHECK(is_in_memory(file->bytes()));
  CHECK(is_in_memory(file->bytes().subspan(5'000, 1)));
  CHECK(is_in_memory(file->bytes().subspan(99'999)));
  CHECK(is_in_memory({}));
}
