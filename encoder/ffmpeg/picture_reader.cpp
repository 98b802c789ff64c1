#include "encoder/ffmpeg/picture_reader.hpp"

#include "encoder/processors/task_error.hpp"

#include <array>
#include <cmath>
#include <cstdlib>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kForwardSeconds = 5;  // decoded through rather than sought where the container has no index

std::int64_t time_of(const AVFrame& frame) {
  return frame.best_effort_timestamp == AV_NOPTS_VALUE ? frame.pts : frame.best_effort_timestamp;
}

}  // namespace

Result<PictureReader> PictureReader::open(const SourceFile& source, int stream_index, unsigned threads,
                                          const std::stop_token& stop) {
  LAZULITE_TRY(auto input, Input::open(source, stop));
  LAZULITE_TRY(AVStream* const stream, input->choose_stream(stream_index));
  LAZULITE_TRY(auto decoder, Decoder::open(*stream, threads));
  return PictureReader{std::move(input), std::move(decoder), stream_index};
}

std::int64_t PictureReader::ticks_of(double seconds) const {
  const std::int64_t start = stream().start_time == AV_NOPTS_VALUE ? 0 : stream().start_time;
  return start + std::llround(seconds / av_q2d(stream().time_base));
}

Result<void> PictureReader::seek(std::int64_t ticks) {
  LAZULITE_CHECK(input_->seek(stream_, ticks));
  forget();
  return {};
}

Result<void> PictureReader::rewind() {
  LAZULITE_CHECK(input_->rewind(stream_));
  forget();
  return {};
}

void PictureReader::forget() {
  decoder_.flush();
  decoded_.clear();
  taken_ = 0;
  current_.reset();
  next_.reset();
  read_up_to_.reset();
  drained_ = false;
}

// Null at the end. Frames that no other needs are left out as long as `wanted` is far.
Result<FramePtr> PictureReader::next_frame(std::int64_t wanted) {
  while (taken_ == decoded_.size()) {
    if (drained_) return FramePtr{};
    decoded_.clear();
    taken_ = 0;
    LAZULITE_TRY(const auto packet, input_->read());
    if (!packet) {
      drained_ = true;
      decoder_.decode(nullptr, decoded_);
      continue;
    }
    if (packet->stream_index != stream_) continue;
    const std::int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    read_up_to_ = packet->dts != AV_NOPTS_VALUE ? packet->dts : time;
    const bool far = static_cast<double>(wanted - time) * av_q2d(stream().time_base) > 1;
    decoder_.skip(far ? AVDISCARD_NONREF : AVDISCARD_DEFAULT);
    decoder_.decode(packet.get(), decoded_);
  }
  return std::move(decoded_[taken_++]);
}

bool PictureReader::knows_key_frames() const { return (input_->format().iformat->flags & AVFMT_TS_DISCONT) == 0; }

bool PictureReader::should_seek(std::int64_t wanted) const {
  if (drained_ || !read_up_to_) return true;
  if (current_ && time_of(*current_) > wanted) return true;
  if (*read_up_to_ >= wanted) return false;
  if (knows_key_frames()) {
    auto* known = const_cast<AVStream*>(&stream());
    if (const AVIndexEntry* key = avformat_index_get_entry_from_timestamp(known, wanted, AVSEEK_FLAG_BACKWARD))
      return key->timestamp > *read_up_to_;
  }
  return static_cast<double>(wanted - *read_up_to_) * av_q2d(stream().time_base) > kForwardSeconds;
}

Result<FramePtr> PictureReader::decode_to(std::int64_t wanted) {
  while (!next_ || time_of(*next_) <= wanted) {
    LAZULITE_TRY(auto frame, next_frame(wanted));
    if (!frame) break;
    if (next_) current_ = std::move(next_);
    next_ = std::move(frame);
  }
  if (next_ && time_of(*next_) <= wanted) return share(*next_);  // the last one of the stream
  if (current_) return share(*current_);
  if (next_) return share(*next_);
  return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedContent,
                   "{}: no frame of video stream {} could be decoded", input_->name(), stream_);
}

Result<FramePtr> PictureReader::at(double seconds) {
  const std::int64_t wanted = ticks_of(seconds + 1e-4);
  if (!should_seek(wanted)) return decode_to(wanted);
  // Indices go by decoding time, and broadcast containers do not know their key frames, so what is found may only be
  // shown after the time that is wanted, or be no key frame at all.
  constexpr std::array<double, 4> kStepsBack = {0, 1, 4, 15};
  for (const double back : kStepsBack) {
    if (seconds - back <= 0) break;
    LAZULITE_CHECK(seek(ticks_of(seconds - back)));
    auto frame = decode_to(wanted);
    const bool found = frame && time_of(**frame) <= wanted;
    if (found || (!frame && frame.error().code != ErrorCode::kInvalidArgument)) return frame;
  }
  LAZULITE_CHECK(rewind());
  return decode_to(wanted);
}

std::optional<std::int64_t> PictureReader::nearest_key(std::int64_t wanted) const {
  std::optional<std::int64_t> nearest;
  if (!knows_key_frames()) return nearest;
  auto* known = const_cast<AVStream*>(&stream());
  for (const int flags : {AVSEEK_FLAG_BACKWARD, 0}) {
    const AVIndexEntry* key = avformat_index_get_entry_from_timestamp(known, wanted, flags);
    if (key != nullptr && (!nearest || std::abs(key->timestamp - wanted) < std::abs(*nearest - wanted)))
      nearest = key->timestamp;
  }
  return nearest;
}

Result<FramePtr> PictureReader::near(double seconds, double tolerance) {
  const std::int64_t wanted = ticks_of(seconds), most = std::llround(tolerance / av_q2d(stream().time_base));
  const auto key = nearest_key(wanted);
  if (!key || std::abs(*key - wanted) > most) return at(seconds);
  LAZULITE_CHECK(seek(*key));
  decoder_.skip(AVDISCARD_NONKEY);
  PacketPtr packet;
  do {
    LAZULITE_TRY(packet, input_->read());
  } while (packet && packet->stream_index != stream_);
  if (packet) decoder_.decode(packet.get(), decoded_);
  if (decoded_.empty()) decoder_.decode(nullptr, decoded_);
  drained_ = true;  // whatever is asked for next begins with a seek
  if (decoded_.empty() || std::abs(time_of(*decoded_.front()) - wanted) > 2 * most) return at(seconds);
  return std::move(decoded_.front());
}

}  // namespace lazulite::encoder::ffmpeg
