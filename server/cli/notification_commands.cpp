#include "server/cli/notification_commands.hpp"

#include "schema/base/time.hpp"
#include "server/cli/open_database.hpp"
#include "storage/rows/outbox.hpp"

#include <boost/json.hpp>

#include <ostream>

namespace lazulite::cli {
namespace {

constexpr std::int64_t kMaxListed = 10'000;

using Change = Result<std::int64_t> (*)(rows::Session&, std::string_view);

Result<std::int64_t> change(const Settings& settings, const NotificationArguments& arguments, Change function) {
  if (arguments.id.empty() != arguments.all)
    return fail(ErrorCode::kInvalidArgument, "name one dead letter by its id, or say --all");
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto count,
               database->write([&](rows::Session& session) { return function(session, arguments.id); }));
  if (count == 0 && !arguments.all)
    return fail(ErrorCode::kNotFound, "there is no dead letter with the id '{}'", arguments.id);
  return count;
}

boost::json::object to_json(const rows::StoredOutboxEvent& each) {
  boost::json::object properties;
  for (const auto& [name, value] : each.event.properties) properties.emplace(name, value);
  return {{"id", each.id},
          {"account", each.account},
          {"notificationEndPointId", each.event.end_point},
          {"time", format_iso8601(each.event.time)},
          {"attempts", each.attempts},
          {"error", each.last_error},
          {"properties", std::move(properties)}};
}

}  // namespace

Result<void> list_dead_letters(const Settings& settings, const NotificationArguments& arguments, std::ostream& out) {
  LAZULITE_TRY(const auto database, open_existing_database(settings));
  LAZULITE_TRY(const auto letters,
               database->read([](rows::Session& session) { return rows::dead_outbox(session, kMaxListed); }));
  if (arguments.json) {
    boost::json::array list;
    for (const auto& each : letters) list.push_back(to_json(each));
    out << boost::json::serialize(list) << '\n';
    return {};
  }
  for (const auto& each : letters) {
    out << fmt::format("{}  {}  {}  {}", each.id, format_iso8601_seconds(each.event.time), each.account,
                       each.event.end_point);
    for (const auto& [name, value] : each.event.properties) out << ' ' << name << '=' << value;
    out << fmt::format("\n    {} attempts: {}\n", each.attempts, each.last_error);
  }
  out << fmt::format("{} dead letters\n", letters.size());
  return {};
}

Result<void> retry_dead_letters(const Settings& settings, const NotificationArguments& arguments, std::ostream& out) {
  LAZULITE_TRY(const auto count, change(settings, arguments, rows::revive_outbox));
  out << fmt::format("{} will be tried again.\n", count);
  return {};
}

Result<void> discard_dead_letters(const Settings& settings, const NotificationArguments& arguments, std::ostream& out) {
  LAZULITE_TRY(const auto count, change(settings, arguments, rows::discard_outbox));
  out << fmt::format("{} were discarded.\n", count);
  return {};
}

}  // namespace lazulite::cli
