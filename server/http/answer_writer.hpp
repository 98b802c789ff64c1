// Writes the head and body of an answer to a client's socket. What the socket takes at once is handed over without a
// timer or a turn of the event loop; only a full socket is waited for, each wait bounded by the transfer timeout. Long
// file ranges go from the page cache to the socket inside the kernel. Over TLS everything is encrypted first. Runs on
// the connection's strand.
#pragma once

#include "server/http/connection_stream.hpp"
#include "server/http/pace.hpp"
#include "server/http/task.hpp"
#include "storage/files/content.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lazulite::http {

class AnswerWriter {
 public:
  AnswerWriter(ConnectionStream& stream, std::chrono::seconds timeout) : stream_(stream), timeout_(timeout) {}

  struct Sent {
    std::uint64_t bytes = 0;
    bool whole = false;  // false: the client went away or made no progress
  };
  // Both outlive the call. The socket is in non-blocking mode. `pace`: how fast, or null.
  Task<Sent> write(std::string_view head, const files::Content& body, Pace* pace = nullptr);

 private:
  // What is not sent yet: the rest of the head, and the body from `offset` of `part`.
  struct Rest {
    std::string_view head;
    const std::vector<files::ContentPart>& parts;
    std::size_t part = 0;
    std::uint64_t offset = 0;
  };
  struct Step {
    std::size_t bytes = 0;  // none: the socket is full
    boost::system::error_code error;
  };
  // Each sends at most `limit` bytes.
  Step write_now(const Rest& rest, std::size_t limit);
  Step send_file(const files::FileRange& range, std::uint64_t offset, std::size_t limit);
  Task<Step> write_encrypted(const Rest& rest, std::size_t limit);
  Task<Step> write_when_ready(const Rest& rest, std::size_t limit);
  // How much may be sent now; waits until it is something.
  Task<std::size_t> wait_for_grant(Pace& pace);

  ConnectionStream& stream_;
  const std::chrono::seconds timeout_;
};

}  // namespace lazulite::http
