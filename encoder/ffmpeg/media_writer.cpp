#include "encoder/ffmpeg/media_writer.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/dict.h>
}

#include <algorithm>
#include <cmath>
#include <limits>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kTicksPerSecond = 1e7;               // of Smooth Streaming
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

Error MediaWriter::failure(std::string_view what, int code) const {
  return fail_with(ErrorCode::kIo, task_error::kUploading, "{}: {}: {}", path_.filename().string(), what,
                   error_text(code));
}

Result<std::unique_ptr<MediaWriter>> MediaWriter::open(const Options& options) {
  std::unique_ptr<MediaWriter> writer{new MediaWriter(options.path)};
  LAZULITE_CHECK(writer->open_tracks(options));
  return writer;
}

Result<void> MediaWriter::open_tracks(const Options& options) {
  constexpr const char* kMuxers[] = {"mp4", "mpegts", "ismv"};  // as Container
  // Start both tracks at 0 without an edit list on the video (processing.md 7.3).
  constexpr const char* kMovieFlags[] = {"+faststart+negative_cts_offsets", nullptr,
                                         "+frag_custom+negative_cts_offsets"};
  container_ = options.container;
  fragment_seconds_ = options.fragment_seconds;
  const auto kind = static_cast<std::size_t>(container_);
  const std::string url = "file:" + path_.string();
  int code = avformat_alloc_output_context2(&format_, nullptr, kMuxers[kind], url.c_str());
  if (code < 0) return failure("creating the file", code);
  if (options.video) LAZULITE_CHECK(add_track(*options.video, video_));
  if (options.audio) {
    LAZULITE_CHECK(add_track(*options.audio, audio_));
    av_dict_set(&audio_.stream->metadata, "language", options.language.empty() ? "und" : options.language.c_str(), 0);
  }
  code = avio_open(&format_->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (code < 0) return failure("creating the file", code);

  AVDictionary* muxer_options = nullptr;
  if (kMovieFlags[kind] != nullptr) av_dict_set(&muxer_options, "movflags", kMovieFlags[kind], 0);
  if (options.video && container_ == Container::kMp4)
    av_dict_set_int(&muxer_options, "video_track_timescale", video_timescale(*options.video), 0);
  code = avformat_write_header(format_, &muxer_options);
  av_dict_free(&muxer_options);
  if (code < 0) return failure("writing the header", code);
  return {};
}

Result<void> MediaWriter::add_track(const TrackFormat& format, Track& track) {
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

MediaWriter::~MediaWriter() {
  if (format_ == nullptr) return;
  avio_closep(&format_->pb);
  avformat_free_context(format_);
}

Result<void> MediaWriter::add_video(PacketPtr packet) {
  const std::lock_guard lock{mutex_};
  if (is_key(*packet)) close_gop(seconds(packet->pts, video_.packet_base));
  gop_bytes_ += packet->size;
  return add(video_, std::move(packet));
}

Result<void> MediaWriter::add_audio(PacketPtr packet) {
  const std::lock_guard lock{mutex_};
  return add(audio_, std::move(packet));
}

Result<void> MediaWriter::add(Track& track, PacketPtr packet) {
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

void MediaWriter::close_gop(double end) {
  const double length = end - gop_start_;
  if (length > 0) {
    const double bitrate = static_cast<double>(gop_bytes_) * 8 / length;
    video_.statistics.max_gop_bitrate = std::max(video_.statistics.max_gop_bitrate, bitrate);
  }
  gop_start_ = end;
  gop_bytes_ = 0;
}

Result<void> MediaWriter::end_video() {
  const std::lock_guard lock{mutex_};
  close_gop(video_.statistics.duration);
  video_.ended = true;
  return write_complete_gops();
}

Result<void> MediaWriter::end_audio() {
  const std::lock_guard lock{mutex_};
  audio_.ended = true;
  return write_complete_gops();
}

// Writes runs for as long as the first GOP is whole and its audio has come, or too much waits.
Result<void> MediaWriter::write_complete_gops() {
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

Result<void> MediaWriter::write_run(Track& track, std::size_t count) {
  for (; count > 0; --count) {
    const PacketPtr packet = std::move(track.waiting.front());
    track.waiting.pop_front();
    waiting_bytes_ -= static_cast<std::size_t>(packet->size);
    packet->stream_index = track.stream->index;
    // There is no edit list to hide what an AAC encoder puts before the first sample.
    if (container_ == Container::kSmooth && packet->pts + packet->duration <= 0) continue;
    if (container_ == Container::kSmooth) LAZULITE_CHECK(begin_fragment(track, *packet));
    av_packet_rescale_ts(packet.get(), track.packet_base, track.stream->time_base);
    const int code = container_ == Container::kTransportStream ? av_interleaved_write_frame(format_, packet.get())
                                                               : av_write_frame(format_, packet.get());
    if (code < 0) return failure("writing", code);
  }
  return {};
}

// Ends the fragment before this packet where another is to begin.
Result<void> MediaWriter::begin_fragment(const Track& track, const AVPacket& packet) {
  const double time = seconds(packet.pts, track.packet_base);
  const bool due = &track == &video_ ? is_key(packet)
                                     : time >= static_cast<double>(fragment_times_.size()) * fragment_seconds_ - 1e-9;
  if (!due && !fragment_times_.empty()) return {};
  if (!fragment_times_.empty()) {
    if (const int code = av_write_frame(format_, nullptr); code < 0) return failure("ending a fragment", code);
  }
  fragment_times_.push_back(std::llround(time * kTicksPerSecond));
  return {};
}

std::string MediaWriter::codec_data() const {
  const AVCodecParameters& parameters = *format_->streams[0]->codecpar;
  std::string digits;
  for (int i = 0; i < parameters.extradata_size; ++i) digits += fmt::format("{:02X}", parameters.extradata[i]);
  return digits;
}

Result<void> MediaWriter::finish() {
  const std::lock_guard lock{mutex_};
  int code = av_write_trailer(format_);
  if (code >= 0) code = avio_closep(&format_->pb);
  if (code < 0) return failure("writing the tables", code);
  const double end = std::max(video_.statistics.duration, audio_.statistics.duration);
  if (container_ == Container::kSmooth) fragment_times_.push_back(std::llround(end * kTicksPerSecond));
  return {};
}

}  // namespace lazulite::encoder::ffmpeg
