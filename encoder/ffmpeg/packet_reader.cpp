#include "encoder/ffmpeg/packet_reader.hpp"

#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr double kJumpSeconds = 10;

}  // namespace

Result<PacketReader> PacketReader::open(const TranscodeRequest& request) {
  PacketReader reader{request};
  LAZULITE_CHECK(reader.open_sources());
  return reader;
}

Result<void> PacketReader::open_sources() {
  for (const SourceFile& file : request_->sources) {
    Source source;
    LAZULITE_TRY(source.input, Input::open(file, request_->stop));
    AVFormatContext& format = source.input->format();
    source.expected_dts.assign(format.nb_streams, AV_NOPTS_VALUE);
    for (unsigned i = 0; i < format.nb_streams; ++i) format.streams[i]->discard = AVDISCARD_ALL;
    sources_.push_back(std::move(source));
  }
  for (const auto* choice : {&request_->video, &request_->audio}) {
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

const AVStream& PacketReader::stream_of(const StreamChoice& choice) const {
  return *sources_[choice.source].input->format().streams[choice.stream.index];
}

double PacketReader::origin() const {
  const auto start_of = [this](const std::optional<StreamChoice>& choice) {
    if (!choice) return std::numeric_limits<double>::infinity();
    const AVStream& stream = stream_of(*choice);
    return stream.start_time == AV_NOPTS_VALUE ? 0.0
                                               : static_cast<double>(stream.start_time) * av_q2d(stream.time_base);
  };
  const double video = start_of(request_->video), audio = start_of(request_->audio);
  const double frame = request_->video ? 1 / request_->plan.frame_rate.value() : 0;
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
