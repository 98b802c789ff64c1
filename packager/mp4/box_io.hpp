// Size, write and read of ISO base media boxes (ISO/IEC 14496-12 §4.2) from one list of fields: a box is a struct with
//   static constexpr FourCc kType;
//   template <class Io, class Self> static bool fields(Io& io, Self& box);
// and the three Io classes below run that list. Reading stops at the end of the box: no field is ever read beyond it,
// and a list never has more elements than the box has bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace lazulite::packager::mp4 {

using FourCc = std::uint32_t;
constexpr FourCc fourcc(const char (&text)[5]) {
  FourCc value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(text[i]);
  return value;
}
// Its four characters; anything outside printable ASCII becomes '?'.
inline std::string fourcc_text(FourCc value) {
  std::string text;
  for (unsigned shift = 32; shift != 0; shift -= 8) {
    const auto byte = static_cast<unsigned char>(value >> (shift - 8));
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
  }
  return text;
}

// Unsigned big-endian number of 1 to 8 bytes; the caller has checked the length.
inline std::uint64_t read_be(const std::uint8_t* bytes, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value = value << 8U | bytes[i];
  return value;
}

class BoxSizer {
 public:
  static constexpr bool kReads = false;
  template <class T>
  bool u(unsigned count, const T&) {
    size_ += count;
    return true;
  }
  template <std::size_t N>
  bool bytes(const std::array<std::uint8_t, N>&) {
    size_ += N;
    return true;
  }
  bool rest(const std::vector<std::uint8_t>& value) {
    size_ += value.size();
    return true;
  }
  template <class T, class Each>
  bool list(std::uint32_t, const std::vector<T>& values, const Each& each) {
    for (const T& value : values) each(*this, value);
    return true;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

class BoxWriter {
 public:
  static constexpr bool kReads = false;
  explicit BoxWriter(std::string& out) : out_(out) {}

  template <class T>
  bool u(unsigned count, const T& value) {
    const auto number = static_cast<std::uint64_t>(value);
    std::array<char, 8> bytes{};
    for (unsigned i = 0; i < count; ++i) bytes[i] = static_cast<char>(number >> (8 * (count - 1 - i)));
    out_.append(bytes.data(), count);
    return true;
  }
  template <std::size_t N>
  bool bytes(const std::array<std::uint8_t, N>& value) {
    out_.append(reinterpret_cast<const char*>(value.data()), N);
    return true;
  }
  bool rest(const std::vector<std::uint8_t>& value) {
    out_.append(reinterpret_cast<const char*>(value.data()), value.size());
    return true;
  }
  template <class T, class Each>
  bool list(std::uint32_t, const std::vector<T>& values, const Each& each) {
    for (const T& value : values) each(*this, value);
    return true;
  }

 private:
  std::string& out_;
};

class BoxReader {
 public:
  static constexpr bool kReads = true;
  explicit BoxReader(std::span<const std::uint8_t> payload) : left_(payload) {}

  template <class T>
  bool u(unsigned count, T& value) {
    if (left_.size() < count) return false;
    const std::uint64_t number = read_be(left_.data(), count);
    if constexpr (std::is_signed_v<T>) {  // two's complement of `count` bytes
      const unsigned shift = 64 - 8 * count;
      value = static_cast<T>(static_cast<std::int64_t>(number << shift) >> shift);
    } else {
      value = static_cast<T>(number);
    }
    left_ = left_.subspan(count);
    return true;
  }
  template <std::size_t N>
  bool bytes(std::array<std::uint8_t, N>& value) {
    if (left_.size() < N) return false;
    for (std::size_t i = 0; i < N; ++i) value[i] = left_[i];
    left_ = left_.subspan(N);
    return true;
  }
  bool rest(std::vector<std::uint8_t>& value) {
    value.assign(left_.begin(), left_.end());
    left_ = {};
    return true;
  }
  template <class T, class Each>
  bool list(std::uint32_t count, std::vector<T>& values, const Each& each) {
    if (count > left_.size()) return false;
    values.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!each(*this, values.emplace_back())) return false;
    }
    return true;
  }
  [[nodiscard]] std::span<const std::uint8_t> left() const { return left_; }

 private:
  std::span<const std::uint8_t> left_;
};

// Bytes of the whole box, header included.
template <class Box>
std::size_t box_size(const Box& box) {
  BoxSizer sizer;
  Box::fields(sizer, box);
  return 8 + sizer.size();
}

// Appends the box: size, type, fields. For boxes below 4 GiB.
template <class Box>
void write_box(std::string& out, const Box& box) {
  BoxWriter writer(out);
  writer.u(4, box_size(box));
  writer.u(4, Box::kType);
  Box::fields(writer, box);
}

// Reads the fields from a payload (what follows size and type); nullopt when it is too short for them.
template <class Box>
std::optional<Box> read_box(std::span<const std::uint8_t> payload) {
  BoxReader reader(payload);
  Box box;
  if (!Box::fields(reader, box)) return std::nullopt;
  return box;
}

// A box that holds others: appends its header, then what `children` appends, then sets its size.
template <class Children>
void write_container(std::string& out, FourCc type, const Children& children) {
  const std::size_t start = out.size();
  BoxWriter writer(out);
  writer.u(4, 0U);
  writer.u(4, type);
  children();
  const std::size_t size = out.size() - start;
  for (std::size_t i = 0; i < 4; ++i) out[start + i] = static_cast<char>(size >> (8 * (3 - i)));
}

}  // namespace lazulite::packager::mp4
