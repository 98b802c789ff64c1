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

Result<packager::Filter> packager_filter(const Filter& row) {
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

std::string describe(const packager::Filter& filter) {
  std::string out = fmt::format("{}\n{} {} {} {}\n", filter.name, filter.first_quality.value_or(0), filter.start,
                                filter.end, filter.window);
  for (const auto& conditions : filter.tracks) {
    for (const auto& condition : conditions) {
      fmt::format_to(std::back_inserter(out), "{}{}{}:{}\n", static_cast<int>(condition.property),
                     condition.negated ? '!' : '=', condition.value.size(), condition.value);
    }
    out += ";\n";
  }
  return out;
}

}  // namespace

DeliveryFilter compile_filter(const Filter& row) {
  auto filter = packager_filter(row);
  std::string description = filter ? describe(*filter) : std::string{};
  return {row.name, std::move(filter), std::move(description)};
}

Result<std::vector<const DeliveryFilter*>> choose_filters(const DeliveryRules& rules,
                                                          std::span<const std::string> names) {
  std::vector<const DeliveryFilter*> out;
  for (const std::string& name : names) {
    const DeliveryFilter* found = rules.find_filter(name);
    if (found == nullptr) {
      return fail_with(ErrorCode::kNotFound, packager::mpe::kFilterNotFound, "there is no filter '{}'", name);
    }
    if (!found->filter) return found->filter.error();
    out.push_back(found);
  }
  return out;
}

}  // namespace lazulite::stream
