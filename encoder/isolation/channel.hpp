// Messages between the server and a worker process: JSON texts over a Unix stream socket, each of which may carry an
// open file.
//
//   | length: u32, bytes, little endian | text ... |     the file travels with the length
//
// Thread-safe: send() from many threads; receive() from one at a time.
#pragma once

#include "schema/base/result.hpp"
#include "storage/files/file.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lazulite::encoder {

struct Message {
  std::string text;
  files::FileDescriptor file;  // none: -1
};

class Channel {
 public:
  static constexpr std::uint32_t kMaxBytes = 64U << 20U;

  explicit Channel(files::FileDescriptor socket) : socket_(std::move(socket)) {}
  // Two that are connected; the second is for a child. Io.
  static Result<std::pair<files::FileDescriptor, files::FileDescriptor>> make_sockets();

  // send() and receive() give up with Io when the other side does not move for so long within a message.
  void limit_waits(std::chrono::seconds most);
  // Io when the other side is gone. `file` is duplicated.
  Result<void> send(std::string_view text, int file = -1);
  // The next message. NotFound when the other side is gone, Io for anything that is no message. Waits without end.
  Result<Message> receive();
  // True when there is something to receive, also the end; false after `wait`, or as soon as `wake` is readable.
  [[nodiscard]] bool wait(std::chrono::milliseconds wait, int wake = -1) const;

 private:
  Result<void> read_all(char* out, std::size_t size, files::FileDescriptor* file);

  files::FileDescriptor socket_;
  std::mutex send_mutex_;
};

}  // namespace lazulite::encoder
