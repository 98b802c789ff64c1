#include "encoder/ffmpeg/transcoder.hpp"

#include "encoder/ffmpeg/branches.hpp"
#include "encoder/ffmpeg/colour.hpp"
#include "encoder/ffmpeg/packet_reader.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <cmath>
#include <system_error>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kUnknownLimitSeconds = 7 * 24 * 3600.0;

double as_seconds(std::int64_t ticks, AVRational base) { return static_cast<double>(ticks) * av_q2d(base); }

class Transcoder {
 public:
  explicit Transcoder(const TranscodeRequest& request)
      : request_(request),
        state_(std::max(1U, request.threads)),
        progress_(request.expected_seconds, request.on_progress) {}

  Result<TranscodeReport> run();

 private:
  Result<void> open_video();
  Result<void> open_audio();
  Result<void> open_writers();
  void make_size_stages();
  Result<void> make_audio_stages();
  [[nodiscard]] std::vector<unsigned> encoder_threads() const;
  // Not the output's name: that may be longer than a file system takes.
  [[nodiscard]] std::filesystem::path path_of(std::size_t output) const {
    return request_.folder / fmt::format("output{}.mp4", output);
  }

  Result<void> read_all();
  Result<void> route(std::size_t source, PacketPtr packet);
  Result<void> decode_video(const AVPacket* packet);
  Result<void> filter_video(AVFrame& frame);
  Result<void> fan_out_filtered();
  Result<void> fan_out(FramePtr frame);
  void join();
  [[nodiscard]] Result<void> require_complete() const;
  Result<TranscodeReport> report();

  const TranscodeRequest& request_;
  RunState state_;
  ProgressMeter progress_;
  std::optional<PacketReader> reader_;
  std::vector<MediaEncoder> video_encoders_;                   // until the stages take them; as plan.video
  std::vector<MediaEncoder> audio_encoders_;                   // the same, as plan.audio
  std::vector<std::unique_ptr<Mp4Writer>> writers_;            // as plan.outputs
  std::vector<std::pair<std::string, std::string>> profiles_;  // as plan.video
  std::vector<std::unique_ptr<SizeStage>> sizes_;
  std::vector<std::unique_ptr<AudioStage>> audio_;  // as plan.audio
  std::optional<Decoder> video_decoder_;
  std::optional<VideoFilter> video_filter_;
  std::vector<FramePtr> frames_;
  std::int64_t video_origin_ = 0, next_pts_ = 0;
  std::int64_t frames_out_ = 0, next_key_ = 0;
  double limit_seconds_ = kUnknownLimitSeconds, video_reached_ = 0;
};

// Larger pictures get more of the task's threads; every encoder has one at least, and the CPU permits keep the sum
// within the share.
std::vector<unsigned> Transcoder::encoder_threads() const {
  const auto pixels = [](const VideoRendition& rendition) {
    return static_cast<double>(rendition.size.width) * rendition.size.height;
  };
  double total = 0;
  for (const auto& rendition : request_.plan.video) total += pixels(rendition);
  std::vector<unsigned> threads;
  for (const auto& rendition : request_.plan.video) {
    threads.push_back(
        static_cast<unsigned>(std::clamp(std::floor(request_.threads * pixels(rendition) / total), 1.0, 64.0)));
  }
  return threads;
}

Result<void> Transcoder::open_video() {
  if (!request_.video) return {};
  const ResolvedPlan& plan = request_.plan;
  const AVStream& stream = reader_->stream_of(*request_.video);
  LAZULITE_TRY(auto decoder, Decoder::open(stream, std::max(1U, request_.threads / 2)));
  video_decoder_ = std::move(decoder);
  video_filter_.emplace(VideoFilter::Options{.rate = plan.frame_rate,
                                             .time_base = stream.time_base,
                                             .rotation = request_.video->stream.rotation,
                                             .deinterlace = request_.video->stream.interlaced,
                                             .threads = std::max(1U, request_.threads / 2)});
  const auto threads = encoder_threads();
  for (std::size_t i = 0; i < plan.video.size(); ++i) {
    LAZULITE_TRY(auto encoder,
                 MediaEncoder::open_video({.layer = plan.video[i].layer,
                                           .width = plan.video[i].size.width,
                                           .height = plan.video[i].size.height,
                                           .rate = plan.frame_rate,
                                           .key_frame_interval = plan.key_frame_interval,
                                           .scene_change_detection = plan.scene_change_detection,
                                           .effort = plan.effort,
                                           .threads = threads[i],
                                           .colour = colour_of(*stream.codecpar, request_.video->stream)}));
    profiles_.push_back(profile_and_level(encoder.context()));
    video_encoders_.push_back(std::move(encoder));
  }
  return {};
}

Result<void> Transcoder::open_audio() {
  if (!request_.audio) return {};
  for (const AudioRendition& rendition : request_.plan.audio) {
    const AudioPlan& plan = rendition.encode;
    LAZULITE_TRY(auto encoder, MediaEncoder::open_audio(plan.channels, plan.sampling_rate, plan.bitrate_kbps));
    audio_encoders_.push_back(std::move(encoder));
  }
  return {};
}

Result<void> Transcoder::open_writers() {
  for (const PlannedOutput& output : request_.plan.outputs) {
    LAZULITE_TRY(auto writer,
                 Mp4Writer::open({.path = path_of(writers_.size()),
                                  .video = output.video ? &video_encoders_[*output.video].context() : nullptr,
                                  .audio = output.audio ? &audio_encoders_[*output.audio].context() : nullptr,
                                  .language = request_.language}));
    writers_.push_back(std::move(writer));
  }
  make_size_stages();
  return make_audio_stages();
}

void Transcoder::make_size_stages() {
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    const PlannedOutput& output = request_.plan.outputs[i];
    if (!output.video) continue;
    const FrameSize size = request_.plan.video[*output.video].size;
    auto stage =
        std::find_if(sizes_.begin(), sizes_.end(), [size](const auto& known) { return known->size() == size; });
    if (stage == sizes_.end()) stage = sizes_.insert(sizes_.end(), std::make_unique<SizeStage>(state_, size));
    (*stage)->add_layer(
        std::make_unique<LayerStage>(state_, progress_, std::move(video_encoders_[*output.video]), *writers_[i]));
  }
}

Result<void> Transcoder::make_audio_stages() {
  for (std::size_t i = 0; i < audio_encoders_.size(); ++i) {
    std::vector<Mp4Writer*> writers;
    for (std::size_t j = 0; j < writers_.size(); ++j) {
      if (request_.plan.outputs[j].audio == i) writers.push_back(writers_[j].get());
    }
    LAZULITE_TRY(auto decoder, Decoder::open(reader_->stream_of(*request_.audio), 1));
    ProgressMeter* progress = request_.video || i > 0 ? nullptr : &progress_;
    audio_.push_back(std::make_unique<AudioStage>(state_, progress, std::move(decoder), std::move(audio_encoders_[i]),
                                                  std::move(writers)));
  }
  return {};
}

Result<TranscodeReport> Transcoder::run() {
  route_library_log();
  LAZULITE_TRY(reader_, PacketReader::open(request_));
  if (request_.expected_seconds) limit_seconds_ = *request_.expected_seconds * 1.05 + 30;
  LAZULITE_CHECK(open_video());
  LAZULITE_CHECK(open_audio());
  LAZULITE_CHECK(open_writers());
  const double start = reader_->origin();
  const auto in_base_of = [start](const AVStream& stream) { return std::llround(start / av_q2d(stream.time_base)); };
  if (request_.video) video_origin_ = in_base_of(reader_->stream_of(*request_.video));
  for (const auto& audio : audio_) audio->set_times(in_base_of(reader_->stream_of(*request_.audio)), limit_seconds_);

  const std::stop_callback on_stop{request_.stop,
                                   [this] { state_.fail(fail(ErrorCode::kCancelled, "the task was cancelled")); }};
  try {
    for (const auto& size : sizes_) size->start();
    for (const auto& audio : audio_) audio->start();
    run_guarded(state_, [this] { return read_all(); });
  } catch (const std::system_error& error) {  // no thread could be started
    state_.fail(
        fail_with(ErrorCode::kInternal, task_error::kTransient, "encoding threads do not start: {}", error.what()));
  }
  join();
  if (auto error = state_.error()) return std::move(*error);
  LAZULITE_CHECK(require_complete());
  return report();
}

void Transcoder::join() {
  for (const auto& size : sizes_) size->join();
  for (const auto& audio : audio_) audio->join();
}

Result<void> Transcoder::read_all() {
  while (!state_.aborted()) {
    LAZULITE_TRY(auto item, reader_->next());
    if (!item.packet) break;
    LAZULITE_CHECK(route(item.source, std::move(item.packet)));
  }
  if (state_.aborted()) return {};
  for (const auto& audio : audio_) audio->close();
  if (!request_.video) return {};
  LAZULITE_CHECK(decode_video(nullptr));
  LAZULITE_CHECK(video_filter_->close());
  LAZULITE_CHECK(fan_out_filtered());
  for (const auto& size : sizes_) size->close();
  return {};
}

Result<void> Transcoder::route(std::size_t source, PacketPtr packet) {
  const auto is_from = [&](const std::optional<StreamChoice>& choice) {
    return choice && choice->source == source && choice->stream.index == packet->stream_index;
  };
  if (is_from(request_.video)) return decode_video(packet.get());
  if (!is_from(request_.audio)) return {};
  for (const auto& audio : audio_) audio->push(share(*packet));  // false only after an abort, which the loop sees
  return {};
}

Result<void> Transcoder::decode_video(const AVPacket* packet) {
  frames_.clear();
  {
    const RunState::Permit permit{state_};
    video_decoder_->decode(packet, frames_);
  }
  for (const FramePtr& frame : frames_) LAZULITE_CHECK(filter_video(*frame));
  return {};
}

Result<void> Transcoder::filter_video(AVFrame& frame) {
  const AVRational base = video_decoder_->time_base();
  if (frame.width <= 0 || frame.height <= 0) return {};
  const std::int64_t time = frame.best_effort_timestamp;
  frame.pts = time == AV_NOPTS_VALUE ? next_pts_ : time - video_origin_;
  if (as_seconds(frame.pts, base) > limit_seconds_) return {};
  const std::int64_t usual = std::max<std::int64_t>(
      1, av_rescale_q(1, {request_.plan.frame_rate.denominator, request_.plan.frame_rate.numerator}, base));
  next_pts_ = frame.pts + (frame.pkt_duration > 0 ? frame.pkt_duration : usual);
  video_reached_ = std::max(video_reached_, as_seconds(next_pts_, base));
  {
    const RunState::Permit permit{state_};
    LAZULITE_CHECK(video_filter_->push(frame));
  }
  return fan_out_filtered();
}

Result<void> Transcoder::fan_out_filtered() {
  while (!state_.aborted()) {
    FramePtr frame;
    {
      const RunState::Permit permit{state_};
      LAZULITE_TRY(frame, video_filter_->pull());
    }
    if (!frame) return {};
    LAZULITE_CHECK(fan_out(std::move(frame)));
  }
  return {};
}

// Key frames are decided here, once for all layers: the first frame at or after each multiple of the interval
// (processing.md 7.2).
Result<void> Transcoder::fan_out(FramePtr frame) {
  const Fraction rate = request_.plan.frame_rate;
  const std::int64_t interval = std::max<std::int64_t>(1, request_.plan.key_frame_interval.count());
  // time >= n * interval, in integers: number * denominator * 1000 >= n * interval * numerator
  const bool key = frames_out_ * rate.denominator * 1000 >= next_key_ * interval * rate.numerator;
  frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  frame->key_frame = key ? 1 : 0;
  if (key) next_key_ = frames_out_ * rate.denominator * 1000 / (interval * rate.numerator) + 1;
  frame->pts = frames_out_++;
  frame->pkt_duration = 1;
  frame->interlaced_frame = 0;
  frame->sample_aspect_ratio = {1, 1};
  av_frame_remove_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX);
  for (const auto& size : sizes_) {
    if (!size->push(share(*frame))) return {};
  }
  return {};
}

// processing.md 7.7: what decoded in part succeeds only when it is nearly all.
Result<void> Transcoder::require_complete() const {
  if (request_.video && frames_out_ == 0) {
    return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedContent,
                     "{}: no frame of video stream {} could be decoded", request_.sources[request_.video->source].name,
                     request_.video->stream.index);
  }
  if (!request_.expected_seconds) return {};
  const double reached = std::max(video_reached_, audio_.empty() ? 0 : audio_.front()->reached());
  if (reached < *request_.expected_seconds * 0.95 - 0.1) {
    return fail_with(
        ErrorCode::kInvalidArgument, task_error::kMalformedContent,
        "{}: the file says it lasts {:.2f} s but only {:.2f} s could be decoded; it is cut short or damaged",
        request_.sources.front().name, *request_.expected_seconds, reached);
  }
  return {};
}

Result<TranscodeReport> Transcoder::report() {
  TranscodeReport report;
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    const PlannedOutput& output = request_.plan.outputs[i];
    LAZULITE_CHECK(writers_[i]->finish());
    WrittenFile file{.path = path_of(i),
                     .size = 0,
                     .video = writers_[i]->video_statistics(),
                     .audio = writers_[i]->audio_statistics(),
                     .video_profile = {},
                     .video_level = {}};
    std::error_code failed;
    file.size = std::filesystem::file_size(file.path, failed);
    if (failed) return fail_with(ErrorCode::kIo, task_error::kUploading, "{}: {}", output.name, failed.message());
    if (output.video) std::tie(file.video_profile, file.video_level) = profiles_[*output.video];
    report.files.push_back(std::move(file));
  }
  if (video_decoder_) report.decoded_frames = video_decoder_->frames();
  report.damaged_packets = (video_decoder_ ? video_decoder_->damaged_packets() : 0) +
                           (audio_.empty() ? 0 : audio_.front()->decoder().damaged_packets());
  return report;
}

}  // namespace

Result<TranscodeReport> transcode(const TranscodeRequest& request) {
  Transcoder transcoder{request};
  return transcoder.run();
}

}  // namespace lazulite::encoder::ffmpeg
