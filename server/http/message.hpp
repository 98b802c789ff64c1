// Plain HTTP messages: what every handler takes and returns, so that handlers are tested without a socket.
#pragma once

#include "schema/base/result.hpp"
#include "server/http/task.hpp"
#include "storage/files/content.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::http {

// In order, names compare without regard to case.
class Headers {
 public:
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // The value, or empty text.
  [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  void set(std::string_view name, std::string value);  // replaces
  void add(std::string_view name, std::string value);  // appends
  void remove(std::string_view name);
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

class Pace;

// A request body that is received piece by piece.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next piece, valid until the next call; empty at the end. Io when the client vanished, TooLarge past the route's
  // limit.
  virtual Task<Result<std::span<const std::uint8_t>>> next() = 0;
};

struct Request {
  std::string id;      // a GUID made for this request: request-id, logs
  std::string method;  // upper case; X-HTTP-Method has been applied by the API, not here
  std::string target;  // as sent: "/api/Assets?$top=1"
  std::string path;    // target up to '?', still encoded
  std::string query;   // after '?', still encoded; empty when there is none
  Headers headers;
  std::string body;                    // buffered routes
  std::shared_ptr<BodyStream> stream;  // streaming routes
  std::optional<std::uint64_t> content_length;
  std::string client_address;  // IP
  std::string local_address;   // "127.0.0.1:8080", the listener that got it
  bool secure = false;         // TLS here, or X-Forwarded-Proto: https from a trusted proxy

  // Host as the client wrote it (X-Forwarded-Host of a trusted proxy first), with its port.
  [[nodiscard]] std::string_view host() const;
  // "http://host:port", without a trailing slash.
  [[nodiscard]] std::string base_url() const;
};

struct Response {
  unsigned status = 200;
  std::string reason;  // empty: the standard phrase
  Headers headers;
  files::Content body;
  // For HEAD and 304: what Content-Length would have been; the body is not sent.
  std::optional<std::uint64_t> content_length;
  std::shared_ptr<Pace> pace;  // of the body; null: as fast as the client takes it

  static Response text(unsigned status, std::string_view content_type, std::string body);
};

}  // namespace lazulite::http
