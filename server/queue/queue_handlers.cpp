#include "server/blob/blob_headers.hpp"
#include "server/blob/blob_xml.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/queue/operations.hpp"
#include "server/queue/queue_xml.hpp"

namespace lazulite::queue {
namespace {

constexpr std::int64_t kListLimit = 5'000;

http::Response status_only(unsigned status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response xml(std::string document) { return http::Response::text(200, "application/xml", std::move(document)); }

std::string service_url(const Call& call) {
  return call.request.base_url() + "/" + (call.target.path_style ? call.queue().storage_account + "/" : "");
}

bool includes_metadata(const Call& call) {
  const auto include = call.parameter("include").value_or("");
  for (const auto each : split(include, ',')) {
    if (equals_ignoring_case(trim(each), "metadata")) return true;
  }
  return false;
}

}  // namespace

Result<http::Response> create_queue(Call& call) {
  LAZULITE_TRY(const auto metadata, blob::read_metadata(call.request.headers));
  LAZULITE_TRY(const bool made, call.database.write([&](rows::Session& session) {
    return rows::create_queue(session, call.queue(), metadata);
  }));
  return status_only(made ? 201 : 204);
}

Result<http::Response> delete_queue(Call& call) {
  LAZULITE_CHECK(
      call.database.write([&](rows::Session& session) { return rows::delete_queue(session, call.queue()); }));
  return status_only(204);
}

Result<http::Response> read_metadata(Call& call) {
  auto response = status_only(200);
  LAZULITE_CHECK(call.database.read([&](rows::Session& session) -> Result<void> {
    LAZULITE_TRY(const auto queue, rows::get_queue(session, call.queue()));
    LAZULITE_TRY(const auto count, rows::count_messages(session, call.queue(), call.now));
    response.headers.set("x-ms-approximate-messages-count", std::to_string(count));
    for (const auto& [name, value] : queue.metadata) response.headers.set("x-ms-meta-" + name, value);
    return {};
  }));
  return response;
}

Result<http::Response> set_metadata(Call& call) {
  LAZULITE_TRY(const auto metadata, blob::read_metadata(call.request.headers));
  LAZULITE_CHECK(call.database.write(
      [&](rows::Session& session) { return rows::set_queue_metadata(session, call.queue(), metadata); }));
  return status_only(204);
}

Result<http::Response> read_acl(Call& call) {
  LAZULITE_TRY(const auto queue,
               call.database.read([&](rows::Session& session) { return rows::get_queue(session, call.queue()); }));
  return xml(queue.acl.empty() ? blob::write_signed_identifiers({}) : queue.acl);
}

// Kept in our own words, so that what is read back is what was understood.
Result<http::Response> set_acl(Call& call) {
  LAZULITE_TRY(const auto policies, blob::read_signed_identifiers(call.request.body));
  const auto document = policies.empty() ? std::string{} : blob::write_signed_identifiers(policies);
  LAZULITE_CHECK(call.database.write(
      [&](rows::Session& session) { return rows::set_queue_acl(session, call.queue(), document); }));
  return status_only(204);
}

Result<http::Response> list_queues(Call& call) {
  std::int64_t limit = kListLimit;
  if (const auto asked = call.parameter("maxresults")) {
    const auto number = parse_int64(*asked);
    if (!number) return blob::bad_parameter("maxresults");
    if (*number < 1 || *number > kListLimit) return blob::parameter_out_of_range("maxresults");
    limit = *number;
  }
  QueueList list;
  list.max_results = call.parameter("maxresults") ? limit : 0;
  list.service_url = service_url(call);
  list.prefix = call.parameter("prefix").value_or("");
  list.marker = call.parameter("marker").value_or("");
  list.has_metadata = includes_metadata(call);
  LAZULITE_TRY(list.queues, call.database.read([&](rows::Session& session) {
    return rows::list_queues(session, call.queue().storage_account, list.prefix, list.marker, limit + 1);
  }));
  if (static_cast<std::int64_t>(list.queues.size()) > limit) {
    list.next_marker = list.queues.back().name;
    list.queues.pop_back();
  }
  return xml(write_queue_list(list));
}

Result<http::Response> read_service_properties(Call& call) {
  LAZULITE_TRY(const auto parts, call.database.read([&](rows::Session& session) {
    return rows::queue_service_properties(session, call.queue().storage_account);
  }));
  return xml(write_service_parts(parts));
}

// A part that is not sent stays as it is.
Result<http::Response> set_service_properties(Call& call) {
  LAZULITE_TRY(const auto sent, read_service_parts(call.request.body));
  const auto& account = call.queue().storage_account;
  LAZULITE_CHECK(call.database.write([&](rows::Session& session) -> Result<void> {
    LAZULITE_TRY(auto parts, rows::queue_service_properties(session, account));
    for (const auto& each : sent) {
      std::erase_if(parts, [&each](const auto& old) { return old.first == each.first; });
      parts.push_back(each);
    }
    return rows::set_queue_service_properties(session, account, parts);
  }));
  return status_only(202);
}

}  // namespace lazulite::queue
