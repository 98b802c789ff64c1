// CaptionTrack: the cues of one subtitle or caption file, read whole from WebVTT, TTML or the samples of an MP4, in one
// neutral form: WebVTT cue text. Segments of every protocol are written from it. Immutable; shared by all threads.
#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::packager {

struct Cue {
  std::uint64_t start = 0, end = 0;  // ticks, presentation time; start < end
  std::string id;                    // of WebVTT, or empty
  std::string settings;              // of WebVTT ("line:0 align:start"), or empty
  std::string text;                  // WebVTT cue text: tags and character references, lines without an empty one

  bool operator==(const Cue&) const = default;
};

class CaptionTrack {
 public:
  static constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20U, kMaxCues = 100'000, kMaxCueBytes = 16'384;

  // `blocks`: STYLE and REGION blocks of WebVTT, each followed by an empty line. Cues come in any order.
  CaptionTrack(std::vector<Cue> cues, std::string blocks, std::string language);

  // By start, then end.
  [[nodiscard]] const std::vector<Cue>& cues() const { return cues_; }
  [[nodiscard]] const std::string& blocks() const { return blocks_; }
  // As the file says, or empty.
  [[nodiscard]] const std::string& language() const { return language_; }
  // The cues that are seen at some time of [start, end), by start. What lies before them is found by binary search.
  [[nodiscard]] std::vector<const Cue*> seen_in(std::uint64_t start, std::uint64_t end) const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::vector<Cue> cues_;
  std::vector<std::uint64_t> latest_end_;  // of the cues up to and with this one
  std::string blocks_, language_;
};

// A file of WebVTT or TTML, told from its bytes. Unsupported MPE_INPUT_FORMAT_NOT_SUPPORTED for any other.
Result<CaptionTrack> parse_captions(std::string_view bytes);

}  // namespace lazulite::packager
