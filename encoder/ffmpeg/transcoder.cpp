#include "encoder/ffmpeg/transcoder.hpp"

#include "encoder/ffmpeg/audio_stage.hpp"
#include "encoder/ffmpeg/branches.hpp"
#include "encoder/ffmpeg/clip_reader.hpp"
#include "encoder/ffmpeg/colour.hpp"
#include "encoder/ffmpeg/overlay_pictures.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <thread>

namespace lazulite::encoder::ffmpeg {
namespace {

std::optional<double> expected_seconds(const std::vector<Clip>& clips) {
  double sum = 0;
  for (const Clip& clip : clips) {
    if (!clip.expected_seconds) return std::nullopt;
    sum += *clip.expected_seconds;
  }
  return sum;
}

class Transcoder final : ClipSink {
 public:
  explicit Transcoder(const TranscodeRequest& request)
      : request_(request),
        state_(request.threads < std::thread::hardware_concurrency() ? std::max(1U, request.threads) : 0),
        expected_seconds_(expected_seconds(request.clips)),
        progress_(expected_seconds_, request.on_progress),
        overlays_(request.overlays, request.plan.frame_rate, request.stop) {}

  Result<TranscodeReport> run();

 private:
  Result<void> open_clip(std::size_t index);
  Result<void> open_video();
  Result<void> open_audio();
  Result<void> open_writers();
  void make_size_stages();
  Result<void> make_audio_stages();
  [[nodiscard]] std::vector<unsigned> encoder_threads() const;
  // Not the output's name: that may be longer than a file system takes.
  [[nodiscard]] std::filesystem::path path_of(std::size_t output) const {
    return request_.folder / fmt::format("output{}", output);
  }
  [[nodiscard]] const Clip& clip() const { return request_.clips[clip_index_]; }

  Result<void> run_clips();
  Result<void> end_clip();
  // ClipSink
  Result<void> begin(double origin) override;
  Result<void> picture(FramePtr frame) override;
  Result<void> coded_picture(PacketPtr packet) override;
  Result<void> sound(PacketPtr packet) override;

  Result<FramePtr> overlaid(FramePtr frame);
  Result<void> copy_sound(PacketPtr packet);
  Result<void> black_up_to(double seconds);
  void silence_up_to_pictures(bool all);
  Result<void> finish_copies();
  void join();
  [[nodiscard]] Result<void> require_complete() const;
  Result<TranscodeReport> report();

  const TranscodeRequest& request_;
  RunState state_;
  std::optional<double> expected_seconds_;
  ProgressMeter progress_;
  std::size_t clip_index_ = 0;
  std::optional<ClipReader> reader_;                           // of the clip
  std::optional<OverlayPictures> clip_overlays_;               // the same
  OverlayPictures overlays_;                                   // of the whole output
  std::vector<MediaEncoder> video_encoders_;                   // until the stages take them; as plan.video
  std::vector<MediaEncoder> audio_encoders_;                   // the same, as plan.audio
  std::vector<std::unique_ptr<MediaWriter>> writers_;          // as plan.outputs
  std::vector<std::pair<std::string, std::string>> profiles_;  // as plan.video
  std::vector<std::unique_ptr<SizeStage>> sizes_;
  std::vector<std::unique_ptr<AudioStage>> audio_;  // as plan.audio
  FramePtr black_;
  std::int64_t frames_out_ = 0, next_key_ = 0, next_silence_ = 0, audio_origin_ = 0;
  std::int64_t decoded_frames_ = 0, damaged_packets_ = 0, copied_packets_ = 0;
  double video_reached_ = 0;  // seconds, all clips
  bool clock_jumped_ = false;
};

// Larger pictures get more of the task's threads; every encoder has one at least. The sum may be over the share: the
// largest picture is the longest chain of work and must never wait for a thread, and CPU permits bound what the share
// is.
std::vector<unsigned> Transcoder::encoder_threads() const {
  const auto pixels = [](const VideoRendition& rendition) {
    return static_cast<double>(rendition.size.width) * rendition.size.height;
  };
  double total = 0;
  for (const auto& rendition : request_.plan.video) total += pixels(rendition);
  std::vector<unsigned> threads;
  for (const auto& rendition : request_.plan.video) {
    threads.push_back(
        static_cast<unsigned>(std::clamp(std::ceil(request_.threads * pixels(rendition) / total), 1.0, 64.0)));
  }
  return threads;
}

Result<void> Transcoder::open_clip(std::size_t index) {
  clip_index_ = index;
  const ClipReader::Options options{.rate = request_.plan.frame_rate,
                                    .copy_video = request_.plan.copy_video,
                                    .threads = std::max(1U, request_.threads)};
  LAZULITE_TRY(auto reader, ClipReader::open(clip(), options, state_, request_.stop));
  reader_.emplace(std::move(reader));
  clip_overlays_.emplace(clip().overlays, request_.plan.frame_rate, request_.stop);
  return {};
}

Result<void> Transcoder::open_video() {
  const ResolvedPlan& plan = request_.plan;
  Colour colour{AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709};
  if (clip().video) colour = colour_of(*reader_->stream_of(*clip().video).codecpar, clip().video->stream);
  const auto threads = encoder_threads();
  for (std::size_t i = 0; i < plan.video.size(); ++i) {
    LAZULITE_TRY(auto encoder, MediaEncoder::open_video({.layer = plan.video[i].layer,
                                                         .width = plan.video[i].size.width,
                                                         .height = plan.video[i].size.height,
                                                         .rate = plan.frame_rate,
                                                         .key_frame_interval = plan.key_frame_interval,
                                                         .scene_change_detection = plan.scene_change_detection,
                                                         .effort = plan.effort,
                                                         .threads = threads[i],
                                                         .colour = colour}));
    profiles_.push_back(profile_and_level(encoder.context()));
    video_encoders_.push_back(std::move(encoder));
  }
  return {};
}

Result<void> Transcoder::open_audio() {
  for (const AudioRendition& rendition : request_.plan.audio) {
    const AudioPlan& plan = rendition.encode;
    LAZULITE_TRY(auto encoder, MediaEncoder::open_audio(plan.channels, plan.sampling_rate, plan.bitrate_kbps));
    audio_encoders_.push_back(std::move(encoder));
  }
  return {};
}

Result<void> Transcoder::open_writers() {
  for (const PlannedOutput& output : request_.plan.outputs) {
    MediaWriter::Options options{
        .path = path_of(writers_.size()),
        .video = {},
        .audio = {},
        .language = request_.language,
        .container = request_.plan.container,
        .fragment_seconds = static_cast<double>(request_.plan.key_frame_interval.count()) / 1000};
    if (output.video) options.video = format_of(video_encoders_[*output.video].context());
    if (output.copies_video) options.video = format_of(reader_->stream_of(*clip().video));
    if (output.audio) options.audio = format_of(audio_encoders_[*output.audio].context());
    if (output.copies_audio) options.audio = format_of(reader_->stream_of(*clip().audio));
    LAZULITE_TRY(auto writer, MediaWriter::open(options));
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
    std::vector<MediaWriter*> writers;
    for (std::size_t j = 0; j < writers_.size(); ++j) {
      if (request_.plan.outputs[j].audio == i) writers.push_back(writers_[j].get());
    }
    ProgressMeter* progress = !sizes_.empty() || i > 0 ? nullptr : &progress_;
    auto stage = std::make_unique<AudioStage>(state_, progress, std::move(audio_encoders_[i]), std::move(writers));
    stage->set_gain(request_.plan.audio_gain);
    LAZULITE_TRY(auto sounds, OverlaySound::open_all(request_.overlays, stage->sound_options(), request_.stop));
    stage->set_overlays(std::move(sounds));
    audio_.push_back(std::move(stage));
  }
  return {};
}

Result<TranscodeReport> Transcoder::run() {
  route_library_log();
  LAZULITE_CHECK(open_clip(0));
  LAZULITE_CHECK(open_video());
  LAZULITE_CHECK(open_audio());
  LAZULITE_CHECK(open_writers());
  const std::stop_callback on_stop{request_.stop,
                                   [this] { state_.fail(fail(ErrorCode::kCancelled, "the task was cancelled")); }};
  try {
    for (const auto& size : sizes_) size->start();
    for (const auto& audio : audio_) audio->start();
    run_guarded(state_, [this] { return run_clips(); });
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

Result<void> Transcoder::run_clips() {
  for (std::size_t i = 0; i < request_.clips.size() && !state_.aborted(); ++i) {
    if (i > 0) LAZULITE_CHECK(open_clip(i));
    LAZULITE_CHECK(reader_->run(*this));
    LAZULITE_CHECK(end_clip());
  }
  if (state_.aborted()) return {};
  LAZULITE_CHECK(finish_copies());
  for (const auto& audio : audio_) audio->close();
  for (const auto& size : sizes_) size->close();
  return {};
}

Result<void> Transcoder::end_clip() {
  video_reached_ += reader_->video_reached();
  decoded_frames_ += reader_->decoded_frames();
  damaged_packets_ += reader_->damaged_packets();
  clock_jumped_ = clock_jumped_ || reader_->jumped();
  const bool more = clip_index_ + 1 < request_.clips.size();
  const bool sound_is_laid = !clip().overlays.empty() || !request_.overlays.empty();
  if (sizes_.empty() || (clip().audio && !more && !sound_is_laid)) return {};
  silence_up_to_pictures(true);
  return {};
}

// The sound of a clip begins; stages take it from here.
Result<void> Transcoder::begin(double origin) {
  const AVStream* stream = clip().audio ? &reader_->stream_of(*clip().audio) : nullptr;
  if (stream != nullptr) audio_origin_ = std::llround(origin / av_q2d(stream->time_base));
  for (const auto& audio : audio_) {
    AudioStage::ClipStart start{
        .decoder = {}, .origin = audio_origin_, .limit_seconds = reader_->limit_seconds(), .overlays = {}};
    if (stream != nullptr) {
      LAZULITE_TRY(auto decoder, Decoder::open(*stream, 1));
      start.decoder.emplace(std::move(decoder));
    }
    LAZULITE_TRY(start.overlays, OverlaySound::open_all(clip().overlays, audio->sound_options(), request_.stop));
    if (!audio->begin(std::move(start))) return {};
  }
  return {};
}

Result<FramePtr> Transcoder::overlaid(FramePtr frame) {
  const RunState::Permit permit{state_};
  LAZULITE_TRY(frame, clip_overlays_->apply(std::move(frame)));
  return overlays_.apply(std::move(frame));
}

// Key frames are decided here, once for all layers: the first frame at or after each multiple of the interval
// (processing.md 7.2).
Result<void> Transcoder::picture(FramePtr frame) {
  const Fraction rate = request_.plan.frame_rate;
  const std::int64_t interval = std::max<std::int64_t>(1, request_.plan.key_frame_interval.count());
  // time >= n * interval, in integers: number * denominator * 1000 >= n * interval * numerator
  const bool key = frames_out_ * rate.denominator * 1000 >= next_key_ * interval * rate.numerator;
  if (key) next_key_ = frames_out_ * rate.denominator * 1000 / (interval * rate.numerator) + 1;
  LAZULITE_TRY(frame, overlaid(std::move(frame)));
  frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  frame->key_frame = key ? 1 : 0;
  frame->pts = frames_out_++;
  frame->pkt_duration = 1;
  frame->interlaced_frame = 0;
  frame->sample_aspect_ratio = {1, 1};
  av_frame_remove_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX);
  for (const auto& size : sizes_) {
    if (!size->push(share(*frame))) return {};
  }
  if (!clip().audio) silence_up_to_pictures(false);
  return {};
}

// Sound for pictures that have none, a second at a time so that files stay interleaved.
void Transcoder::silence_up_to_pictures(bool all) {
  const double seconds = static_cast<double>(frames_out_) / request_.plan.frame_rate.value();
  if (!all && seconds < static_cast<double>(next_silence_)) return;
  next_silence_ = static_cast<std::int64_t>(seconds) + 1;
  for (const auto& audio : audio_) audio->end_at(seconds);
}

Result<void> Transcoder::coded_picture(PacketPtr packet) {
  if (expected_seconds_) progress_.reached(reader_->video_reached());
  ++copied_packets_;
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    if (request_.plan.outputs[i].copies_video) LAZULITE_CHECK(writers_[i]->add_video(share(*packet)));
  }
  return {};
}

Result<void> Transcoder::sound(PacketPtr packet) {
  if (!sizes_.empty() && !clip().video && packet->pts != AV_NOPTS_VALUE) {
    const AVRational base = reader_->stream_of(*clip().audio).time_base;
    LAZULITE_CHECK(black_up_to(static_cast<double>(packet->pts + packet->duration - audio_origin_) * av_q2d(base)));
  }
  for (const auto& audio : audio_) {
    if (!audio->push(share(*packet))) return {};
  }
  return copy_sound(std::move(packet));
}

Result<void> Transcoder::copy_sound(PacketPtr packet) {
  if (packet->pts == AV_NOPTS_VALUE) return {};
  packet->pts -= audio_origin_;
  packet->dts = packet->pts;
  if (packet->pts < 0) return {};
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    if (!request_.plan.outputs[i].copies_audio) continue;
    ++copied_packets_;
    LAZULITE_CHECK(writers_[i]->add_audio(share(*packet)));
  }
  return {};
}

// Pictures for sound that has none (Condition InsertBlackIfNoVideo, processing.md 3c.3).
Result<void> Transcoder::black_up_to(double seconds) {
  if (!black_) {
    Scaler canvas{FrameSize{request_.plan.video.front().size.width, request_.plan.video.front().size.height, 0, 0}};
    black_ = canvas.blank_frame();
  }
  const double rate = request_.plan.frame_rate.value();
  while (static_cast<double>(frames_out_) < seconds * rate - 0.5 && !state_.aborted())
    LAZULITE_CHECK(picture(share(*black_)));
  return {};
}

// Copied tracks have no stage that ends them.
Result<void> Transcoder::finish_copies() {
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    const PlannedOutput& output = request_.plan.outputs[i];
    if (output.copies_video) LAZULITE_CHECK(writers_[i]->end_video());
    if (output.copies_audio) LAZULITE_CHECK(writers_[i]->end_audio());
  }
  return {};
}

// processing.md 7.7: what decoded in part succeeds only when it is nearly all.
Result<void> Transcoder::require_complete() const {
  const Clip& first = request_.clips.front();
  if (frames_out_ + copied_packets_ == 0 && first.video) {
    return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedContent,
                     "{}: no frame of video stream {} could be decoded", first.sources[first.video->source].name,
                     first.video->stream.index);
  }
  if (!expected_seconds_ || clock_jumped_ || (sizes_.empty() && audio_.empty())) return {};
  const double reached = std::max(video_reached_, audio_.empty() ? 0 : audio_.front()->reached());
  if (reached < *expected_seconds_ * 0.95 - 0.1) {
    return fail_with(
        ErrorCode::kInvalidArgument, task_error::kMalformedContent,
        "{}: the file says it lasts {:.2f} s but only {:.2f} s could be decoded; it is cut short or damaged",
        first.sources.front().name, *expected_seconds_, reached);
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
    if (request_.plan.container == Container::kSmooth) {
      file.fragment_times = writers_[i]->fragment_times();
      file.codec_data = writers_[i]->codec_data();
    }
    if (output.copies_video) {
      file.video_profile = request_.clips.front().video->stream.profile;
      file.video_level = request_.clips.front().video->stream.level;
    }
    report.files.push_back(std::move(file));
  }
  report.decoded_frames = decoded_frames_;
  report.damaged_packets = damaged_packets_ + (audio_.empty() ? 0 : audio_.front()->damaged_packets());
  return report;
}

}  // namespace

Result<TranscodeReport> transcode(const TranscodeRequest& request) {
  Transcoder transcoder{request};
  return transcoder.run();
}

}  // namespace lazulite::encoder::ffmpeg
