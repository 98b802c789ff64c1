// Decoder configuration records: avcC (ISO/IEC 14496-15 §5.3.3.1), hvcC (§8.3.3.1), AudioSpecificConfig (ISO/IEC
// 14496-3 §1.6.2.1) and the esds that carries it (ISO/IEC 14496-1 §7.2.6). Pure; every length is checked.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lazulite::packager::mp4 {

using Bytes = std::vector<std::uint8_t>;

struct ParameterSets {
  std::uint8_t nal_length_size = 4;
  std::vector<Bytes> vps, sps, pps;
};
// Unsupported (MPE_INPUT_FORMAT_NOT_SUPPORTED) when the record is cut short or has no SPS or PPS. An avc3 or hev1 track
// may have none: `sets_in_band`.
Result<ParameterSets> parse_avc_config(std::span<const std::uint8_t> record, bool sets_in_band);
Result<ParameterSets> parse_hevc_config(std::span<const std::uint8_t> record, bool sets_in_band);

struct AudioConfig {
  std::uint8_t object_type = 0;         // as signalled first: 2 LC, 5 HE, 29 HE v2
  std::uint32_t sample_rate = 0;        // Hz of the output
  std::uint16_t channels = 0;           // 0: not in the record
  std::uint32_t samples_per_frame = 0;  // at sample_rate
};
Result<AudioConfig> parse_audio_config(std::span<const std::uint8_t> record);

struct EsDescriptor {
  std::uint8_t object_type_indication = 0;  // 0x40: MPEG-4 AAC
  Bytes decoder_specific_info;
};
Result<EsDescriptor> parse_es_descriptor(std::span<const std::uint8_t> esds_payload);

// Payload of an esds box for an AudioSpecificConfig.
std::string write_es_descriptor(std::span<const std::uint8_t> audio_config, std::uint32_t bitrate);

}  // namespace lazulite::packager::mp4
