// MediaIndex: what a streaming request needs to know of one MP4 file, parsed once from its `moov` (ISO/IEC 14496-12):
// the tracks and, for every sample, size, times, sync flag and place in the file. About 2 to 6 bytes a sample.
//
// The whole index is one block of bytes, laid out in media_index_layout.hpp: built in memory, or mapped from the
// `.idx` file that index_store.hpp keeps, with the same accessors. Immutable after construction, shared by all threads
// as shared_ptr<const MediaIndex>. It holds no media bytes and never touches the source after it is built.
#pragma once

#include "schema/base/result.hpp"
#include "storage/files/file.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::packager {

enum class TrackKind : std::uint8_t { kVideo, kAudio, kText };
enum class Codec : std::uint8_t { kH264, kHevc, kAac, kAc3, kEac3, kTtml };

// What is constant over a track.
struct TrackInfo {
  std::uint32_t id = 0;  // track_ID in the source
  TrackKind kind = TrackKind::kVideo;
  Codec codec = Codec::kH264;
  std::string sample_entry;     // "avc1", "avc3", "hvc1", "hev1", "mp4a", "ac-3", "ec-3", "stpp", "dfxp"
  std::uint32_t timescale = 0;  // ticks per second of every time of this track, never 0
  std::string language;         // ISO 639-2 of mdhd, "und" when unknown
  std::uint64_t bitrate = 0;    // bits per second, delivery.md 2.4
  // Added to decode time + composition offset gives presentation time: leading empty edit - media_time (delivery.md
  // 2.2).
  std::int64_t presentation_shift = 0;
  // By how much the latest frame is presented before its decode time (negative composition offsets); 0 when none is.
  std::uint64_t composition_delay = 0;

  std::vector<std::uint8_t> codec_config;  // payload of avcC or hvcC, AudioSpecificConfig, payload of dac3 or dec3
  std::uint8_t nal_length_size = 4;        // video: bytes of the length before each NAL unit: 1, 2 or 4
  // Video: VPS (HEVC only), SPS and PPS, each without start code or length, in the order of the configuration box.
  std::vector<std::vector<std::uint8_t>> vps, sps, pps;
  std::vector<std::uint8_t> extra_boxes;                // video: pasp and colr of the sample entry, verbatim
  std::uint16_t width = 0, height = 0;                  // video: coded size of the sample entry
  std::uint16_t display_width = 0, display_height = 0;  // video: size on screen (tkhd), pixel aspect applied

  std::uint32_t sample_rate = 0;        // audio: Hz, of the output
  std::uint16_t channels = 0;           // audio
  std::uint8_t audio_object_type = 0;   // AAC: 2 LC, 5 HE (explicit SBR), 29 HE v2 (explicit PS)
  std::uint32_t samples_per_frame = 0;  // audio: 1024, 2048 for HE-AAC, 1536 for AC-3; at sample_rate
};

struct SampleView {
  std::uint32_t size = 0;               // bytes
  std::uint32_t duration = 0;           // track timescale, as the next four
  std::uint64_t decode_time = 0;        // first sample of the track: 0, later only in a fragmented source
  std::int32_t composition_offset = 0;  // without presentation_shift
  bool sync = false;
  std::uint64_t file_offset = 0;  // bytes from the start of the source
};

class SampleCursor;

// The samples of one track: a view into its MediaIndex. Sample numbers are 0-based; an argument beyond its range is a
// programmer's error (assert), except where a range is given.
class SampleTable {
 public:
  // One run of equal durations, of neighbouring samples in the file, and one block of 64 samples' places.
  struct TimeRun {
    std::uint32_t first_sample, duration;
    std::uint64_t decode_time;
  };
  struct Place {
    std::uint32_t first_sample, reserved;
    std::uint64_t file_offset;
  };

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool all_sync() const { return all_sync_; }
  // The numbers of the sync samples, ascending; empty when all_sync().
  [[nodiscard]] std::span<const std::uint32_t> sync_samples() const { return sync_; }

  // The first samples of the fragments that a fragmented source holds, ascending from 0, each a sync sample but perhaps
  // the first; empty for a plain file.
  [[nodiscard]] std::span<const std::uint32_t> stored_fragments() const { return stored_fragments_; }

  [[nodiscard]] std::uint32_t size(std::uint32_t sample) const;
  // 0 <= sample <= count(): that of count() is the end of the track. Binary search over runs of equal duration.
  [[nodiscard]] std::uint64_t decode_time(std::uint32_t sample) const;
  [[nodiscard]] std::uint64_t end_time() const { return decode_time(count_); }
  [[nodiscard]] std::int32_t composition_offset(std::uint32_t sample) const;
  [[nodiscard]] bool is_sync(std::uint32_t sample) const;
  [[nodiscard]] std::uint64_t file_offset(std::uint32_t sample) const;
  // The first sample whose decode time is >= time; count() when there is none.
  [[nodiscard]] std::uint32_t first_at_or_after(std::uint64_t time) const;
  // The first sync sample whose number is >= sample; count() when there is none.
  [[nodiscard]] std::uint32_t next_sync(std::uint32_t sample) const;

  [[nodiscard]] SampleView sample(std::uint32_t sample) const;
  // Walks the samples [first, first + n) in order, each step O(1); first + n <= count().
  [[nodiscard]] SampleCursor samples(std::uint32_t first, std::uint32_t n) const;

 private:
  friend class SampleCursor;
  friend class MediaIndex;
  std::uint32_t count_ = 0;
  std::uint8_t size_width_ = 0;  // bytes of each entry of sizes_; 0: all are constant_size_
  bool all_sync_ = true;
  std::uint32_t constant_size_ = 0;
  const std::uint8_t* sizes_ = nullptr;         // count_ little-endian entries, then 3 bytes of padding
  const std::uint8_t* offset_index_ = nullptr;  // 1 or 4 bytes a sample into / as composition offset; null: all 0
  std::uint8_t offset_width_ = 0;
  std::span<const std::int32_t> offset_values_;
  std::span<const TimeRun> times_;
  std::span<const std::uint32_t> sync_;
  std::span<const Place> places_;
  std::span<const std::uint32_t> stored_fragments_;
};

// for (SampleCursor c = table.samples(first, n); !c.done(); c.next()) use(c.view());
class SampleCursor {
 public:
  [[nodiscard]] bool done() const { return number_ == end_; }
  [[nodiscard]] const SampleView& view() const { return view_; }
  [[nodiscard]] std::uint32_t number() const { return number_; }
  void next();

 private:
  friend class SampleTable;
  SampleCursor(const SampleTable& table, std::uint32_t first, std::uint32_t end);
  void load();

  const SampleTable* table_;
  std::uint32_t number_, end_;
  std::size_t time_run_ = 0, place_ = 0, sync_ = 0;
  SampleView view_;
};

class MediaIndex {
 public:
  struct Track {
    TrackInfo info;
    SampleTable samples;
  };

  // From a serialized index in memory, or in a mapped `.idx` file. InvalidArgument when the bytes are no whole index of
  // this version.
  static Result<std::shared_ptr<const MediaIndex>> load(std::vector<std::uint64_t> block, std::size_t size);
  static Result<std::shared_ptr<const MediaIndex>> load(std::shared_ptr<const files::MappedFile> file);

  MediaIndex(const MediaIndex&) = delete;
  MediaIndex& operator=(const MediaIndex&) = delete;

  // Audio, video and known text tracks in the order of the file. Tracks of other kinds (hint, timed metadata, an
  // unknown codec) are left out; see skipped_tracks.
  [[nodiscard]] const std::vector<Track>& tracks() const { return tracks_; }
  // The first track of that kind, or the one with that track_ID; null when there is none.
  [[nodiscard]] const Track* find(TrackKind kind, std::optional<std::uint32_t> track_id = {}) const;
  // Sample entries of the audio and video tracks that were left out because their codec is unknown ("mp4v", ".mp3").
  [[nodiscard]] const std::vector<std::string>& skipped_tracks() const { return skipped_; }
  // Size of the source in bytes when the index was built: a sample never ends beyond it.
  [[nodiscard]] std::uint64_t source_size() const { return source_size_; }
  // The whole index, as load() takes it.
  [[nodiscard]] std::span<const std::uint8_t> serialized() const { return bytes_; }
  // What it holds in memory, for a cache's account; a mapped block counts too.
  [[nodiscard]] std::size_t memory_bytes() const;
  // True when the block is a mapped file, which stays open as long as the index lives.
  [[nodiscard]] bool mapped() const { return file_ != nullptr; }

 private:
  MediaIndex() = default;
  Result<void> attach(std::span<const std::uint8_t> bytes);

  std::vector<std::uint64_t> block_;  // owns bytes_, or
  std::shared_ptr<const files::MappedFile> file_;
  std::span<const std::uint8_t> bytes_;
  std::vector<Track> tracks_;
  std::vector<std::string> skipped_;
  std::uint64_t source_size_ = 0;
};

// Parses the `moov` of a whole MP4 file in memory (mapped: only `moov` is touched), and every `moof` of a fragmented
// one
// (`.ismv`, `.isma`, CMAF). Every length, count and offset is checked, whatever the bytes are. Unsupported, detail
// MPE_INPUT_FORMAT_NOT_SUPPORTED: no MP4, cut short (a sample ends beyond the file), inconsistent tables.
Result<std::shared_ptr<const MediaIndex>> build_media_index(std::span<const std::uint8_t> file);

}  // namespace lazulite::packager
