// Filters of dynamic manifests (delivery.md 4): which tracks and which time of a presentation a manifest lists. Pure
// values; server/stream compiles them from the rows of filters. Fragments are never cut or renamed: a filtered
// presentation lists fewer of the same ones, so caches keep them whatever the filter.
#pragma once

#include "packager/presentation.hpp"
#include "packager/stream_request.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::packager {

enum class TrackProperty : std::uint8_t { kType, kBitrate, kFourCc, kLanguage, kName };

struct TrackCondition {
  TrackProperty property = TrackProperty::kType;
  bool negated = false;  // NotEqual
  std::string value;
  std::uint64_t low = 0, high = 0;  // of kBitrate, both inclusive

  // From the words of the API. Unsupported MPE_FILTER_TRACK_ATTRIBUTE_INVALID for an unknown property or operator, or a
  // value that cannot be.
  static Result<TrackCondition> parse(std::string_view property, std::string_view comparison, std::string_view value);
  [[nodiscard]] bool matches(const Stream& stream, const Level& level) const;
};

inline constexpr std::uint64_t kUnlimitedTicks = std::numeric_limits<std::int64_t>::max();

// The name of what startTime and endTime of a URL say; no row has it, and it does not count as a filter of a request.
inline constexpr std::string_view kTrimming = "(time)";

struct Filter {
  std::string name;
  std::optional<std::uint64_t> first_quality = {};       // bitrate of the variant that HLS lists first
  std::uint64_t start = 0, end = kUnlimitedTicks;        // ticks
  std::uint64_t window = kUnlimitedTicks;                // ticks, counted back from the end
  std::vector<std::vector<TrackCondition>> tracks = {};  // any of these lists, all of its conditions; empty: all
};

// Value × 10^7 / timescale, at most kUnlimitedTicks. Unsupported MPE_FILTER_RANGE_ATTRIBUTE_INVALID for a negative
// value or a timescale below 1.
Result<std::uint64_t> filter_ticks(std::int64_t value, std::int64_t timescale);

// The presentation as the manifests and playlists of this request list it: what all filters keep, in the time that all
// keep. Whole segments for formats that pack several fragments into one, so that their names stay the same. Unsupported
// MPE_FILTER_…: more than three filters, two with FirstQuality, nothing left.
Result<std::shared_ptr<const Presentation>> apply_filters(std::shared_ptr<const Presentation> presentation,
                                                          std::span<const Filter> filters,
                                                          const StreamingFormat& format);

}  // namespace lazulite::packager
