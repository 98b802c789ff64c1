#include "encoder/ffmpeg/source_info.hpp"

#include "encoder/ffmpeg/input.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/text.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr std::array<int, kDispositionNames.size()> kDispositionBits = {
    AV_DISPOSITION_DEFAULT,         AV_DISPOSITION_DUB,
    AV_DISPOSITION_ORIGINAL,        AV_DISPOSITION_COMMENT,
    AV_DISPOSITION_LYRICS,          AV_DISPOSITION_KARAOKE,
    AV_DISPOSITION_FORCED,          AV_DISPOSITION_HEARING_IMPAIRED,
    AV_DISPOSITION_VISUAL_IMPAIRED, AV_DISPOSITION_CLEAN_EFFECTS,
    AV_DISPOSITION_ATTACHED_PIC};

// The usual rates, to which variable ones snap (processing.md 7.2).
constexpr std::array<Fraction, 8> kCommonRates = {
    Fraction{24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1}, {50, 1}, {60000, 1001}, {60, 1}};
constexpr double kMaxRate = 120;

Fraction to_fraction(AVRational value) { return {value.num, value.den == 0 ? 1 : value.den}; }

std::string text_of(const char* text) { return text == nullptr ? std::string{} : std::string{text}; }

std::optional<double> seconds(std::int64_t ticks, AVRational base) {
  if (ticks == AV_NOPTS_VALUE) return std::nullopt;
  return static_cast<double>(ticks) * av_q2d(base);
}

Tags tags_of(const AVDictionary* dictionary) {
  constexpr std::size_t kMaxTags = 64, kMaxText = 1024;
  Tags tags;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr && tags.size() < kMaxTags) {
    std::string key = entry->key, value = entry->value;
    if (key.size() > kMaxText || value.size() > kMaxText || !is_valid_utf8(key) || !is_valid_utf8(value)) continue;
    tags.emplace_back(std::move(key), std::move(value));
  }
  return tags;
}

// "avc1", or empty when the tag is not four printable characters.
std::string fourcc_of(std::uint32_t tag) {
  std::string text;
  for (int i = 0; i < 4; ++i) {
    const auto character = static_cast<char>((tag >> (8 * i)) & 0xFFU);
    if (character < 0x21 || character > 0x7E) return {};
    text += character;
  }
  return text;
}

// H.264 writes level 31 for 3.1, HEVC 93 for 3.1.
std::string level_of(const AVCodecParameters& parameters) {
  if (parameters.level <= 0) return {};
  const bool hevc = parameters.codec_id == AV_CODEC_ID_HEVC;
  const int tenths = hevc ? parameters.level / 3 : parameters.level;
  if (!hevc && parameters.codec_id != AV_CODEC_ID_H264) return std::to_string(parameters.level);
  return tenths % 10 == 0 ? std::to_string(tenths / 10) : fmt::format("{}.{}", tenths / 10, tenths % 10);
}

Fraction nearest_common(double rate) {
  return *std::min_element(kCommonRates.begin(), kCommonRates.end(), [rate](Fraction a, Fraction b) {
    return std::abs(a.value() - rate) < std::abs(b.value() - rate);
  });
}

// The constant rate the stream is conformed to: its own when it is constant, else the average, snapped.
Fraction conform_rate(const AVStream& stream) {
  const double average = stream.avg_frame_rate.den == 0 ? 0 : av_q2d(stream.avg_frame_rate);
  const double nominal = stream.r_frame_rate.den == 0 ? 0 : av_q2d(stream.r_frame_rate);
  const double rate = average > 0 ? average : nominal;
  if (!(rate > 0)) return {25, 1};
  const Fraction common = nearest_common(rate);
  if (std::abs(common.value() / rate - 1) < 0.0004) return common;
  const bool constant = nominal > 0 && std::abs(nominal / rate - 1) < 0.01;
  if (constant && nominal <= kMaxRate) {
    Fraction own = to_fraction(stream.r_frame_rate);
    if (own.numerator <= 1'000'000) return own;
  }
  if (rate >= 22) return common;
  return {std::max(1, static_cast<int>(std::lround(rate))), 1};
}

// Clockwise turn a player applies, from the display matrix.
int rotation_of(const AVStream& stream) {
  std::size_t size = 0;
  const std::uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (matrix == nullptr || size < 9 * sizeof(std::int32_t)) return 0;
  const double angle = av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix));
  if (std::isnan(angle)) return 0;
  const int quarter_turns = static_cast<int>(std::lround(-angle / 90));
  return ((quarter_turns % 4 + 4) % 4) * 90;
}

void describe_video(const AVStream& stream, AVFormatContext& format, StreamInfo& info) {
  const AVCodecParameters& parameters = *stream.codecpar;
  info.width = parameters.width;
  info.height = parameters.height;
  const AVRational aspect = av_guess_sample_aspect_ratio(&format, const_cast<AVStream*>(&stream), nullptr);
  if (aspect.num > 0 && aspect.den > 0) info.sample_aspect = to_fraction(aspect);
  info.frame_rate = conform_rate(stream);
  info.pixel_format = text_of(av_get_pix_fmt_name(static_cast<AVPixelFormat>(parameters.format)));
  info.has_b_frames = parameters.video_delay;
  info.rotation = rotation_of(stream);
  info.interlaced = parameters.field_order > AV_FIELD_PROGRESSIVE;
  info.high_dynamic_range =
      parameters.color_trc == AVCOL_TRC_SMPTE2084 || parameters.color_trc == AVCOL_TRC_ARIB_STD_B67;
}

void describe_audio(const AVCodecParameters& parameters, StreamInfo& info) {
  info.sample_format = text_of(av_get_sample_fmt_name(static_cast<AVSampleFormat>(parameters.format)));
  std::array<char, 128> layout{};
  if (av_channel_layout_describe(&parameters.ch_layout, layout.data(), layout.size()) > 0)
    info.channel_layout = layout.data();
  info.channels = parameters.ch_layout.nb_channels;
  info.sampling_rate = parameters.sample_rate;
  info.bits_per_sample = parameters.bits_per_coded_sample > 0 && av_get_exact_bits_per_sample(parameters.codec_id) > 0
                             ? parameters.bits_per_coded_sample
                             : 0;
}

StreamInfo describe(const AVStream& stream, AVFormatContext& format) {
  const AVCodecParameters& parameters = *stream.codecpar;
  StreamInfo info;
  info.index = stream.index;
  info.id = stream.id;
  if (parameters.codec_type == AVMEDIA_TYPE_VIDEO) info.kind = StreamKind::kVideo;
  if (parameters.codec_type == AVMEDIA_TYPE_AUDIO) info.kind = StreamKind::kAudio;
  if (const AVCodecDescriptor* descriptor = avcodec_descriptor_get(parameters.codec_id)) {
    info.codec = descriptor->name;
    info.codec_long_name = text_of(descriptor->long_name);
  }
  info.fourcc = fourcc_of(parameters.codec_tag);
  info.profile = text_of(avcodec_profile_name(parameters.codec_id, parameters.profile));
  info.level = level_of(parameters);
  info.decodable = avcodec_find_decoder(parameters.codec_id) != nullptr;
  info.time_base = to_fraction(stream.time_base);
  info.frames = stream.nb_frames;
  info.start = seconds(stream.start_time, stream.time_base);
  info.duration = seconds(stream.duration, stream.time_base);
  info.bit_rate = parameters.bit_rate;
  for (std::size_t i = 0; i < kDispositionBits.size(); ++i)
    info.disposition[i] = (stream.disposition & kDispositionBits[i]) != 0;
  info.tags = tags_of(stream.metadata);
  if (info.kind == StreamKind::kVideo) describe_video(stream, format, info);
  if (info.kind == StreamKind::kAudio) describe_audio(parameters, info);
  return info;
}

bool is_cover(const AVStream& stream) {
  return (stream.disposition &
          (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS | AV_DISPOSITION_STILL_IMAGE)) != 0;
}

// Default-flagged before others, then by size; undecodable streams last.
std::optional<std::size_t> choose(const AVFormatContext& format, const std::vector<StreamInfo>& streams,
                                  StreamKind kind) {
  const auto rank = [](const StreamInfo& stream) {
    return std::tuple{stream.decodable, stream.disposition[0],
                      static_cast<std::int64_t>(stream.width) * stream.height + stream.channels};
  };
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (streams[i].kind != kind || is_cover(*format.streams[i])) continue;
    if (kind == StreamKind::kVideo && (streams[i].width <= 0 || streams[i].height <= 0)) continue;
    if (kind == StreamKind::kAudio && (streams[i].channels <= 0 || streams[i].sampling_rate <= 0)) continue;
    if (!best || rank(streams[*best]) < rank(streams[i])) best = i;
  }
  return best;
}

Result<void> require_decodable(const SourceInfo& info) {
  constexpr std::int64_t kMaxPixels = 8192LL * 8192;
  for (const StreamInfo* stream : {info.video_stream(), info.audio_stream()}) {
    if (stream != nullptr && !stream->decodable) {
      return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                       "{}: stream {} has codec {}, which no decoder knows", info.name, stream->index,
                       stream->codec.empty() ? "unknown" : stream->codec);
    }
  }
  if (const StreamInfo* video = info.video_stream()) {
    if (static_cast<std::int64_t>(video->width) * video->height > kMaxPixels) {
      return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat, "{}: a picture of {}x{} is too large",
                       info.name, video->width, video->height);
    }
  }
  return {};
}

Result<SourceInfo> probe_input(const SourceFile& source, const std::stop_token& stop, Input::Kind kind) {
  route_library_log();
  LAZULITE_TRY(const auto input, Input::open(source, stop, kind));
  AVFormatContext& format = input->format();
  SourceInfo info;
  info.name = source.name;
  info.size = input->size();
  info.format_names = text_of(format.iformat->name);
  info.format_long_name = text_of(format.iformat->long_name);
  info.start = seconds(format.start_time, AV_TIME_BASE_Q);
  info.duration = seconds(format.duration, AV_TIME_BASE_Q);
  info.duration_is_exact = info.duration && format.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE;
  info.clock_restarts = (format.iformat->flags & AVFMT_TS_DISCONT) != 0;
  info.bit_rate = format.bit_rate;
  for (unsigned i = 0; i < format.nb_streams; ++i) info.streams.push_back(describe(*format.streams[i], format));
  for (unsigned i = 0; i < format.nb_programs; ++i) {
    const AVProgram& program = *format.programs[i];
    info.programs.push_back({program.id, program.pmt_pid, program.pcr_pid});
  }
  info.tags = tags_of(format.metadata);
  info.video = choose(format, info.streams, StreamKind::kVideo);
  info.audio = choose(format, info.streams, StreamKind::kAudio);
  LAZULITE_CHECK(require_decodable(info));
  if (!info.video && !info.audio) {
    return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedInput,
                     "{}: the {} file has no video and no audio stream", source.name, info.format_names);
  }
  return info;
}

}  // namespace

std::pair<int, int> StreamInfo::display_size() const {
  double shown_width = width, shown_height = height;
  const double aspect = sample_aspect.value();
  if (aspect > 0.05 && aspect < 20) shown_width *= aspect;
  if (rotation % 180 != 0) std::swap(shown_width, shown_height);
  return {std::max(1, static_cast<int>(std::lround(shown_width))),
          std::max(1, static_cast<int>(std::lround(shown_height)))};
}

std::string StreamInfo::tag(std::string_view key) const {
  const auto found = std::find_if(tags.begin(), tags.end(),
                                  [key](const auto& entry) { return equals_ignoring_case(entry.first, key); });
  return found == tags.end() ? std::string{} : found->second;
}

Result<SourceInfo> probe(const SourceFile& source, const std::stop_token& stop) {
  return probe_input(source, stop, Input::Kind::kMedia);
}

Result<SourceInfo> probe_overlay(const SourceFile& source, const std::stop_token& stop) {
  return probe_input(source, stop, Input::Kind::kMediaOrPicture);
}

}  // namespace lazulite::encoder::ffmpeg
