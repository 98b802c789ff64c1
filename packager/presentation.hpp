// Presentation: one parsed `.ism` with everything that answers its requests: streams and their levels by name and
// bitrate, the mapped source files and their indexes, and the fragment plan (delivery.md 2.1 to 2.4). Immutable and
// shared by all threads as shared_ptr<const Presentation>; it keeps its files open, so it serves on unchanged when a
// blob is replaced. It knows no entities: names of files come from the caller's SourceLookup.
#pragma once

#include "packager/captions/caption_track.hpp"
#include "packager/media_index.hpp"
#include "packager/segment_plan.hpp"
#include "schema/base/result.hpp"
#include "schema/base/time.hpp"
#include "storage/files/file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::packager {

class IndexStore;

// A file of the asset, as the caller finds it.
struct SourceFile {
  std::string name;      // as stored; may differ from the name looked up in case only
  std::string identity;  // names the blob among all of the server ("account/container/blob"); may be empty in tests
  std::string etag;
  Timestamp last_modified{};
  std::uint64_t size = 0;
  std::function<Result<files::FileDescriptor>()> open;
};
// Exact name first; the same name in another case when exactly one file has it (delivery.md 1.1). NotFound otherwise.
using SourceLookup = std::function<Result<SourceFile>(std::string_view file_name)>;

// An open source: mapped, never read but by ranges. Captions are read whole, so that theirs has neither file nor index.
struct Source {
  std::string name, etag;
  Timestamp last_modified{};
  std::shared_ptr<const files::MappedFile> file;
  std::shared_ptr<const MediaIndex> index;
};

// One quality level: a track of a source, at its place in a stream.
struct Level {
  std::uint64_t bitrate = 0;  // unique within its stream; the number in URLs
  const Source* source = nullptr;
  const MediaIndex::Track* track = nullptr;  // of captions: the format only, without samples
  const CaptionTrack* captions = nullptr;    // of captions only
  TrackPlan plan;

  [[nodiscard]] const TrackInfo& info() const { return track->info; }
  [[nodiscard]] const SampleTable& samples() const { return track->samples; }
};

// A Smooth StreamIndex, a DASH AdaptationSet, an HLS rendition group member: levels that share one timeline.
struct Stream {
  TrackKind kind = TrackKind::kVideo;
  std::string name;                 // noun of its URLs: "video", or the name of the audio or text track
  std::string language;             // ISO 639-2/3 as written in the .ism or the file ("eng"); empty when unknown
  std::string title;                // @title of the .ism element, or param textDisplayName; empty when it has none
  std::string role, accessibility;  // params of the .ism, or empty
  bool is_default = false;          // captions: param textIsDefault
  std::string characteristics;      // captions: param textHlsCharacteristic, or empty
  std::vector<Level> levels;        // descending bitrate, never empty

  // Fragment starts and durations of every level; sample numbers are those of the first level.
  [[nodiscard]] const TrackPlan& timeline() const { return levels.front().plan; }
  [[nodiscard]] const Level* find_level(std::uint64_t bitrate) const;
};

// Text for those who do not hear, rather than for those who know another language (delivery.md 1.5, CAPT and SUBT).
bool is_caption(const Stream& stream);

class Presentation {
 public:
  Presentation(const Presentation&) = delete;
  Presentation& operator=(const Presentation&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }  // "clip.ism"
  // In order of the .ism: each stream where its first element stands. At least one is video or audio.
  [[nodiscard]] const std::vector<Stream>& streams() const { return streams_; }
  [[nodiscard]] const Stream* video() const;  // null for an audio-only asset
  [[nodiscard]] std::vector<const Stream*> audio() const;
  [[nodiscard]] std::vector<const Stream*> text() const;
  // By the noun of a URL: exactly, else ignoring case when one fits. Null when there is none.
  [[nodiscard]] const Stream* find_stream(std::string_view name) const;
  // Where the video begins, or without video the earliest stream, in ticks: 0 but for a fragmented source that begins
  // later and for a filtered presentation.
  [[nodiscard]] std::uint64_t start() const { return start_; }
  // From there to the end of the longest level, in ticks.
  [[nodiscard]] std::uint64_t duration() const { return duration_; }
  // The bitrate of the video that HLS lists first, where a filter says so.
  [[nodiscard]] std::optional<std::uint64_t> first_quality() const { return first_quality_; }
  [[nodiscard]] std::uint32_t fragments_per_hls_segment() const { return fragments_per_hls_segment_; }
  // Changes when the .ism or any source does: hash of their ETags, in hex. The base of ETags of answers.
  [[nodiscard]] const std::string& version() const { return version_; }
  // Newest change of the .ism and its sources.
  [[nodiscard]] Timestamp last_modified() const { return last_modified_; }
  // None of a filtered presentation, which shares those of the whole one.
  [[nodiscard]] const std::vector<std::unique_ptr<const Source>>& sources() const { return sources_; }
  // What it holds in memory (indexes and plans, not the mapped media), for a cache's account.
  [[nodiscard]] std::size_t memory_bytes() const;
  // How many files it keeps open: the sources, and the indexes that are mapped.
  [[nodiscard]] std::size_t open_files() const;

 private:
  friend class PresentationBuilder;
  friend class FilteredPresentation;
  Presentation() = default;
  void set_span();  // start_ and duration_, of the streams that are there

  // Captions that were read, and the format that their levels point at.
  struct CaptionFile {
    CaptionTrack captions;
    MediaIndex::Track format;
  };
  [[nodiscard]] std::vector<const Stream*> streams_of(TrackKind kind) const;

  std::string name_;
  std::vector<Stream> streams_;
  std::vector<std::unique_ptr<const CaptionFile>> captions_;
  std::vector<std::unique_ptr<const Source>> sources_;
  std::shared_ptr<const Presentation> whole_;  // of a filtered one: owns the sources that its levels point at
  std::uint64_t start_ = 0, duration_ = 0;
  std::optional<std::uint64_t> first_quality_;
  std::uint32_t fragments_per_hls_segment_ = 3;
  std::string version_;
  Timestamp last_modified_{};
};

struct PresentationOptions {
  PlanOptions plan;
  std::uint32_t fragments_per_hls_segment = 3;  // where the .ism says nothing
  std::size_t max_levels = 64;                  // MPE_FORMAT_NOT_SUPPORTED beyond
};

// Reads the .ism and every file it names; blocks (run it on the `disk` pool). Error details: MPE_RESOURCE_NOT_FOUND (no
// such .ism), MPE_STORAGE_RESOURCE_NOT_FOUND (a file it names is missing), MPE_INPUT_FORMAT_NOT_SUPPORTED (either
// cannot be parsed), MPE_KEY_FRAME_INTERVAL_TOO_LARGE, MPE_MEDIA_ENCODING_NOT_SUPPORTED (delivery.md 3.7).
Result<std::shared_ptr<const Presentation>> load_presentation(std::string_view ism_name, const SourceLookup& lookup,
                                                              IndexStore& indexes,
                                                              const PresentationOptions& options = {});

}  // namespace lazulite::packager
