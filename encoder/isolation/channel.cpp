#include "encoder/isolation/channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kHeaderBytes = 4;

union ControlBuffer {
  cmsghdr aligned;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

void attach(int file, ControlBuffer& buffer, msghdr& message) {
  message.msg_control = buffer.bytes.data();
  message.msg_controllen = buffer.bytes.size();
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &file, sizeof(int));
}

void take_file(msghdr& message, files::FileDescriptor& file) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    int received = -1;
    std::memcpy(&received, CMSG_DATA(control), sizeof(int));
    file = files::FileDescriptor{received};
  }
}

}  // namespace

Result<std::pair<files::FileDescriptor, files::FileDescriptor>> Channel::make_sockets() {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return files::io_error("making a socket pair", "");
  return std::pair{files::FileDescriptor{sockets[0]}, files::FileDescriptor{sockets[1]}};
}

void Channel::limit_waits(std::chrono::seconds most) {
  const timeval limit{most.count(), 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Result<void> Channel::send(std::string_view text, int file) {
  if (text.size() > kMaxBytes) return fail(ErrorCode::kIo, "a message of {} bytes is too long", text.size());
  std::array<char, kHeaderBytes> header{};
  for (std::size_t i = 0; i < header.size(); ++i) header.at(i) = static_cast<char>(text.size() >> (8 * i));
  const std::lock_guard lock{send_mutex_};
  std::size_t sent = 0;
  while (sent < kHeaderBytes + text.size()) {
    std::array<iovec, 2> parts{};
    const std::size_t of_header = std::min(sent, kHeaderBytes), of_text = sent - of_header;
    parts[0] = {header.data() + of_header, kHeaderBytes - of_header};
    parts[1] = {const_cast<char*>(text.data()) + of_text, text.size() - of_text};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    ControlBuffer control{};
    if (file >= 0 && sent == 0) attach(file, control, message);
    const ssize_t count = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return files::io_error("sending to the other process", "");
    sent += static_cast<std::size_t>(count);
  }
  return {};
}

Result<void> Channel::read_all(char* out, std::size_t size, files::FileDescriptor* file) {
  for (std::size_t got = 0; got < size;) {
    iovec part{out + got, size - got};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ControlBuffer control{};
    if (file != nullptr) {
      message.msg_control = control.bytes.data();
      message.msg_controllen = control.bytes.size();
    }
    const ssize_t count = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return files::io_error("receiving from the other process", "");
    if (count == 0) return fail(ErrorCode::kNotFound, "the other process is gone");
    if (file != nullptr) take_file(message, *file);
    got += static_cast<std::size_t>(count);
  }
  return {};
}

Result<Message> Channel::receive() {
  std::array<char, kHeaderBytes> header{};
  Message message;
  LAZULITE_CHECK(read_all(header.data(), header.size(), &message.file));
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < header.size(); ++i)
    size |= static_cast<std::uint32_t>(static_cast<unsigned char>(header.at(i))) << (8 * i);
  if (size > kMaxBytes) return fail(ErrorCode::kIo, "a message of {} bytes is too long", size);
  message.text.resize(size);
  LAZULITE_CHECK(read_all(message.text.data(), size, nullptr));
  return message;
}

bool Channel::wait(std::chrono::milliseconds wait, int wake) const {
  std::array<pollfd, 2> polled{{{socket_.get(), POLLIN, 0}, {wake, POLLIN, 0}}};
  ::poll(polled.data(), polled.size(), static_cast<int>(wait.count()));
  return polled[0].revents != 0;
}

}  // namespace lazulite::encoder
