#include "packager/ts/codec_config.hpp"

#include "packager/errors.hpp"

namespace lazulite::packager::ts {

namespace {

constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};

Error bad_avcc(const char* why) {
  return fail_with(ErrorCode::kUnsupported, mpe::kVideoEncodingNotSupported, "the H.264 configuration record {}", why);
}

Error bad_audio(const char* why) {
  return fail_with(ErrorCode::kUnsupported, mpe::kAudioEncodingNotSupported, "the AAC configuration {}", why);
}

// Appends `count` parameter sets (16-bit length, bytes) from the front of `record`, which it shortens.
Result<void> append_parameter_sets(std::span<const std::uint8_t>& record, unsigned count,
                                   std::vector<std::uint8_t>& out) {
  for (unsigned i = 0; i < count; ++i) {
    if (record.size() < 2) return bad_avcc("ends inside a parameter set");
    const std::size_t size = static_cast<std::size_t>(record[0]) << 8U | record[1];
    record = record.subspan(2);
    if (size == 0 || record.size() < size) return bad_avcc("ends inside a parameter set");
    out.insert(out.end(), kStartCode.begin(), kStartCode.end());
    out.insert(out.end(), record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size));
    record = record.subspan(size);
  }
  return {};
}

// Reads bits from the front; reading past the end gives zeros and sets overrun().
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  unsigned read(unsigned count) {
    unsigned value = 0;
    for (; count > 0; --count, ++at_) {
      const std::size_t byte = at_ / 8;
      const unsigned bit = byte < bytes_.size() ? bytes_[byte] >> (7 - at_ % 8) & 1U : 0;
      value = value << 1U | bit;
    }
    return value;
  }
  [[nodiscard]] bool overrun() const { return at_ > bytes_.size() * 8; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

unsigned read_object_type(BitReader& bits) {
  const unsigned type = bits.read(5);
  return type == 31 ? 32 + bits.read(6) : type;
}

// The index of ISO/IEC 14496-3 table 1.18, also for a rate that was written out; 15 when it has none.
unsigned read_frequency_index(BitReader& bits) {
  constexpr std::array<unsigned, 13> kRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                            22050, 16000, 12000, 11025, 8000,  7350};
  const unsigned index = bits.read(4);
  if (index != 15) return index;
  const unsigned rate = bits.read(24);
  for (unsigned i = 0; i < kRates.size(); ++i) {
    if (kRates[i] == rate) return i;
  }
  return 15;
}

}  // namespace

Result<VideoTrack> VideoTrack::from_avcc(std::span<const std::uint8_t> record) {
  if (record.size() < 7) return bad_avcc("is cut short");
  if (record[0] != 1) return bad_avcc("has an unknown version");
  VideoTrack out;
  out.nal_length_size = (record[4] & 3U) + 1;
  const unsigned sps_count = record[5] & 31U;
  auto rest = record.subspan(6);
  LAZULITE_CHECK(append_parameter_sets(rest, sps_count, out.parameter_sets));
  if (rest.empty()) return bad_avcc("has no picture parameter sets");
  const unsigned pps_count = rest[0];
  rest = rest.subspan(1);
  if (sps_count == 0 || pps_count == 0) return bad_avcc("names no parameter sets");
  LAZULITE_CHECK(append_parameter_sets(rest, pps_count, out.parameter_sets));
  return out;
}

Result<AudioTrack> AudioTrack::from_audio_specific_config(std::span<const std::uint8_t> config) {
  BitReader bits{config};
  unsigned object_type = read_object_type(bits);
  const unsigned frequency = read_frequency_index(bits);
  const unsigned channels = bits.read(4);
  if (object_type == 5 || object_type == 29) {  // SBR, PS: the extension's rate, then the core's type
    read_frequency_index(bits);
    object_type = read_object_type(bits);
  }
  if (bits.overrun()) return bad_audio("is cut short");
  if (object_type < 1 || object_type > 4) return bad_audio("has an object type that ADTS cannot carry");
  if (frequency > 12) return bad_audio("has a sampling rate that ADTS cannot carry");
  if (channels < 1 || channels > 7) return bad_audio("has a channel layout that ADTS cannot carry");
  AudioTrack out;
  // syncword, MPEG-4, layer 0, no CRC | profile, sampling_frequency_index, private, channel_configuration | … | buffer
  // fullness: variable rate
  out.adts = {0xFF,
              0xF1,
              static_cast<std::uint8_t>((object_type - 1) << 6U | frequency << 2U | channels >> 2U),
              static_cast<std::uint8_t>((channels & 3U) << 6U),
              0x00,
              0x1F,
              0xFC};
  return out;
}

}  // namespace lazulite::packager::ts
