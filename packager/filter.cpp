#include "packager/filter.hpp"

#include "packager/codec_string.hpp"
#include "packager/errors.hpp"
#include "packager/formats/format.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>

namespace lazulite::packager {
namespace {

constexpr std::size_t kMaxFilters = 3;  // of one request, delivery.md 4.5

struct PropertyName {
  std::string_view name;
  TrackProperty property;
};
constexpr std::array<PropertyName, 5> kProperties{{{"Type", TrackProperty::kType},
                                                   {"Bitrate", TrackProperty::kBitrate},
                                                   {"FourCC", TrackProperty::kFourCc},
                                                   {"Language", TrackProperty::kLanguage},
                                                   {"Name", TrackProperty::kName}}};

Error bad_track(std::string_view property, std::string_view value) {
  return fail_with(ErrorCode::kUnsupported, mpe::kFilterTrackInvalid, "a filter cannot select tracks by {} '{}'",
                   property, value);
}

std::string_view type_name(TrackKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"video", "audio", "text"};
  return kNames[static_cast<std::size_t>(kind)];
}

// The first element of the RFC 6381 string, and the name that Smooth has for the codec (delivery.md 4.2).
struct CodecNames {
  Codec codec;
  std::string_view smooth, other;
};
constexpr std::array<CodecNames, 6> kCodecNames{{{Codec::kH264, "H264", "AVC1"},
                                                 {Codec::kHevc, "HVC1", "HEV1"},
                                                 {Codec::kAac, "AACL", "AACH"},
                                                 {Codec::kAc3, "AC-3", "AC-3"},
                                                 {Codec::kEac3, "EC-3", "EC-3"},
                                                 {Codec::kTtml, "TTML", "DFXP"}}};

bool is_codec(const TrackInfo& info, std::string_view value) {
  const std::string codec = codec_string(info, HexCase::kLower);
  if (equals_ignoring_case(std::string_view{codec}.substr(0, codec.find('.')), value)) return true;
  return std::any_of(kCodecNames.begin(), kCodecNames.end(), [&](const CodecNames& names) {
    return names.codec == info.codec &&
           (equals_ignoring_case(names.smooth, value) || equals_ignoring_case(names.other, value));
  });
}

// "n", "lo-hi", "-hi" or "lo-".
Result<void> set_bitrate_range(TrackCondition& condition) {
  const std::string_view value = condition.value;
  const auto dash = value.find('-');
  const std::string_view from = trim(value.substr(0, dash));
  const std::string_view to = dash == std::string_view::npos ? from : trim(value.substr(dash + 1));
  const auto low = from.empty() && !to.empty() ? std::optional<std::uint64_t>{0} : parse_uint64(from);
  const auto high = to.empty() && !from.empty() ? std::optional<std::uint64_t>{UINT64_MAX} : parse_uint64(to);
  if (!low || !high || *low > *high) return bad_track("Bitrate", value);
  condition.low = *low;
  condition.high = *high;
  return {};
}

}  // namespace

Result<TrackCondition> TrackCondition::parse(std::string_view property, std::string_view comparison,
                                             std::string_view value) {
  const auto* const known = std::find_if(kProperties.begin(), kProperties.end(), [&](const PropertyName& each) {
    return equals_ignoring_case(each.name, property);
  });
  if (known == kProperties.end()) return bad_track(property, value);
  TrackCondition out{known->property, equals_ignoring_case(comparison, "NotEqual"), std::string{trim(value)}};
  if (!out.negated && !equals_ignoring_case(comparison, "Equal")) return bad_track(property, comparison);
  if (out.property == TrackProperty::kBitrate) LAZULITE_CHECK(set_bitrate_range(out));
  return out;
}

bool TrackCondition::matches(const Stream& stream, const Level& level) const {
  const auto holds = [&] {
    switch (property) {
      case TrackProperty::kType:
        return equals_ignoring_case(value, type_name(stream.kind));
      case TrackProperty::kBitrate:
        return level.bitrate >= low && level.bitrate <= high;
      case TrackProperty::kFourCc:
        return is_codec(level.info(), value);
      case TrackProperty::kLanguage:
        return short_language(stream.language) == short_language(value);
      case TrackProperty::kName:
        return value == stream.name || (!stream.title.empty() && value == stream.title);
    }
    return false;
  };
  return holds() != negated;
}

Result<std::uint64_t> filter_ticks(std::int64_t value, std::int64_t timescale) {
  if (value < 0 || timescale < 1) {
    return fail_with(ErrorCode::kUnsupported, mpe::kFilterRangeInvalid, "a filter has the time {} of timescale {}",
                     value, timescale);
  }
  const auto ticks = static_cast<unsigned __int128>(value) * kTicksPerSecond / static_cast<std::uint64_t>(timescale);
  return static_cast<std::uint64_t>(std::min<unsigned __int128>(ticks, kUnlimitedTicks));
}

// Builds one filtered Presentation; lives for one call of apply_filters.
class FilteredPresentation {
 public:
  FilteredPresentation(std::shared_ptr<const Presentation> whole, std::span<const Filter> filters, std::size_t packing)
      : whole_(std::move(whole)), filters_(filters), packing_(packing), result_(new Presentation()) {}

  Result<std::shared_ptr<const Presentation>> build() {
    LAZULITE_CHECK(set_first_quality());
    result_->name_ = whole_->name_;
    result_->fragments_per_hls_segment_ = whole_->fragments_per_hls_segment_;
    result_->version_ = whole_->version_;
    result_->last_modified_ = whole_->last_modified_;
    result_->whole_ = whole_;
    keep_tracks();
    if (!result_->streams_.empty()) keep_time();
    if (result_->streams_.empty()) {
      return fail_with(ErrorCode::kUnsupported, mpe::kFilterRemovedAll,
                       "no track or no time is left by the filter '{}'", filters_.front().name);
    }
    result_->set_span();
    return std::shared_ptr<const Presentation>(std::move(result_));
  }

 private:
  struct Span {
    std::uint64_t start = 0, end = kUnlimitedTicks;
  };

  Result<void> set_first_quality() {
    for (const Filter& filter : filters_) {
      if (!filter.first_quality) continue;
      if (result_->first_quality_) {
        return fail_with(ErrorCode::kUnsupported, mpe::kFilterFirstQualityTwice,
                         "the filter '{}' is the second with FirstQuality", filter.name);
      }
      result_->first_quality_ = filter.first_quality;
    }
    return {};
  }

  static bool keeps(const Filter& filter, const Stream& stream, const Level& level) {
    if (filter.tracks.empty()) return true;
    return std::any_of(filter.tracks.begin(), filter.tracks.end(), [&](const auto& conditions) {
      return std::all_of(conditions.begin(), conditions.end(),
                         [&](const TrackCondition& condition) { return condition.matches(stream, level); });
    });
  }

  void keep_tracks() {
    for (Stream stream : whole_->streams_) {
      std::erase_if(stream.levels, [&](const Level& level) {
        return !std::all_of(filters_.begin(), filters_.end(),
                            [&](const Filter& filter) { return keeps(filter, stream, level); });
      });
      if (!stream.levels.empty()) result_->streams_.push_back(std::move(stream));
    }
  }

  [[nodiscard]] Span wanted_span() const {
    Span span;
    std::uint64_t window = kUnlimitedTicks;
    for (const Filter& filter : filters_) {
      span.start = std::max(span.start, filter.start);
      span.end = std::min(span.end, filter.end);
      window = std::min(window, filter.window);
    }
    // A presentation on demand has its window before its end (delivery.md 4.4).
    const std::uint64_t end = std::min(span.end, whole_->start() + whole_->duration());
    if (window < end) span.start = std::max(span.start, end - window);
    return span;
  }

  // Video decides; audio keeps what overlaps the kept video (delivery.md 4.3).
  void keep_time() {
    Span span = wanted_span();
    const std::uint64_t end = whole_->start() + whole_->duration();
    if (span.start <= whole_->start() && span.end >= end) return;  // audio that outlasts the video stays
    for (Stream& stream : result_->streams_) {
      if (stream.kind != TrackKind::kVideo) continue;
      cut(stream, span);
      if (stream.timeline().fragments().empty()) return result_->streams_.clear();
      span = {stream.timeline().fragments().front().start, stream.timeline().end()};
    }
    for (Stream& stream : result_->streams_) {
      if (stream.kind != TrackKind::kVideo) cut(stream, span);
    }
    std::erase_if(result_->streams_, [](const Stream& stream) { return stream.timeline().fragments().empty(); });
  }

  // The fragments that overlap [start, end), none of them cut, and all of each segment that one of them is in.
  void cut(Stream& stream, const Span& span) const {
    const auto& all = stream.timeline().fragments();
    std::size_t first = 0, last = all.size();  // [first, last)
    while (first < last && all[first].end() <= span.start) ++first;
    while (last > first && all[last - 1].start >= span.end) --last;
    if (first < last) {
      first -= first % packing_;
      last = std::min((last + packing_ - 1) / packing_ * packing_, all.size());
    }
    for (Level& level : stream.levels) level.plan = level.plan.slice(first, last);
  }

  const std::shared_ptr<const Presentation> whole_;
  const std::span<const Filter> filters_;
  const std::size_t packing_;
  std::shared_ptr<Presentation> result_;
};

Result<std::shared_ptr<const Presentation>> apply_filters(std::shared_ptr<const Presentation> presentation,
                                                          std::span<const Filter> filters,
                                                          const StreamingFormat& format) {
  if (filters.empty()) return presentation;
  const auto named = std::count_if(filters.begin(), filters.end(), [](const Filter& f) { return f.name != kTrimming; });
  if (static_cast<std::size_t>(named) > kMaxFilters) {
    return fail_with(ErrorCode::kUnsupported, mpe::kFilterCount, "a request may name at most {} filters", kMaxFilters);
  }
  const std::size_t packing = format.packs_fragments ? presentation->fragments_per_hls_segment() : 1;
  return FilteredPresentation(std::move(presentation), filters, packing).build();
}

}  // namespace lazulite::packager
