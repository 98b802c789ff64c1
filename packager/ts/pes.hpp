// PES headers (ISO/IEC 13818-1 2.4.3.6) and the cutting of a PES into transport packets of known number.
#pragma once

#include "packager/ts/psi.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace lazulite::packager::ts {

// What the first packet's adaptation field says: nothing (0 bytes), random access (2 bytes) or a PCR too (8 bytes).
struct Adaptation {
  bool random_access = false, has_pcr = false;
  std::uint64_t pcr_base = 0;  // 90 kHz, 33 bits

  [[nodiscard]] std::size_t size() const { return has_pcr ? 8 : random_access ? 2 : 0; }
};

inline constexpr std::size_t kPayloadBytes = kPacketBytes - 4;

constexpr std::size_t packets_for(std::size_t pes_bytes, std::size_t adaptation_bytes) {
  return (pes_bytes + adaptation_bytes + kPayloadBytes - 1) / kPayloadBytes;
}

// A PCR of 48 bits: base, six reserved bits, extension 0 (delivery.md 2.7: base 837000 is 000662c47e00).
inline void put_pcr(std::uint8_t* out, std::uint64_t base) {
  const std::uint64_t value = base << 15U | 0x7E00U;
  for (unsigned i = 0; i < 6; ++i) out[i] = static_cast<std::uint8_t>(value >> (40 - 8 * i));
}

// 5 bytes of PTS or DTS behind a 4-bit mark: 2 PTS alone, 3 PTS of both, 1 DTS.
inline void put_timestamp(std::uint8_t* out, unsigned mark, std::uint64_t time) {
  out[0] = static_cast<std::uint8_t>(mark << 4U | (time >> 29U & 0x0EU) | 1U);
  out[1] = static_cast<std::uint8_t>(time >> 22U);
  out[2] = static_cast<std::uint8_t>((time >> 14U & 0xFEU) | 1U);
  out[3] = static_cast<std::uint8_t>(time >> 7U);
  out[4] = static_cast<std::uint8_t>((time << 1U & 0xFEU) | 1U);
}

struct PesHeader {
  std::array<std::uint8_t, 19> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::uint8_t> view() const { return std::span{bytes}.first(size); }
};

constexpr std::size_t pes_header_bytes(bool has_dts) { return has_dts ? 19 : 14; }

// payload_bytes 0: of unbounded length, as video is.
inline PesHeader pes_header(std::uint8_t stream_id, std::size_t payload_bytes, std::uint64_t pts, std::uint64_t dts) {
  const bool has_dts = pts != dts;
  PesHeader out;
  out.size = pes_header_bytes(has_dts);
  const std::size_t length = payload_bytes == 0 ? 0 : out.size - 6 + payload_bytes;
  out.bytes = {0,   0, 1, stream_id, static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length),
               0x84};  // data_alignment_indicator
  out.bytes[7] = has_dts ? 0xC0 : 0x80;
  out.bytes[8] = has_dts ? 10 : 5;
  put_timestamp(&out.bytes[9], has_dts ? 3 : 2, pts);
  if (has_dts) put_timestamp(&out.bytes[14], 1, dts);
  return out;
}

// Writes one PES after the other into packets. The bytes of a PES are announced by begin() and then put in any pieces;
// stuffing goes into the adaptation field of its last packet. The caller provides room for packets_for() packets.
class Packetizer {
 public:
  explicit Packetizer(std::uint8_t* out) : out_(out) {}

  void begin(std::uint16_t pid, std::uint8_t& counter, std::size_t pes_bytes, const Adaptation& adaptation) {
    pid_high_ = static_cast<std::uint8_t>(pid >> 8U);
    pid_low_ = static_cast<std::uint8_t>(pid);
    counter_ = &counter;
    left_ = pes_bytes;
    open_packet(0x40, &adaptation);
  }

  void put(std::span<const std::uint8_t> bytes) {
    const std::uint8_t* from = bytes.data();
    std::size_t count = bytes.size();
    while (count > 0) {
      if (room_ == 0) {
        while (count >= kPayloadBytes) {  // whole packets: the bulk of all media bytes
          put_header(0, 0x10);
          std::memcpy(out_, from, kPayloadBytes);
          out_ += kPayloadBytes;
          from += kPayloadBytes;
          count -= kPayloadBytes;
          left_ -= kPayloadBytes;
        }
        if (count == 0) return;
        open_packet(0, nullptr);
      }
      const std::size_t piece = std::min(count, room_);
      std::memcpy(out_, from, piece);
      out_ += piece;
      from += piece;
      count -= piece;
      room_ -= piece;
      left_ -= piece;
    }
  }

 private:
  void put_header(std::uint8_t start_flag, std::uint8_t control) {
    out_[0] = 0x47;
    out_[1] = static_cast<std::uint8_t>(start_flag | pid_high_);
    out_[2] = pid_low_;
    out_[3] = static_cast<std::uint8_t>(control | *counter_);
    *counter_ = static_cast<std::uint8_t>((*counter_ + 1) & 0x0F);
    out_ += 4;
  }

  // adaptation_field_length counts the bytes after itself: a field of one byte is just that length, 0.
  void open_packet(std::uint8_t start_flag, const Adaptation* adaptation) {
    const std::size_t wanted = adaptation != nullptr ? adaptation->size() : 0;
    room_ = std::min(kPayloadBytes - wanted, left_);
    const std::size_t field = kPayloadBytes - room_;
    put_header(start_flag, field > 0 ? 0x30 : 0x10);
    if (field == 0) return;
    std::memset(out_, 0xFF, field);
    out_[0] = static_cast<std::uint8_t>(field - 1);
    if (field > 1) out_[1] = 0;
    if (wanted > 0) {
      out_[1] = static_cast<std::uint8_t>((adaptation->random_access ? 0x40 : 0) | (adaptation->has_pcr ? 0x10 : 0));
      if (adaptation->has_pcr) put_pcr(out_ + 2, adaptation->pcr_base);
    }
    out_ += field;
  }

  std::uint8_t* out_;
  std::uint8_t* counter_ = nullptr;
  std::uint8_t pid_high_ = 0, pid_low_ = 0;
  std::size_t left_ = 0;  // of the PES
  std::size_t room_ = 0;  // in the open packet
};

}  // namespace lazulite::packager::ts
