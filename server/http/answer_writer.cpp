#include "server/http/answer_writer.hpp"

#include "schema/base/text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <utility>

namespace lazulite::http {
namespace {

constexpr std::size_t kMaxBuffers = 64;                 // of one call, below IOV_MAX and Asio's own limit
constexpr std::size_t kMaxCallBytes = 1024 * 1024;      // of one call
constexpr std::size_t kMaxPacedBytes = 64 * 1024;       // of one call, where answers share a pace
constexpr std::size_t kMaxTurnBytes = 4 * 1024 * 1024;  // handed over before other connections get their turn
// Written, with a copy, by the call that waits for room; the rest follows without one.
constexpr std::size_t kWaitBytes = 4 * 1024;
// A shorter file range is gathered with its neighbours: a call of its own costs more than the copy.
constexpr std::uint64_t kMinSendfileBytes = 64 * 1024;
const auto kUse = asio::as_tuple(asio::use_awaitable);

const files::FileRange* long_range(const files::ContentPart& part, std::uint64_t offset) {
  const auto* range = std::get_if<files::FileRange>(&part);
  return range != nullptr && range->length - offset >= kMinSendfileBytes ? range : nullptr;
}

bool is_full(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again || error == asio::error::interrupted;
}

// The buffers of one call, without an allocation; `more`: a long file range follows, left to sendfile.
struct Batch {
  std::array<asio::const_buffer, kMaxBuffers> buffers{};
  std::size_t count = 0, bytes = 0;
  bool more = false;

  void add(std::span<const std::uint8_t> data, std::size_t limit) {
    const std::size_t take = std::min(data.size(), limit - bytes);
    buffers[count++] = asio::const_buffer{data.data(), take};
    bytes += take;
  }
  [[nodiscard]] std::span<const asio::const_buffer> view() const { return {buffers.data(), count}; }
};

enum class LongRanges { kStopAt, kTake };

template <class Rest>
Batch gather(const Rest& rest, std::size_t limit, LongRanges long_ranges) {
  Batch batch;
  if (!rest.head.empty()) batch.add(as_bytes(rest.head), limit);
  std::uint64_t offset = rest.offset;
  for (std::size_t part = rest.part; part < rest.parts.size(); ++part, offset = 0) {
    if (batch.count == kMaxBuffers || batch.bytes >= limit) break;
    if (long_ranges == LongRanges::kStopAt && long_range(rest.parts[part], offset) != nullptr) {
      batch.more = true;
      break;
    }
    batch.add(files::bytes_of(rest.parts[part]).subspan(offset), limit);
  }
  return batch;
}

template <class Rest>
void advance(Rest& rest, std::size_t bytes) {
  const std::size_t of_head = std::min(bytes, rest.head.size());
  rest.head.remove_prefix(of_head);
  rest.offset += bytes - of_head;
  while (rest.part < rest.parts.size()) {
    const std::uint64_t size = files::bytes_of(rest.parts[rest.part]).size();
    if (rest.offset < size) break;
    rest.offset -= size;
    ++rest.part;
  }
}

}  // namespace

AnswerWriter::Step AnswerWriter::send_file(const files::FileRange& range, std::uint64_t offset, std::size_t limit) {
  auto at = static_cast<off_t>(range.offset + offset);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(range.length - offset, limit));
  const ssize_t sent = ::sendfile(stream_.socket().native_handle(), range.file->descriptor().get(), &at, count);
  if (sent > 0) return {static_cast<std::size_t>(sent), {}};
  // A file that ends early cannot be: blobs are replaced, never cut.
  const int code = sent == 0 ? EIO : errno;
  return {0, {code, boost::system::system_category()}};
}

AnswerWriter::Step AnswerWriter::write_now(const Rest& rest, std::size_t limit) {
  Step step;
  const auto* range = rest.head.empty() ? long_range(rest.parts[rest.part], rest.offset) : nullptr;
  if (range != nullptr) {
    step = send_file(*range, rest.offset, limit);
  } else {
    const Batch batch = gather(rest, limit, LongRanges::kStopAt);
    step.bytes = stream_.socket().send(batch.view(), batch.more ? MSG_MORE : 0, step.error);
  }
  if (is_full(step.error)) step = {};
  return step;
}

Task<AnswerWriter::Step> AnswerWriter::write_encrypted(const Rest& rest, std::size_t limit) {
  const Batch batch = gather(rest, limit, LongRanges::kTake);
  stream_.expires_after(timeout_);
  const auto [error, bytes] = co_await asio::async_write(stream_, batch.view(), kUse);
  co_return Step{bytes, error};
}

Task<AnswerWriter::Step> AnswerWriter::write_when_ready(const Rest& rest, std::size_t limit) {
  const Batch batch = gather(rest, std::min(limit, kWaitBytes), LongRanges::kTake);
  stream_.expires_after(timeout_);
  const auto [error, bytes] = co_await stream_.async_write_some(batch.view(), kUse);
  co_return Step{bytes, error};
}

Task<std::size_t> AnswerWriter::wait_for_grant(Pace& pace) {
  for (;;) {
    const Pace::Grant grant = pace.take(kMaxPacedBytes);
    if (grant.bytes > 0) co_return grant.bytes;
    asio::steady_timer timer{stream_.get_executor(), grant.wait};
    co_await timer.async_wait(kUse);
  }
}

Task<AnswerWriter::Sent> AnswerWriter::write(std::string_view head, const files::Content& body, Pace* pace) {
  Rest rest{head, body.parts()};
  Sent sent;
  std::size_t in_turn = 0;
  while (!rest.head.empty() || rest.part < rest.parts.size()) {
    Step step;
    std::size_t limit = kMaxCallBytes;
    if (pace != nullptr) limit = co_await wait_for_grant(*pace);
    if (!stream_.encrypted() && in_turn < kMaxTurnBytes) step = write_now(rest, limit);
    if (step.bytes == 0 && !step.error) {
      if (stream_.encrypted()) {
        step = co_await write_encrypted(rest, limit);
      } else {
        step = co_await write_when_ready(rest, limit);
      }
      in_turn = 0;
    }
    if (pace != nullptr) pace->give_back(limit - std::min(limit, step.bytes));
    sent.bytes += step.bytes;
    if (step.error) co_return sent;
    in_turn += step.bytes;
    advance(rest, step.bytes);
  }
  sent.whole = true;
  co_return sent;
}

}  // namespace lazulite::http
