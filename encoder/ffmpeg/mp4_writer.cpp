#include "encoder/ffmpeg/mp4_writer.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/dict.h>
}

#include <algorithm>
#include <limits>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr std::size_t kMaxWaitingBytes = 48U << 20U;  // of one file

bool is_key(const AVPacket& packet) { return (packet.flags & AV_PKT_FLAG_KEY) != 0; }

double seconds(std::int64_t ticks, AVRational base) { return static_cast<double>(ticks) * av_q2d(base); }

// The numerator of the frame rate, as 30000 for 29.97; at least in milliseconds (processing.md 7.6).
int video_timescale(const TrackFormat& video) {
  const int numerator = video.frame_rate.num > 0 ? video.frame_rate.num : video.time_base.den;
  return numerator >= 1000 ? numerator : numerator * 1000;
}

}  // namespace

TrackFormat format_of(const AVCodecContext& encoder) {
  TrackFormat format;
  format.parameters = own<CodecParametersPtr>(avcodec_parameters_alloc());
  if (avcodec_parameters_from_context(format.parameters.get(), &encoder) < 0) throw std::bad_alloc();
  format.time_base = encoder.time_base;
  format.frame_rate = encoder.framerate;
  format.frame_duration = encoder.codec_type == AVMEDIA_TYPE_VIDEO ? 1 : encoder.frame_size;
  return format;
}

TrackFormat format_of(const AVStream& stream) {
  TrackFormat format;
  format.parameters = own<CodecParametersPtr>(avcodec_parameters_alloc());
  if (avcodec_parameters_copy(format.parameters.get(), stream.codecpar) < 0) throw std::bad_alloc();
  format.parameters->codec_tag = 0;  // the source container's
  format.time_base = stream.time_base;
  return format;
}

Error Mp4Writer::failure(std::string_view what, int code) const {
  return fail_with(ErrorCode::kIo, task_error::kUploading, "{}: {}: {}", path_.filename().string(), what,
                   error_text(code));
}

Result<std::unique_ptr<Mp4Writer>> Mp4Writer::open(const Options& options) {
  std::unique_ptr<Mp4Writer> writer{new Mp4Writer(options.path)};
  LAZULITE_CHECK(writer->open_tracks(options));
  return writer;
}

Result<void> Mp4Writer::open_tracks(const Options& options) {
  const std::string url = "file:" + path_.string();
  int code = avformat_alloc_output_context2(&format_, nullptr, "mp4", url.c_str());
  if (code < 0) return failure("creating the file", code);
  if (options.video) LAZULITE_CHECK(add_track(*options.video, video_));
  if (options.audio) {
    LAZULITE_CHECK(add_track(*options.audio, audio_));
    av_dict_set(&audio_.stream->metadata, "language", options.language.empty() ? "und" : options.language.c_str(), 0);
  }
  code = avio_open(&format_->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (code < 0) return failure("creating the file", code);

  AVDictionary* muxer_options = nullptr;
  // Start both tracks at 0 without an edit list on the video (processing.md 7.3).
  av_dict_set(&muxer_options, "movflags", "+faststart+negative_cts_offsets", 0);
  if (options.video) av_dict_set_int(&muxer_options, "video_track_timescale", video_timescale(*options.video), 0);
  code = avformat_write_header(format_, &muxer_options);
  av_dict_free(&muxer_options);
  if (code < 0) return failure("writing the header", code);
  return {};
}

Result<void> Mp4Writer::add_track(const TrackFormat& format, Track& track) {
  track.stream = avformat_new_stream(format_, nullptr);
  if (track.stream == nullptr) throw std::bad_alloc();
  const int code = avcodec_parameters_copy(track.stream->codecpar, format.parameters.get());
  if (code < 0) return failure("describing a track", code);
  track.stream->time_base = format.time_base;
  track.stream->avg_frame_rate = format.frame_rate;
  track.packet_base = format.time_base;
  track.frame_duration = format.frame_duration;
  track.ended = false;
  return {};
}

Mp4Writer::~Mp4Writer() {
  if (format_ == nullptr) return;
  avio_closep(&format_->pb);
  avformat_free_context(format_);
}

Result<void> Mp4Writer::add_video(PacketPtr packet) {
  const std::lock_guard lock{mutex_};
  if (is_key(*packet)) close_gop(seconds(packet->pts, video_.packet_base));
  gop_bytes_ += packet->size;
  return add(video_, std::move(packet));
}

Result<void> Mp4Writer::add_audio(PacketPtr packet) {
  const std::lock_guard lock{mutex_};
  return add(audio_, std::move(packet));
}

Result<void> Mp4Writer::add(Track& track, PacketPtr packet) {
  if (packet->duration <= 0) packet->duration = track.frame_duration;
  track.reached = seconds(packet->dts + packet->duration, track.packet_base);
  track.statistics.duration =
      std::max(track.statistics.duration, seconds(packet->pts + packet->duration, track.packet_base));
  track.statistics.bytes += packet->size;
  ++track.statistics.samples;
  waiting_bytes_ += static_cast<std::size_t>(packet->size);
  track.waiting.push_back(std::move(packet));
  return write_complete_gops();
}

void Mp4Writer::close_gop(double end) {
  const double length = end - gop_start_;
  if (length > 0) {
    const double bitrate = static_cast<double>(gop_bytes_) * 8 / length;
    video_.statistics.max_gop_bitrate = std::max(video_.statistics.max_gop_bitrate, bitrate);
  }
  gop_start_ = end;
  gop_bytes_ = 0;
}

Result<void> Mp4Writer::end_video() {
  const std::lock_guard lock{mutex_};
  close_gop(video_.statistics.duration);
  video_.ended = true;
  return write_complete_gops();
}

Result<void> Mp4Writer::end_audio() {
  const std::lock_guard lock{mutex_};
  audio_.ended = true;
  return write_complete_gops();
}

// Writes runs for as long as the first GOP is whole and its audio has come, or too much waits.
Result<void> Mp4Writer::write_complete_gops() {
  for (;;) {
    const bool crowded = waiting_bytes_ > kMaxWaitingBytes;
    std::size_t count = video_.waiting.empty() ? 0 : 1;
    while (count > 0 && count < video_.waiting.size() && !is_key(*video_.waiting[count])) ++count;
    const bool whole = count < video_.waiting.size() || (video_.ended && count > 0);
    double end = std::numeric_limits<double>::infinity();
    if (count < video_.waiting.size()) end = seconds(video_.waiting[count]->pts, video_.packet_base);
    const bool last = video_.ended && count == video_.waiting.size();

    if (count > 0 && !crowded && (!whole || !(audio_.ended || audio_.reached >= end))) return {};
    if (count == 0 && !video_.ended && !crowded) return {};
    LAZULITE_CHECK(write_run(video_, count));
    std::size_t audio_count = 0;
    while (audio_count < audio_.waiting.size() &&
           (crowded || last || seconds(audio_.waiting[audio_count]->pts, audio_.packet_base) < end)) {
      ++audio_count;
    }
    LAZULITE_CHECK(write_run(audio_, audio_count));
    if (count + audio_count == 0) return {};
  }
}

Result<void> Mp4Writer::write_run(Track& track, std::size_t count) {
  for (; count > 0; --count) {
    const PacketPtr packet = std::move(track.waiting.front());
    track.waiting.pop_front();
    waiting_bytes_ -= static_cast<std::size_t>(packet->size);
    packet->stream_index = track.stream->index;
    av_packet_rescale_ts(packet.get(), track.packet_base, track.stream->time_base);
    if (const int code = av_write_frame(format_, packet.get()); code < 0) return failure("writing", code);
  }
  return {};
}

Result<void> Mp4Writer::finish() {
  const std::lock_guard lock{mutex_};
  int code = av_write_trailer(format_);
  if (code >= 0) code = avio_closep(&format_->pb);
  if (code < 0) return failure("writing the tables", code);
  return {};
}

}  // namespace lazulite::encoder::ffmpeg
