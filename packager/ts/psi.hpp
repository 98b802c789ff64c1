// Program tables of a transport stream segment (ISO/IEC 13818-1 2.4.4): one program, the PIDs of delivery.md 2.7. Whole
// packets of 188 bytes, made at compile time, since only which streams exist can differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lazulite::packager::ts {

inline constexpr std::size_t kPacketBytes = 188;
inline constexpr std::uint16_t kPmtPid = 0x1000, kVideoPid = 0x100, kAudioPid = 0x101;

enum class StreamType : std::uint8_t { kNone = 0, kAacAdts = 0x0F, kH264 = 0x1B, kAc3 = 0x81, kEac3 = 0x87 };

using Packet = std::array<std::uint8_t, kPacketBytes>;

// ISO/IEC 13818-1 Annex A.
constexpr std::uint32_t crc32_mpeg(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte) << 24U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x80000000U) != 0 ? (crc << 1U) ^ 0x04C11DB7U : crc << 1U;
  }
  return crc;
}

// A packet that holds one section: header (payload_unit_start, counter 0), pointer_field 0, section, CRC_32, 0xFF to
// the end.
constexpr Packet section_packet(std::uint16_t pid, std::span<const std::uint8_t> section) {
  Packet out{};
  out.fill(0xFF);
  std::size_t at = 0;
  for (const unsigned byte : {0x47U, 0x40U | pid >> 8U, pid & 0xFFU, 0x10U, 0x00U})
    out[at++] = static_cast<std::uint8_t>(byte);
  for (const std::uint8_t byte : section) out[at++] = byte;
  const std::uint32_t crc = crc32_mpeg(section);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out[at++] = static_cast<std::uint8_t>(crc >> shift);
  return out;
}

constexpr Packet pat_packet() {
  constexpr std::array<std::uint8_t, 12> kSection{0x00, 0xB0, 0x0D, 0x00, 0x01, 0xC1,
                                                  0x00, 0x00, 0x00, 0x01, 0xF0, 0x00};
  return section_packet(0, kSection);
}

// PCR_PID is the video when there is one. Neither table carries descriptors.
constexpr Packet pmt_packet(StreamType video, StreamType audio) {
  std::array<std::uint8_t, 22> section{0x02, 0xB0, 0x00, 0x00, 0x01, 0xC1, 0x00, 0x00, 0xE1, 0x00, 0xF0, 0x00};
  if (video == StreamType::kNone) section[9] = 0x01;
  std::size_t size = 12;
  const auto add = [&](StreamType type, std::uint8_t pid_low) {
    if (type == StreamType::kNone) return;
    section[size++] = static_cast<std::uint8_t>(type);
    for (const unsigned byte : {0xE1U, static_cast<unsigned>(pid_low), 0xF0U, 0x00U})
      section[size++] = static_cast<std::uint8_t>(byte);
  };
  add(video, 0x00);
  add(audio, 0x01);
  section[2] = static_cast<std::uint8_t>(size - 3 + 4);  // section_length: after its own field, with the CRC
  return section_packet(kPmtPid, std::span{section}.first(size));
}

}  // namespace lazulite::packager::ts
