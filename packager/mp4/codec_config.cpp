#include "packager/mp4/codec_config.hpp"

#include "packager/errors.hpp"
#include "packager/mp4/box_io.hpp"

#include <array>
#include <optional>

namespace lazulite::packager::mp4 {
namespace {

constexpr std::size_t kMaxRecordBytes = 64 << 10;

// Reads `count` NAL units of 16-bit length.
bool read_nal_units(BoxReader& reader, unsigned count, std::vector<Bytes>& out) {
  for (unsigned i = 0; i < count; ++i) {
    std::uint16_t length = 0;
    if (!reader.u(2, length) || reader.left().size() < length) return false;
    const auto unit = reader.left().first(length);
    if (length > 0) out.emplace_back(unit.begin(), unit.end());
    reader = BoxReader(reader.left().subspan(length));
  }
  return true;
}

Result<ParameterSets> checked(ParameterSets sets, bool complete, bool sets_in_band, const char* box) {
  if (!complete) return bad_input("{} is cut short", box);
  if (sets.nal_length_size == 3) return bad_input("{} has NAL unit lengths of 3 bytes", box);
  if (!sets_in_band && (sets.sps.empty() || sets.pps.empty())) return bad_input("{} has no parameter sets", box);
  return sets;
}

bool read_avc(BoxReader reader, ParameterSets& sets) {
  std::array<std::uint8_t, 6> head{};  // version, profile, compatibility, level, length size, SPS count
  std::uint8_t pps_count = 0;
  if (!reader.bytes(head)) return false;
  sets.nal_length_size = static_cast<std::uint8_t>((head[4] & 3U) + 1);
  return read_nal_units(reader, head[5] & 0x1fU, sets.sps) && reader.u(1, pps_count) &&
         read_nal_units(reader, pps_count, sets.pps);
}

bool read_hevc(BoxReader reader, ParameterSets& sets) {
  std::array<std::uint8_t, 23> head{};
  if (!reader.bytes(head)) return false;
  sets.nal_length_size = static_cast<std::uint8_t>((head[21] & 3U) + 1);
  for (unsigned array = 0; array < head[22]; ++array) {
    std::uint8_t type = 0;
    std::uint16_t count = 0;
    std::vector<Bytes> other;
    if (!reader.u(1, type) || !reader.u(2, count)) return false;
    type &= 0x3fU;
    auto& target = type == 32 ? sets.vps : type == 33 ? sets.sps : type == 34 ? sets.pps : other;
    if (!read_nal_units(reader, count, target)) return false;
  }
  return true;
}

// Most significant bit first; zeros beyond the end, which `exhausted` tells.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint32_t take(unsigned count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++position_) {
      const std::size_t byte = position_ / 8;
      const unsigned bit = byte < bytes_.size() ? bytes_[byte] >> (7 - position_ % 8) & 1U : 0;
      value = value << 1U | bit;
    }
    return value;
  }
  [[nodiscard]] bool exhausted() const { return position_ > bytes_.size() * 8; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

std::uint8_t take_object_type(BitReader& bits) {
  const std::uint32_t type = bits.take(5);
  return static_cast<std::uint8_t>(type == 31 ? 32 + bits.take(6) : type);
}

std::uint32_t take_sample_rate(BitReader& bits) {  // §1.6.3.4
  constexpr std::array<std::uint32_t, 13> kRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                                 22050, 16000, 12000, 11025, 8000,  7350};
  const std::uint32_t index = bits.take(4);
  if (index == 15) return bits.take(24);
  return index < kRates.size() ? kRates[index] : 0;
}

// Tag and length of one descriptor (ISO/IEC 14496-1 §8.3.3); leaves the reader at its content.
struct Descriptor {
  std::uint8_t tag = 0;
  std::span<const std::uint8_t> content;
};
std::optional<Descriptor> read_descriptor(BoxReader& reader) {
  Descriptor descriptor;
  if (!reader.u(1, descriptor.tag)) return std::nullopt;
  std::size_t length = 0;
  for (int i = 0; i < 4; ++i) {
    std::uint8_t byte = 0;
    if (!reader.u(1, byte)) return std::nullopt;
    length = length << 7U | (byte & 0x7fU);
    if ((byte & 0x80U) == 0) break;
  }
  if (length > reader.left().size()) return std::nullopt;
  descriptor.content = reader.left().first(length);
  reader = BoxReader(reader.left().subspan(length));
  return descriptor;
}

}  // namespace

Result<ParameterSets> parse_avc_config(std::span<const std::uint8_t> record, bool sets_in_band) {
  ParameterSets sets;
  const bool complete = record.size() <= kMaxRecordBytes && read_avc(BoxReader(record), sets);
  return checked(std::move(sets), complete, sets_in_band, "avcC");
}

Result<ParameterSets> parse_hevc_config(std::span<const std::uint8_t> record, bool sets_in_band) {
  ParameterSets sets;
  const bool complete = record.size() <= kMaxRecordBytes && read_hevc(BoxReader(record), sets);
  return checked(std::move(sets), complete, sets_in_band, "hvcC");
}

Result<AudioConfig> parse_audio_config(std::span<const std::uint8_t> record) {
  BitReader bits(record);
  AudioConfig config;
  config.object_type = take_object_type(bits);
  const std::uint32_t core_rate = take_sample_rate(bits);
  const std::uint32_t channel_configuration = bits.take(4);
  config.sample_rate = core_rate;
  const bool extended = config.object_type == 5 || config.object_type == 29;
  if (extended) {
    config.sample_rate = take_sample_rate(bits);
    take_object_type(bits);
  }
  const bool short_frame = bits.take(1) == 1;
  if (bits.exhausted() || core_rate == 0 || config.sample_rate == 0) return bad_input("AudioSpecificConfig is invalid");
  if (config.sample_rate > 384000 || core_rate > 384000) return bad_input("an audio sample rate is out of range");
  const std::uint32_t core_frame = short_frame ? 960 : 1024;
  config.samples_per_frame =
      extended ? static_cast<std::uint32_t>(std::uint64_t{core_frame} * config.sample_rate / core_rate) : core_frame;
  if (config.samples_per_frame == 0) return bad_input("AudioSpecificConfig is invalid");
  constexpr std::array<std::uint16_t, 8> kChannels{0, 1, 2, 3, 4, 5, 6, 8};
  config.channels = channel_configuration < kChannels.size() ? kChannels[channel_configuration] : std::uint16_t{0};
  if (config.object_type == 29 && config.channels == 1) config.channels = 2;  // parametric stereo
  return config;
}

Result<EsDescriptor> parse_es_descriptor(std::span<const std::uint8_t> esds_payload) {
  const Error broken = bad_input("esds is cut short");
  BoxReader outer(esds_payload);
  std::uint32_t version_and_flags = 0;
  if (!outer.u(4, version_and_flags)) return broken;
  const auto es = read_descriptor(outer);
  if (!es || es->tag != 3) return broken;
  BoxReader inner(es->content);
  std::uint16_t id = 0, skipped = 0;
  std::uint8_t flags = 0, url_length = 0;
  if (!inner.u(2, id) || !inner.u(1, flags)) return broken;
  if ((flags & 0x80U) != 0 && !inner.u(2, skipped)) return broken;
  if ((flags & 0x40U) != 0) {
    if (!inner.u(1, url_length) || inner.left().size() < url_length) return broken;
    inner = BoxReader(inner.left().subspan(url_length));
  }
  if ((flags & 0x20U) != 0 && !inner.u(2, skipped)) return broken;
  const auto decoder = read_descriptor(inner);
  if (!decoder || decoder->tag != 4) return broken;
  EsDescriptor result;
  BoxReader config(decoder->content);
  std::array<std::uint8_t, 12> rates{};  // stream type, buffer size, maximum and average bitrate
  if (!config.u(1, result.object_type_indication) || !config.bytes(rates)) return broken;
  if (const auto specific = read_descriptor(config); specific && specific->tag == 5) {
    if (specific->content.size() > kMaxRecordBytes) return broken;
    result.decoder_specific_info.assign(specific->content.begin(), specific->content.end());
  }
  return result;
}

std::string write_es_descriptor(std::span<const std::uint8_t> audio_config, std::uint32_t bitrate) {
  std::string out;
  BoxWriter writer(out);
  const auto descriptor = [&writer](unsigned tag,
                                    std::size_t length) {  // lengths in four bytes, as encoders write them
    writer.u(1, tag);
    for (unsigned shift = 21; shift > 0; shift -= 7) writer.u(1, (length >> shift & 0x7fU) | 0x80U);
    writer.u(1, length & 0x7fU);
  };
  constexpr std::size_t kHeader = 5;
  const std::size_t decoder_length = 13 + kHeader + audio_config.size();
  writer.u(4, 0U);
  descriptor(3, 3 + kHeader + decoder_length + kHeader + 1);
  writer.u(2, 0U);  // ES_ID
  writer.u(1, 0U);
  descriptor(4, decoder_length);
  writer.u(1, 0x40U);
  writer.u(1, 0x15U);  // audio stream
  writer.u(3, 0U);     // buffer size
  writer.u(4, bitrate);
  writer.u(4, bitrate);
  descriptor(5, audio_config.size());
  out.append(reinterpret_cast<const char*>(audio_config.data()), audio_config.size());
  descriptor(6, 1);
  writer.u(1, 2U);  // SLConfig of MP4
  return out;
}

}  // namespace lazulite::packager::mp4
