// A small blocking HTTP/1.1 client for tests: one request per call over a kept connection, and raw texts for malformed
// ones.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::test {

struct HttpAnswer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string{} : found->second;
  }
};

using HttpFields = std::vector<std::pair<std::string, std::string>>;

class HttpClient {
 public:
  // "127.0.0.1:8080" or "http://127.0.0.1:8080".
  explicit HttpClient(std::string_view address);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // Throws on network errors and after 60 s without progress.
  HttpAnswer send(const std::string& method, const std::string& target, const HttpFields& headers = {},
                  std::string_view body = {});
  HttpAnswer get(const std::string& target, const HttpFields& headers = {}) { return send("GET", target, headers); }
  // Sends bytes as they are and reads until the server closes or one answer is complete.
  std::string raw(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// GET of an absolute URL.
HttpAnswer http_get(const std::string& url, const HttpFields& headers = {});

}  // namespace lazulite::test
