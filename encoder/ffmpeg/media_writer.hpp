// Writes one media file. In a progressive MP4 moov stands in front, both tracks start at 0, and samples of one GOP lie
// together, track by track, so that the origin serves a fragment as one range:
//
//   ftyp moov mdat[ video GOP 1 | audio of its time | video GOP 2 | audio of its time | … ]
//
// A Smooth file has one track, whose fragments begin at key frames or, of sound, at multiples of their length. A
// transport stream is interleaved packet by packet.
//
// add_video() and add_audio() may be called from two threads. What waits for its turn is bounded: a source whose audio
// comes late loses the neat order, never the memory.
#pragma once

#include "encoder/ffmpeg/handles.hpp"
#include "encoder/ffmpeg/transcoder.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lazulite::encoder::ffmpeg {

// What a track's packets are.
struct TrackFormat {
  CodecParametersPtr parameters;
  AVRational time_base{1, 1};       // of the packets
  AVRational frame_rate{0, 1};      // video only
  std::int64_t frame_duration = 0;  // of packets that do not say theirs
};
TrackFormat format_of(const AVCodecContext& encoder);
// Of a stream whose packets are copied.
TrackFormat format_of(const AVStream& stream);

class MediaWriter {
 public:
  struct Options {
    std::filesystem::path path;
    std::optional<TrackFormat> video, audio;
    std::string language;  // of the audio, ISO 639-2; empty: undetermined
    Container container = Container::kMp4;
    double fragment_seconds = 2;  // of Smooth
  };
  // Errors of all functions: ErrorUploadingOutputAsset.
  static Result<std::unique_ptr<MediaWriter>> open(const Options& options);
  ~MediaWriter();
  MediaWriter(const MediaWriter&) = delete;
  MediaWriter& operator=(const MediaWriter&) = delete;

  // Packets in the time base of their track's format, from 0.
  Result<void> add_video(PacketPtr packet);
  Result<void> add_audio(PacketPtr packet);
  // No further packets of that track.
  Result<void> end_video();
  Result<void> end_audio();
  // Writes the rest and the tables; call once, after both ends.
  Result<void> finish();

  [[nodiscard]] const TrackStatistics& video_statistics() const { return video_.statistics; }
  [[nodiscard]] const TrackStatistics& audio_statistics() const { return audio_.statistics; }
  // Of a Smooth file, after finish(): when fragments begin, in 100 ns, and last when the file ends.
  [[nodiscard]] const std::vector<std::int64_t>& fragment_times() const { return fragment_times_; }
  // The parameters of its track's codec, in hexadecimal digits.
  [[nodiscard]] std::string codec_data() const;

 private:
  struct Track {
    AVStream* stream = nullptr;
    AVRational packet_base{1, 1};
    std::deque<PacketPtr> waiting;
    std::int64_t frame_duration = 0;  // in packet_base
    double reached = 0;               // seconds up to which packets have come
    bool ended = true;
    TrackStatistics statistics;
  };

  explicit MediaWriter(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> open_tracks(const Options& options);
  Result<void> add_track(const TrackFormat& format, Track& track);
  Result<void> add(Track& track, PacketPtr packet);
  Result<void> write_complete_gops();
  Result<void> write_run(Track& track, std::size_t count);
  Result<void> begin_fragment(const Track& track, const AVPacket& packet);
  void close_gop(double end);
  [[nodiscard]] Error failure(std::string_view what, int code) const;

  std::filesystem::path path_;
  Container container_ = Container::kMp4;
  double fragment_seconds_ = 2;
  std::vector<std::int64_t> fragment_times_;
  std::mutex mutex_;  // guards all below
  AVFormatContext* format_ = nullptr;
  Track video_, audio_;
  std::size_t waiting_bytes_ = 0;
  double gop_start_ = 0;  // seconds, of the GOP being counted
  std::int64_t gop_bytes_ = 0;
};

}  // namespace lazulite::encoder::ffmpeg
