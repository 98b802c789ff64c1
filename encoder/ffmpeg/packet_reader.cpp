#include "encoder/ffmpeg/packet_reader.hpp"

#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kJumpSeconds = 10;
constexpr double kKeyFrameSeconds = 15;  // the longest usual distance of key frames

}  // namespace

Result<PacketReader> PacketReader::open(const Clip& clip, Fraction rate, const std::stop_token& stop) {
  PacketReader reader{clip, rate};
  LAZULITE_CHECK(reader.open_sources(stop));
  if (clip.start) LAZULITE_CHECK(reader.seek_to_start());
  return reader;
}

Result<void> PacketReader::open_sources(const std::stop_token& stop) {
  for (const SourceFile& file : clip_->sources) {
    Source source;
    LAZULITE_TRY(source.input, Input::open(file, stop));
    AVFormatContext& format = source.input->format();
    source.expected_dts.assign(format.nb_streams, AV_NOPTS_VALUE);
    for (unsigned i = 0; i < format.nb_streams; ++i) format.streams[i]->discard = AVDISCARD_ALL;
    sources_.push_back(std::move(source));
  }
  for (const auto* choice : {&clip_->video, &clip_->audio}) {
    if (!choice->has_value()) continue;
    AVFormatContext& format = sources_[(*choice)->source].input->format();
    const int index = (*choice)->stream.index;
    if (index >= static_cast<int>(format.nb_streams)) {
      return fail_with(ErrorCode::kInternal, task_error::kProcessing, "stream {} vanished from the source", index);
    }
    format.streams[index]->discard = AVDISCARD_DEFAULT;
  }
  return {};
}

// To the key frame before. Broadcast containers have clocks that begin anywhere, so a start in them counts from the
// beginning of the file; elsewhere it is a time of the file's own time line (processing.md 3c.8).
Result<void> PacketReader::seek_to_start() {
  const std::size_t leading = clip_->video ? clip_->video->source : clip_->audio ? clip_->audio->source : 0;
  const AVFormatContext& first = sources_[leading].input->format();
  const bool counts_from_begin = (first.iformat->flags & AVFMT_TS_DISCONT) != 0 && first.start_time != AV_NOPTS_VALUE;
  start_ = *clip_->start + (counts_from_begin ? static_cast<double>(first.start_time) / AV_TIME_BASE : 0);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto* choice = clip_->video && clip_->video->source == i ? &clip_->video : &clip_->audio;
    if (!choice->has_value() || (*choice)->source != i) continue;
    const AVStream& stream = stream_of(**choice);
    // Such containers do not know their key frames: far enough before the start there will be one.
    const double to = *start_ - (counts_from_begin ? kKeyFrameSeconds : 0);
    if (counts_from_begin && to <= static_cast<double>(first.start_time) / AV_TIME_BASE) {
      LAZULITE_CHECK(sources_[i].input->rewind(stream.index));
    } else {
      LAZULITE_CHECK(sources_[i].input->seek(stream.index, std::llround(to / av_q2d(stream.time_base))));
    }
  }
  return {};
}

const AVStream& PacketReader::stream_of(const StreamChoice& choice) const {
  return *sources_[choice.source].input->format().streams[choice.stream.index];
}

double PacketReader::origin() const {
  if (start_) return *start_;
  const auto start_of = [this](const std::optional<StreamChoice>& choice) {
    if (!choice) return std::numeric_limits<double>::infinity();
    const AVStream& stream = stream_of(*choice);
    return stream.start_time == AV_NOPTS_VALUE ? 0.0
                                               : static_cast<double>(stream.start_time) * av_q2d(stream.time_base);
  };
  const double video = start_of(clip_->video), audio = start_of(clip_->audio);
  const double frame = clip_->video && rate_.numerator > 0 ? 1 / rate_.value() : 0;
  const double start = audio < video - frame * 1.001 ? audio : video;
  return std::isfinite(start) ? start : 0;
}

Result<PacketReader::Item> PacketReader::next() {
  for (;;) {
    const auto behind = std::min_element(sources_.begin(), sources_.end(), [](const Source& a, const Source& b) {
      return std::pair{a.ended, a.position} < std::pair{b.ended, b.position};
    });
    if (behind->ended) return Item{};
    LAZULITE_TRY(auto packet, behind->input->read());
    if (!packet) {
      behind->ended = true;
      continue;
    }
    mend_time_stamps(*behind, *packet);
    return Item{static_cast<std::size_t>(behind - sources_.begin()), std::move(packet)};
  }
}

// Broadcast containers restart their clocks; a jump of more than ten seconds is taken out for all streams.
void PacketReader::mend_time_stamps(Source& source, AVPacket& packet) {
  AVFormatContext& format = source.input->format();
  const auto index = static_cast<std::size_t>(packet.stream_index);
  if (packet.dts == AV_NOPTS_VALUE || index >= source.expected_dts.size()) return;
  const AVRational base = format.streams[index]->time_base;
  std::int64_t& expected = source.expected_dts[index];
  std::int64_t dts = av_rescale_q(packet.dts, base, AV_TIME_BASE_Q) + source.shift;
  if ((format.iformat->flags & AVFMT_TS_DISCONT) != 0 && expected != AV_NOPTS_VALUE &&
      std::abs(static_cast<double>(dts - expected)) > kJumpSeconds * AV_TIME_BASE) {
    source.shift += expected - dts;
    dts = expected;
  }
  expected = dts + av_rescale_q(packet.duration, base, AV_TIME_BASE_Q);
  source.position = static_cast<double>(dts) / AV_TIME_BASE;
  const std::int64_t shift = av_rescale_q(source.shift, AV_TIME_BASE_Q, base);
  packet.dts += shift;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += shift;
}

}  // namespace lazulite::encoder::ffmpeg
