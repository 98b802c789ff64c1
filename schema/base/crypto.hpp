// Hashes, MACs and random numbers; the only OpenSSL of this layer, hidden behind plain types. All functions are thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Md5Digest = std::array<std::uint8_t, 16>;

// From the operating system's generator; terminates the program when there is none.
void random_bytes(std::span<std::uint8_t> out);
std::vector<std::uint8_t> random_bytes(std::size_t count);

Sha256Digest sha256(std::span<const std::uint8_t> data);
Md5Digest md5(std::span<const std::uint8_t> data);
Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data);

// Compares without revealing by its time where two texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// MD5 of data that comes in pieces (Content-MD5 of uploads).
class Md5Stream {
 public:
  Md5Stream();
  ~Md5Stream();
  Md5Stream(Md5Stream&&) noexcept;
  Md5Stream& operator=(Md5Stream&&) noexcept;
  void update(std::span<const std::uint8_t> data);
  [[nodiscard]] Md5Digest finish();  // once, at the end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lazulite
