// What a transport stream needs of a track's decoder configuration: H.264 parameter sets in Annex B form (from avcC,
// ISO/IEC 14496-15 5.3.3) and the ADTS header of AAC (from AudioSpecificConfig, ISO/IEC 14496-3 1.6.2). Immutable once
// made; shared freely.
#pragma once

#include "packager/ts/psi.hpp"
#include "schema/base/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace lazulite::packager::ts {

inline constexpr std::size_t kAdtsHeaderBytes = 7;

struct VideoTrack {
  std::vector<std::uint8_t> parameter_sets;  // every SPS, then every PPS, each after 00 00 00 01
  unsigned nal_length_size = 4;              // 1 to 4 bytes

  // Unsupported "MPE_VIDEO_ENCODING_NOT_SUPPORTED" for a record that is cut short or names no parameter sets.
  static Result<VideoTrack> from_avcc(std::span<const std::uint8_t> record);
};

struct AudioTrack {
  StreamType type = StreamType::kAacAdts;
  std::array<std::uint8_t, kAdtsHeaderBytes> adts{};  // AAC only: the header of an empty frame

  // HE-AAC is announced as its AAC-LC core, which every decoder extends by itself. Unsupported
  // "MPE_AUDIO_ENCODING_NOT_SUPPORTED" for an object type, sampling rate or channel layout that ADTS cannot name.
  static Result<AudioTrack> from_audio_specific_config(std::span<const std::uint8_t> config);
};

}  // namespace lazulite::packager::ts
