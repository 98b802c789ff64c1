#include "packager/formats/flv.hpp"

#include "packager/errors.hpp"
#include "packager/mp4/box_io.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace lazulite::packager::flv {
namespace {

constexpr std::uint8_t kAudioTag = 8, kVideoTag = 9;
constexpr std::uint8_t kAvc = 7, kKeyFrame = 1 << 4U, kInterFrame = 2 << 4U;
constexpr std::uint8_t kAacStereo16Bit44Khz = 0xAF;  // fixed for AAC, whatever it holds (E.4.2.1)
constexpr std::uint8_t kSequenceHeader = 0, kMedia = 1;
constexpr std::size_t kTagHeaderBytes = 11, kMaxDataBytes = (1 << 24) - 1;

std::uint64_t milliseconds(std::uint64_t ticks) { return ticks / (kTicksPerSecond / 1000); }

// TagType, DataSize, Timestamp with its extension, StreamID 0 (E.4.1).
void put_tag_header(std::string& out, std::uint8_t type, std::size_t data_bytes, std::uint64_t time_ms) {
  mp4::BoxWriter writer(out);
  writer.u(1, type);
  writer.u(3, data_bytes);
  writer.u(3, time_ms & 0xffffffU);
  writer.u(1, time_ms >> 24U & 0xffU);
  writer.u(3, 0U);
}

void put_tag_end(std::string& out, std::size_t data_bytes) { mp4::BoxWriter(out).u(4, kTagHeaderBytes + data_bytes); }

// What stands before the media: FrameType and CodecID, AVCPacketType, CompositionTime (E.4.3); or the sound's format
// and AACPacketType (E.4.2).
std::string video_head(bool key, std::uint8_t packet, std::int32_t composition_ms) {
  std::string out;
  mp4::BoxWriter writer(out);
  writer.u(1, static_cast<std::uint8_t>((key ? kKeyFrame : kInterFrame) | kAvc));
  writer.u(1, packet);
  writer.u(3, static_cast<std::uint32_t>(composition_ms) & 0xffffffU);
  return out;
}
std::string audio_head(std::uint8_t packet) {
  return {static_cast<char>(kAacStereo16Bit44Khz), static_cast<char>(packet)};
}

std::string whole_tag(std::uint8_t type, std::uint64_t time_ms, const std::string& head,
                      const std::vector<std::uint8_t>& data) {
  std::string out;
  put_tag_header(out, type, head.size() + data.size(), time_ms);
  out += head;
  out.append(reinterpret_cast<const char*>(data.data()), data.size());
  put_tag_end(out, head.size() + data.size());
  return out;
}

// The samples of one kind, walked in order.
class Walk {
 public:
  explicit Walk(const Samples& samples)
      : level_(samples.level),
        cursor_(samples.level == nullptr ? SampleTable{}.samples(0, 0)
                                         : samples.level->samples().samples(samples.range.first, samples.range.count)) {
    if (level_ == nullptr || level_->info().kind != TrackKind::kVideo) return;
    // Signed composition offsets make all decode times of the fragment earlier, as in a transport stream.
    for (auto c = cursor_; !c.done(); c.next()) least_offset_ = std::min(least_offset_, c.view().composition_offset);
  }
  [[nodiscard]] bool done() const { return cursor_.done(); }
  // Ticks; never negative.
  [[nodiscard]] std::int64_t decode_time() const { return std::max<std::int64_t>(0, ticks_of(least_offset_)); }

  Result<void> take(files::Content& out) {
    const SampleView& sample = cursor_.view();
    const bool video = level_->info().kind == TrackKind::kVideo;
    const std::uint64_t time = milliseconds(static_cast<std::uint64_t>(decode_time()));
    const auto presented = static_cast<std::int64_t>(
        milliseconds(static_cast<std::uint64_t>(std::max<std::int64_t>(0, ticks_of(sample.composition_offset)))));
    const std::string head =
        video ? video_head(sample.sync, kMedia, static_cast<std::int32_t>(presented - static_cast<std::int64_t>(time)))
              : audio_head(kMedia);
    const std::size_t data_bytes = head.size() + sample.size;
    if (data_bytes > kMaxDataBytes) return bad_input("sample {} has {} bytes", cursor_.number(), sample.size);
    std::string before;
    put_tag_header(before, video ? kVideoTag : kAudioTag, data_bytes, time);
    out.append(before + head);
    out.append(files::FileRange{level_->source->file, sample.file_offset, sample.size});
    std::string end;
    put_tag_end(end, data_bytes);
    out.append(std::move(end));
    cursor_.next();
    return {};
  }

 private:
  [[nodiscard]] std::int64_t ticks_of(std::int32_t offset) const {
    const TrackInfo& info = level_->info();
    return to_ticks_signed(static_cast<std::int64_t>(cursor_.view().decode_time) + info.presentation_shift + offset,
                           info.timescale);
  }

  const Level* level_;
  SampleCursor cursor_;
  std::int32_t least_offset_ = 0;
};

void put_text(std::string& out, std::string_view text) {
  mp4::BoxWriter(out).u(2, text.size());
  out += text;
}
void put_number(std::string& out, std::string_view name, double value) {  // AMF0 number
  put_text(out, name);
  out += '\0';
  mp4::BoxWriter(out).u(8, std::bit_cast<std::uint64_t>(value));
}

}  // namespace

Result<void> require_codec(const TrackInfo& info) {
  if (info.kind == TrackKind::kVideo && info.codec != Codec::kH264) {
    return fail_with(ErrorCode::kUnsupported, mpe::kVideoEncodingNotSupported, "HDS holds H.264 only, this is {}",
                     info.sample_entry);
  }
  if (info.kind == TrackKind::kAudio && info.codec != Codec::kAac) {
    return fail_with(ErrorCode::kUnsupported, mpe::kAudioEncodingNotSupported, "HDS holds AAC only, this is {}",
                     info.sample_entry);
  }
  if (info.kind == TrackKind::kText) {
    return fail_with(ErrorCode::kUnsupported, mpe::kMediaTypeNotSupported, "HDS holds no text");
  }
  return {};
}

std::string metadata(double seconds, const Level* video, const Level* audio) {
  constexpr char kString = 2, kArray = 8, kEnd = 9;
  std::string out(1, kString);
  put_text(out, "onMetaData");
  out += kArray;
  const unsigned count = 1 + (video != nullptr ? 3 : 0) + (audio != nullptr ? 1 : 0);
  mp4::BoxWriter(out).u(4, count);
  put_number(out, "duration", seconds);
  if (video != nullptr) {
    put_number(out, "width", video->info().width);
    put_number(out, "height", video->info().height);
    put_number(out, "videocodecid", kAvc);
  }
  if (audio != nullptr) put_number(out, "audiocodecid", 10);
  put_text(out, "");
  return out + kEnd;
}

Result<files::Content> write_tags(std::uint64_t start, const Samples& video, const Samples& audio) {
  files::Content out;
  std::string headers;
  if (video.level != nullptr) {
    headers += whole_tag(kVideoTag, milliseconds(start), video_head(true, kSequenceHeader, 0),
                         video.level->info().codec_config);
  }
  if (audio.level != nullptr) {
    headers += whole_tag(kAudioTag, milliseconds(start), audio_head(kSequenceHeader), audio.level->info().codec_config);
  }
  out.append(std::move(headers));
  Walk pictures(video), sound(audio);
  while (!pictures.done() || !sound.done()) {
    const bool picture = sound.done() || (!pictures.done() && pictures.decode_time() <= sound.decode_time());
    LAZULITE_CHECK((picture ? pictures : sound).take(out));
  }
  return out;
}

}  // namespace lazulite::packager::flv
