#include "packager/ts/ts_writer.hpp"

#include "packager/errors.hpp"
#include "packager/ts/pes.hpp"

namespace lazulite::packager::ts {

namespace {

constexpr std::uint64_t kClockMask = (std::uint64_t{1} << 33U) - 1;
constexpr std::int64_t kClockOffset = 900000;   // so that no DTS underflows
constexpr std::uint64_t kPcrLead = 63000;       // 0.7 s: how long before its DTS a sample arrives
constexpr std::int64_t kPcrInterval = 1000000;  // 100 ms (ISO/IEC 13818-1 2.7.2)
constexpr std::int64_t kAudioRun = 2000000;     // 200 ms of audio in a PES beside video
constexpr std::size_t kAudioRunBytes = 65535 - 13;
constexpr std::size_t kAdtsFrameLimit = 8191;
constexpr std::uint8_t kVideoStreamId = 0xE0, kAudioStreamId = 0xC0, kPrivateStreamId = 0xBD;
constexpr std::array<std::uint8_t, 6> kDelimiter{0, 0, 0, 1, 0x09, 0xF0};  // any slice type
constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};
constexpr unsigned kNalIdr = 5, kNalSps = 7, kNalDelimiter = 9;

constexpr Packet kPat = pat_packet();

const Packet& pmt_for(bool has_video, StreamType audio) {
  static constexpr Packet kVideo = pmt_packet(StreamType::kH264, StreamType::kNone);
  static constexpr Packet kVideoAac = pmt_packet(StreamType::kH264, StreamType::kAacAdts);
  static constexpr Packet kVideoAc3 = pmt_packet(StreamType::kH264, StreamType::kAc3);
  static constexpr Packet kVideoEac3 = pmt_packet(StreamType::kH264, StreamType::kEac3);
  static constexpr Packet kAac = pmt_packet(StreamType::kNone, StreamType::kAacAdts);
  static constexpr Packet kAc3 = pmt_packet(StreamType::kNone, StreamType::kAc3);
  static constexpr Packet kEac3 = pmt_packet(StreamType::kNone, StreamType::kEac3);
  switch (audio) {
    case StreamType::kAacAdts:
      return has_video ? kVideoAac : kAac;
    case StreamType::kAc3:
      return has_video ? kVideoAc3 : kAc3;
    case StreamType::kEac3:
      return has_video ? kVideoEac3 : kEac3;
    default:
      return kVideo;
  }
}

// Takes the next NAL unit off the front of a sample; empty at its end, or where the lengths do not fit, which
// Segment::plan has ruled out.
std::span<const std::uint8_t> next_nal(std::span<const std::uint8_t>& sample, unsigned length_size) {
  while (sample.size() >= length_size) {
    std::size_t size = 0;
    for (unsigned i = 0; i < length_size; ++i) size = size << 8U | sample[i];
    if (size > sample.size() - length_size) return {};
    const auto nal = sample.subspan(length_size, size);
    sample = sample.subspan(length_size + size);
    if (!nal.empty()) return nal;
  }
  return {};
}

struct AccessUnit {
  std::size_t bytes = 0;  // with a start code before each NAL unit
  bool has_delimiter = false, has_sps = false, has_idr = false;
};

Result<AccessUnit> scan(std::span<const std::uint8_t> sample, unsigned length_size) {
  AccessUnit out;
  bool first = true;
  for (auto nal = next_nal(sample, length_size); !nal.empty(); nal = next_nal(sample, length_size), first = false) {
    const unsigned type = nal[0] & 31U;
    if (type == kNalDelimiter && first) out.has_delimiter = true;
    if (type == kNalSps) out.has_sps = true;
    if (type == kNalIdr) out.has_idr = true;
    out.bytes += kStartCode.size() + nal.size();
  }
  if (!sample.empty()) {
    return fail_with(ErrorCode::kUnsupported, mpe::kInvalidNalUnitSize,
                     "a NAL unit is longer than what its sample has left, {} bytes", sample.size());
  }
  return out;
}

}  // namespace

std::uint64_t clock_90khz(std::int64_t ticks) {
  const std::int64_t product = ticks * 9;
  const std::int64_t floor = product / 1000 - (product % 1000 < 0 ? 1 : 0);
  return static_cast<std::uint64_t>(floor + kClockOffset) & kClockMask;
}

// Decides on the units and their order.
class UnitPlanner {
 public:
  explicit UnitPlanner(Segment& out) : out_(out), in_(out.input_) {}

  Result<void> run() {
    const bool has_video = !in_.video_samples.empty();
    out_.units_.reserve(in_.video_samples.size() + in_.audio_samples.size() / (has_video ? 4 : 2) + 2);
    std::size_t video = 0, audio = 0;
    while (video < in_.video_samples.size() || audio < in_.audio_samples.size()) {
      const bool take_video = video < in_.video_samples.size() &&
                              (audio == in_.audio_samples.size() ||
                               in_.video_samples[video].dts_ticks <= in_.audio_samples[audio].dts_ticks);
      if (take_video) {
        LAZULITE_CHECK(add_video(video));
        ++video;
      } else {
        LAZULITE_TRY(audio, add_audio(audio, has_video));
      }
    }
    return {};
  }

 private:
  Result<void> add_video(std::size_t index) {
    const TsSample& sample = in_.video_samples[index];
    LAZULITE_TRY(const AccessUnit unit, scan(sample.data, in_.video->nal_length_size));
    Segment::Unit out{.first = index, .is_video = true, .random_access = sample.sync};
    out.add_delimiter = !unit.has_delimiter;
    out.add_parameter_sets = (sample.sync || unit.has_idr) && !unit.has_sps;
    out.bytes = pes_header_bytes(clock_90khz(sample.pts_ticks) != clock_90khz(sample.dts_ticks)) + unit.bytes;
    if (out.add_delimiter) out.bytes += kDelimiter.size();
    if (out.add_parameter_sets) out.bytes += in_.video->parameter_sets.size();
    const bool is_last = index + 1 == in_.video_samples.size();
    const bool is_due = !is_last && in_.video_samples[index + 1].dts_ticks - last_pcr_ > kPcrInterval;
    out.has_pcr = index == 0 || sample.sync || is_due;
    if (out.has_pcr) last_pcr_ = sample.dts_ticks;
    append(out);
    return {};
  }

  // Adds a run from `first` and returns where the next one begins. Beside video 200 ms; alone 100 ms, since each run
  // then carries a PCR.
  Result<std::size_t> add_audio(std::size_t first, bool has_video) {
    const bool is_aac = in_.audio->type == StreamType::kAacAdts;
    const auto run = in_.audio_samples.subspan(first);
    const std::int64_t frame_ticks = run.size() > 1 ? run[1].dts_ticks - run[0].dts_ticks : 0;
    const std::int64_t last_start = run[0].dts_ticks + (has_video ? kAudioRun : kPcrInterval) - frame_ticks;
    const std::size_t header_bytes = is_aac ? kAdtsHeaderBytes : 0;
    Segment::Unit out{.first = first, .count = 0};
    for (const TsSample& sample : run) {
      const std::size_t frame = sample.data.size() + header_bytes;
      if (frame > (is_aac ? kAdtsFrameLimit : kAudioRunBytes)) {
        return fail_with(ErrorCode::kUnsupported, mpe::kAudioEncodingNotSupported,
                         "an audio frame of {} bytes is too long", frame);
      }
      if (out.count > 0 && (sample.dts_ticks > last_start || out.bytes + frame > kAudioRunBytes)) break;
      out.bytes += frame;
      ++out.count;
    }
    out.bytes += pes_header_bytes(false);
    out.has_pcr = !has_video;
    out.random_access = !has_video && first == 0;
    append(out);
    return first + out.count;
  }

  void append(const Segment::Unit& unit) {
    const Adaptation adaptation{unit.random_access, unit.has_pcr};
    out_.packets_ += packets_for(unit.bytes, adaptation.size());
    out_.units_.push_back(unit);
  }

  Segment& out_;
  const SegmentInput& in_;
  std::int64_t last_pcr_ = 0;
};

// Writes what was planned.
class UnitWriter {
 public:
  UnitWriter(const Segment& segment, std::uint8_t* out) : in_(segment.input_), packets_(out) {}

  void put_video(const Segment::Unit& unit) {
    const TsSample& sample = in_.video_samples[unit.first];
    const std::uint64_t dts = clock_90khz(sample.dts_ticks);
    begin(unit, kVideoPid, video_counter_, dts);
    packets_.put(pes_header(kVideoStreamId, 0, clock_90khz(sample.pts_ticks), dts).view());
    if (unit.add_delimiter) packets_.put(kDelimiter);
    bool sets_due = unit.add_parameter_sets;
    auto rest = sample.data;
    for (auto nal = next_nal(rest, in_.video->nal_length_size); !nal.empty();
         nal = next_nal(rest, in_.video->nal_length_size)) {
      if (sets_due && (nal[0] & 31U) != kNalDelimiter) {
        packets_.put(in_.video->parameter_sets);
        sets_due = false;
      }
      packets_.put(kStartCode);
      packets_.put(nal);
    }
    if (sets_due) packets_.put(in_.video->parameter_sets);
  }

  void put_audio(const Segment::Unit& unit) {
    const TsSample& first = in_.audio_samples[unit.first];
    const bool is_aac = in_.audio->type == StreamType::kAacAdts;
    const std::uint64_t pts = clock_90khz(first.pts_ticks);
    begin(unit, kAudioPid, audio_counter_, pts);
    packets_.put(
        pes_header(is_aac ? kAudioStreamId : kPrivateStreamId, unit.bytes - pes_header_bytes(false), pts, pts).view());
    for (const TsSample& sample : in_.audio_samples.subspan(unit.first, unit.count)) {
      if (is_aac) put_adts(sample.data.size() + kAdtsHeaderBytes);
      packets_.put(sample.data);
    }
  }

 private:
  void begin(const Segment::Unit& unit, std::uint16_t pid, std::uint8_t& counter, std::uint64_t clock) {
    packets_.begin(pid, counter, unit.bytes,
                   Adaptation{unit.random_access, unit.has_pcr, (clock - kPcrLead) & kClockMask});
  }

  // aac_frame_length: 13 bits across bytes 3 to 5 (ISO/IEC 13818-7 6.2).
  void put_adts(std::size_t frame_bytes) {
    auto header = in_.audio->adts;
    header[3] = static_cast<std::uint8_t>(header[3] | frame_bytes >> 11U);
    header[4] = static_cast<std::uint8_t>(frame_bytes >> 3U);
    header[5] = static_cast<std::uint8_t>((frame_bytes & 7U) << 5U | 0x1FU);
    packets_.put(header);
  }

  const SegmentInput& in_;
  Packetizer packets_;
  std::uint8_t video_counter_ = 0, audio_counter_ = 0;
};

Result<Segment> Segment::plan(const SegmentInput& input) {
  Segment out;
  out.input_ = input;
  LAZULITE_CHECK(UnitPlanner{out}.run());
  return out;
}

void Segment::write(std::span<std::uint8_t> out) const {
  const bool has_video = !input_.video_samples.empty();
  const Packet& pmt = pmt_for(has_video, input_.audio != nullptr ? input_.audio->type : StreamType::kNone);
  std::memcpy(out.data(), kPat.data(), kPacketBytes);
  std::memcpy(out.data() + kPacketBytes, pmt.data(), kPacketBytes);
  UnitWriter writer{*this, out.data() + 2 * kPacketBytes};
  for (const Unit& unit : units_) unit.is_video ? writer.put_video(unit) : writer.put_audio(unit);
}

}  // namespace lazulite::packager::ts
