#include "encoder/ffmpeg/clip_reader.hpp"

#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kUnknownLimitSeconds = 7 * 24 * 3600.0;
constexpr std::size_t kMaxEarlyPackets = 8192;

double as_seconds(std::int64_t ticks, AVRational base) { return static_cast<double>(ticks) * av_q2d(base); }

}  // namespace

Result<ClipReader> ClipReader::open(const Clip& clip, const Options& options, RunState& state,
                                    const std::stop_token& stop) {
  LAZULITE_TRY(auto packets, PacketReader::open(clip, options.rate, stop));
  ClipReader reader{clip, options, state, std::move(packets)};
  reader.video_done_ = !clip.video;
  reader.audio_done_ = !clip.audio;
  reader.limit_seconds_ = clip.expected_seconds ? *clip.expected_seconds * 1.05 + 30 : kUnknownLimitSeconds;
  if (clip.duration) reader.limit_seconds_ = std::min(reader.limit_seconds_, *clip.duration);
  if (clip.video && !options.copy_video) LAZULITE_CHECK(reader.open_decoder());
  return reader;
}

Result<void> ClipReader::open_decoder() {
  const StreamInfo& stream = clip_->video->stream;
  const AVStream& coded = reader_.stream_of(*clip_->video);
  LAZULITE_TRY(auto decoder, Decoder::open(coded, options_.threads));
  decoder_ = std::move(decoder);
  filter_.emplace(VideoFilter::Options{.rate = options_.rate,
                                       .time_base = coded.time_base,
                                       .rotation = stream.rotation,
                                       .interlaced = stream.interlaced,
                                       .filters = clip_->filters,
                                       .threads = options_.threads});
  return {};
}

Result<void> ClipReader::set_origin(double origin, ClipSink& sink) {
  origin_ = origin;
  if (clip_->video) origin_ticks_ = std::llround(origin / av_q2d(reader_.stream_of(*clip_->video).time_base));
  return sink.begin(origin);
}

Result<void> ClipReader::run(ClipSink& sink) {
  // A copy can only begin at a key frame, which is known when it comes.
  if (!options_.copy_video || !clip_->video) LAZULITE_CHECK(set_origin(reader_.origin(), sink));
  while (!state_->aborted() && !done()) {
    LAZULITE_TRY(auto item, reader_.next());
    if (!item.packet) break;
    LAZULITE_CHECK(route(item.source, std::move(item.packet), sink));
  }
  if (state_->aborted()) return {};
  if (!origin_) LAZULITE_CHECK(begin_copy(sink));
  if (!decoder_) return {};
  LAZULITE_CHECK(decode(nullptr, sink));
  LAZULITE_CHECK(filter_->close(limit_seconds_));
  return pull(sink);
}

Result<void> ClipReader::route(std::size_t source, PacketPtr packet, ClipSink& sink) {
  const auto is_from = [&](const std::optional<StreamChoice>& choice) {
    return choice && choice->source == source && choice->stream.index == packet->stream_index;
  };
  if (is_from(clip_->video)) {
    if (video_done_) return {};
    return options_.copy_video ? copy(std::move(packet), sink) : decode(packet.get(), sink);
  }
  return is_from(clip_->audio) ? hear(std::move(packet), sink) : Result<void>{};
}

Result<void> ClipReader::hear(PacketPtr packet, ClipSink& sink) {
  if (audio_done_) return {};
  if (!origin_) {
    if (early_sound_.size() < kMaxEarlyPackets) early_sound_.push_back(std::move(packet));
    return {};
  }
  const double time = as_seconds(packet->pts, reader_.stream_of(*clip_->audio).time_base) - *origin_;
  const double moved = clip_->start ? std::max(0.0, reader_.origin() - *origin_) : 0;
  audio_done_ = packet->pts != AV_NOPTS_VALUE && time >= limit_seconds_ + moved;
  return audio_done_ ? Result<void>{} : sink.sound(std::move(packet));
}

// What leads from the last key frame before the start waits until it is known to be the last.
Result<void> ClipReader::copy(PacketPtr packet, ClipSink& sink) {
  if (packet->pts == AV_NOPTS_VALUE || packet->dts == AV_NOPTS_VALUE) return {};
  if (origin_) return pass_on(std::move(packet), sink);
  const AVRational base = reader_.stream_of(*clip_->video).time_base;
  const double time = as_seconds(packet->pts, base), start = clip_->start ? reader_.origin() : time;
  const bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
  if (key && time <= start + 1e-4) early_pictures_.clear();
  if (early_pictures_.empty() && !key) return {};
  early_pictures_.push_back(std::move(packet));
  const bool reached = !clip_->start || as_seconds(early_pictures_.back()->dts, base) >= start;
  if (!reached && early_pictures_.size() < kMaxEarlyPackets) return {};
  return begin_copy(sink);
}

Result<void> ClipReader::begin_copy(ClipSink& sink) {
  auto pictures = std::exchange(early_pictures_, {});
  if (pictures.empty()) return {};
  LAZULITE_CHECK(set_origin(as_seconds(pictures.front()->pts, reader_.stream_of(*clip_->video).time_base), sink));
  for (PacketPtr& picture : pictures) LAZULITE_CHECK(pass_on(std::move(picture), sink));
  for (PacketPtr& sound : std::exchange(early_sound_, {})) LAZULITE_CHECK(hear(std::move(sound), sink));
  return {};
}

Result<void> ClipReader::pass_on(PacketPtr packet, ClipSink& sink) {
  const AVRational base = reader_.stream_of(*clip_->video).time_base;
  packet->pts -= origin_ticks_;
  packet->dts -= origin_ticks_;
  if (packet->pts < 0) return {};  // leads to a key frame that was left out
  // The clip ends where it was asked to, although it begins earlier.
  const double end = limit_seconds_ + (clip_->start ? std::max(0.0, reader_.origin() - *origin_) : 0);
  video_done_ = as_seconds(packet->dts, base) >= end;
  if (video_done_) return {};
  video_reached_ = std::max(video_reached_, as_seconds(packet->pts + packet->duration, base));
  return sink.coded_picture(std::move(packet));
}

Result<void> ClipReader::decode(const AVPacket* packet, ClipSink& sink) {
  frames_.clear();
  {
    const RunState::Permit permit{*state_};
    decoder_->decode(packet, frames_);
  }
  for (const FramePtr& frame : frames_) LAZULITE_CHECK(filter(*frame, sink));
  return {};
}

Result<void> ClipReader::filter(AVFrame& frame, ClipSink& sink) {
  const AVRational base = decoder_->time_base();
  if (frame.width <= 0 || frame.height <= 0) return {};
  const std::int64_t time = frame.best_effort_timestamp;
  frame.pts = time == AV_NOPTS_VALUE ? next_pts_ : time - origin_ticks_;
  if (as_seconds(frame.pts, base) >= limit_seconds_ - 1e-6) {
    video_done_ = true;
    return {};
  }
  const std::int64_t usual =
      std::max<std::int64_t>(1, av_rescale_q(1, {options_.rate.denominator, options_.rate.numerator}, base));
  const std::int64_t duration = frame.pkt_duration > 0 ? frame.pkt_duration : usual;
  next_pts_ = frame.pts + duration;
  // Those that lead up to the start; the one that stands there begins the clip.
  if (frame.pts < 0 && frame.pts + duration / 2 <= 0) return {};
  frame.pts = std::max<std::int64_t>(frame.pts, 0);
  video_reached_ = std::max(video_reached_, as_seconds(next_pts_, base));
  {
    const RunState::Permit permit{*state_};
    LAZULITE_CHECK(filter_->push(frame));
  }
  return pull(sink);
}

Result<void> ClipReader::pull(ClipSink& sink) {
  while (!state_->aborted()) {
    FramePtr frame;
    {
      const RunState::Permit permit{*state_};
      LAZULITE_TRY(frame, filter_->pull());
    }
    if (!frame) return {};
    LAZULITE_CHECK(sink.picture(std::move(frame)));
  }
  return {};
}

}  // namespace lazulite::encoder::ffmpeg
