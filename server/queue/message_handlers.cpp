#include "server/blob/error_catalog.hpp"
#include "server/queue/operations.hpp"
#include "server/queue/queue_xml.hpp"

namespace lazulite::queue {
namespace {

constexpr std::int64_t kMaxMessageBytes = 64 << 10;
constexpr std::int64_t kMaxSeconds = 7 * 24 * 3600;  // of being hidden; also how long a message lives unless it says
constexpr std::int64_t kMaxLife = std::int64_t{100} * 365 * 24 * 3600;
constexpr std::int64_t kDefaultHidden = 30;
constexpr std::int64_t kMaxMessages = 32;
constexpr std::string_view kBodyOfPutVersion = "2016-05-31";  // from here on Put Message answers with the message

Result<std::int64_t> number_parameter(const Call& call, std::string_view name, std::int64_t otherwise, std::int64_t low,
                                      std::int64_t high) {
  const auto text = call.parameter(name);
  if (!text) return otherwise;
  const auto number = parse_int64(*text);
  if (!number) return blob::bad_parameter(name);
  if (*number < low || *number > high) return blob::parameter_out_of_range(name);
  return *number;
}

Result<std::string> message_text(const Call& call) {
  LAZULITE_TRY(auto text, read_message(call.request.body));
  if (!is_valid_utf8(text))
    return fail_with(ErrorCode::kInvalidArgument, "InvalidXmlDocument", "the message is no UTF-8");
  if (text.size() > kMaxMessageBytes)
    return fail_with(ErrorCode::kInvalidArgument, "MessageTooLarge", "a message has at most 64 KiB");
  return text;
}

Result<std::string> pop_receipt(const Call& call) {
  auto receipt = call.parameter("popreceipt");
  if (!receipt) return blob::missing_parameter("popreceipt");
  std::replace(receipt->begin(), receipt->end(), ' ', '+');  // a '+' that the client left unencoded
  return std::move(*receipt);
}

http::Response messages(unsigned status, const std::vector<rows::QueueMessage>& list, MessageForm form) {
  return http::Response::text(status, "application/xml", write_messages(list, form));
}

}  // namespace

Result<http::Response> put_message(Call& call) {
  LAZULITE_TRY(auto text, message_text(call));
  LAZULITE_TRY(const auto hidden, number_parameter(call, "visibilitytimeout", 0, 0, kMaxSeconds));
  LAZULITE_TRY(const auto life, number_parameter(call, "messagettl", kMaxSeconds, -1, kMaxLife));
  if (life == 0) return blob::parameter_out_of_range("messagettl");
  if (life > 0 && hidden >= life) return blob::parameter_out_of_range("visibilitytimeout");
  rows::NewMessage message{std::move(text), std::chrono::seconds{hidden}, std::nullopt};
  if (life > 0) message.lives_for = std::chrono::seconds{life};
  LAZULITE_TRY(const auto made, call.database.write([&](rows::Session& session) {
    return rows::put_message(session, call.queue(), message, call.now);
  }));
  if (call.version < kBodyOfPutVersion) {
    http::Response response;
    response.status = 201;
    return response;
  }
  return messages(201, {made}, MessageForm::kPut);
}

// Also Peek Messages. A queue with nothing to give costs no write, however often it is asked.
Result<http::Response> get_messages(Call& call) {
  const bool is_peek = equals_ignoring_case(call.parameter("peekonly").value_or(""), "true");
  LAZULITE_TRY(const auto count, number_parameter(call, "numofmessages", 1, 1, kMaxMessages));
  LAZULITE_TRY(const auto hidden, number_parameter(call, "visibilitytimeout", kDefaultHidden, 1, kMaxSeconds));
  LAZULITE_TRY(auto seen, call.database.read([&](rows::Session& session) {
    return rows::peek_messages(session, call.queue(), is_peek ? count : 1, call.now);
  }));
  if (is_peek || seen.empty()) return messages(200, seen, is_peek ? MessageForm::kPeeked : MessageForm::kTaken);
  LAZULITE_TRY(const auto taken, call.database.write([&](rows::Session& session) {
    return rows::take_messages(session, call.queue(), count, std::chrono::seconds{hidden}, call.now);
  }));
  return messages(200, taken, MessageForm::kTaken);
}

Result<http::Response> clear_messages(Call& call) {
  LAZULITE_CHECK(
      call.database.write([&](rows::Session& session) { return rows::clear_messages(session, call.queue()); }));
  http::Response response;
  response.status = 204;
  return response;
}

Result<http::Response> update_message(Call& call) {
  LAZULITE_TRY(const auto receipt, pop_receipt(call));
  if (!call.parameter("visibilitytimeout")) return blob::missing_parameter("visibilitytimeout");
  LAZULITE_TRY(const auto hidden, number_parameter(call, "visibilitytimeout", 0, 0, kMaxSeconds));
  std::optional<std::string> text;
  if (!trim(call.request.body).empty()) {
    LAZULITE_TRY(text, message_text(call));
  }
  LAZULITE_TRY(const auto updated, call.database.write([&](rows::Session& session) {
    return rows::update_message(session, call.queue(), call.target.message_id, receipt, std::chrono::seconds{hidden},
                                text, call.now);
  }));
  http::Response response;
  response.status = 204;
  response.headers.set("x-ms-popreceipt", updated.pop_receipt);
  response.headers.set("x-ms-time-next-visible", format_http_date(updated.visible_at));
  return response;
}

Result<http::Response> delete_message(Call& call) {
  LAZULITE_TRY(const auto receipt, pop_receipt(call));
  LAZULITE_CHECK(call.database.write([&](rows::Session& session) {
    return rows::delete_message(session, call.queue(), call.target.message_id, receipt, call.now);
  }));
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace lazulite::queue
