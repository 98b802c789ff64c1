#include "server/stream/filter_choice.hpp"

#include "packager/errors.hpp"

#include <fmt/format.h>

#include <iterator>

namespace lazulite::stream {

namespace {

constexpr std::int64_t kDefaultTimescale = 10'000'000;

Result<void> set_range(packager::Filter& out, const PresentationTimeRange& range) {
  const std::int64_t timescale = range.timescale.value_or(kDefaultTimescale);
  struct Bound {
    const std::optional<std::int64_t>& value;
    std::uint64_t& ticks;
  };
  for (const Bound& bound : {Bound{range.start_timestamp, out.start}, Bound{range.end_timestamp, out.end},
                             Bound{range.presentation_window_duration, out.window}}) {
    if (!bound.value) continue;
    LAZULITE_TRY(bound.ticks, packager::filter_ticks(*bound.value, timescale));
  }
  return {};
}

Result<packager::Filter> compile_filter(const Filter& row) {
  packager::Filter out;
  out.name = row.name;
  if (row.first_quality && row.first_quality->bitrate > 0) {
    out.first_quality = static_cast<std::uint64_t>(row.first_quality->bitrate);
  }
  if (row.presentation_time_range) LAZULITE_CHECK(set_range(out, *row.presentation_time_range));
  for (const FilterTrackSelect& select : row.tracks) {
    auto& conditions = out.tracks.emplace_back();
    for (const auto& [property, comparison, value] : select.property_conditions) {
      LAZULITE_TRY(auto condition, packager::TrackCondition::parse(property, comparison, value));
      conditions.push_back(std::move(condition));
    }
  }
  return out;
}

}  // namespace

Result<std::vector<packager::Filter>> choose_filters(const DeliveryRules& rules, std::span<const std::string> names) {
  std::vector<packager::Filter> out;
  for (const std::string& name : names) {
    const Filter* row = rules.find_filter(name);
    if (row == nullptr) {
      return fail_with(ErrorCode::kNotFound, packager::mpe::kFilterNotFound, "there is no filter '{}'", name);
    }
    LAZULITE_TRY(auto filter, compile_filter(*row));
    out.push_back(std::move(filter));
  }
  return out;
}

std::string describe(std::span<const packager::Filter> filters) {
  std::string out;
  for (const auto& filter : filters) {
    fmt::format_to(std::back_inserter(out), "{}\n{} {} {} {}\n", filter.name, filter.first_quality.value_or(0),
                   filter.start, filter.end, filter.window);
    for (const auto& conditions : filter.tracks) {
      for (const auto& condition : conditions) {
        fmt::format_to(std::back_inserter(out), "{}{}{}:{}\n", static_cast<int>(condition.property),
                       condition.negated ? '!' : '=', condition.value.size(), condition.value);
      }
      out += ";\n";
    }
  }
  return out;
}

}  // namespace lazulite::stream
