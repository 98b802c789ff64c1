#include "server/notify/notification_message.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <boost/json.hpp>

namespace lazulite::notify {
namespace {

namespace json = boost::json;
using rows::OutboxEventType;

std::string_view name_of(OutboxEventType type) {
  switch (type) {
    case OutboxEventType::kJobStateChange:
      return "JobStateChange";
    case OutboxEventType::kNotificationEndPointRegistration:
      return "NotificationEndPointRegistration";
    case OutboxEventType::kTaskStateChange:
      return "TaskStateChange";
    case OutboxEventType::kTaskProgress:
      return "TaskProgress";
  }
  return "None";
}

// The same for every delivery of an event, and 64 lower-case hex digits.
std::string etag_of(const rows::StoredOutboxEvent& event) { return to_hex(sha256(as_bytes(event.id))); }

// "2017-02-16T03:59:53.3041122Z": .NET's seven digits.
std::string with_fraction(Timestamp time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  auto text = format_iso8601_seconds(time);
  text.pop_back();
  return fmt::format("{}.{:06}0Z", text, (time - whole).count());
}

// "2013-05-14T20:22:37", as the messages of 2013 had it.
std::string without_zone(Timestamp time) {
  auto text = format_iso8601_seconds(time);
  text.pop_back();
  return text;
}

json::object properties_of(const rows::StoredOutboxEvent& stored) {
  json::object out;
  for (const auto& [name, value] : stored.event.properties) out.emplace(name, value);
  return out;
}

}  // namespace

std::string queue_message(const rows::StoredOutboxEvent& event, const MediaAccount& account) {
  auto properties = properties_of(event);
  properties.emplace("AccountName", account.name);
  if (event.event.type != OutboxEventType::kJobStateChange) {  // D.2: which of them version 1.0 has
    properties.emplace("AccountId", account.account_id.text);
    properties.emplace("NotificationEndPointId", event.event.end_point);
  }
  return json::serialize(json::object{{"MessageVersion", "1.0"},
                                      {"ETag", etag_of(event)},
                                      {"EventType", name_of(event.event.type)},
                                      {"TimeStamp", without_zone(event.event.time)},
                                      {"Properties", std::move(properties)}});
}

std::string webhook_message(const rows::StoredOutboxEvent& event, const MediaAccount& account) {
  auto properties = properties_of(event);
  properties.emplace("AccountName", account.name);
  properties.emplace("AccountId", account.account_id.text);
  properties.emplace("NotificationEndPointId", event.event.end_point);
  return json::serialize(json::object{{"MessageVersion", "1.1"},
                                      {"ETag", etag_of(event)},
                                      {"EventType", static_cast<std::int64_t>(event.event.type)},
                                      {"TimeStamp", with_fraction(event.event.time)},
                                      {"Properties", std::move(properties)}});
}

std::string webhook_signature(std::span<const std::uint8_t> key, std::string_view body) {
  return "sha256=" + to_upper(to_hex(hmac_sha256(key, as_bytes(body))));
}

}  // namespace lazulite::notify
