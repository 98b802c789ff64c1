#include "server/stream/conditional_answer.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::stream;

namespace {

const Validators kValidators{"\"abc\"", parse_time("2024-05-01T10:00:00.7Z").value()};

http::Request request_with(std::vector<std::pair<std::string, std::string>> headers, std::string method = "GET") {
  http::Request out;
  out.method = std::move(method);
  for (auto& [name, value] : headers) out.headers.add(name, value);
  return out;
}

http::Response answered(std::vector<std::pair<std::string, std::string>> headers) {
  return whole_or_range(request_with(std::move(headers)), kValidators, "public, max-age=60",
                        {"video/mp4", files::Content{"0123456789"}, {}});
}

}  // namespace

TEST_CASE("validators say whether the client has it already", "[unit][server]") {
  CHECK(is_unmodified(request_with({{"If-None-Match", "\"abc\""}}), kValidators));
  CHECK(is_unmodified(request_with({{"If-None-Match", "\"x\", W/\"abc\""}}), kValidators));
  CHECK(is_unmodified(request_with({{"If-None-Match", "*"}}), kValidators));
  CHECK_FALSE(is_unmodified(request_with({{"If-None-Match", "\"ab\""}}), kValidators));
  CHECK_FALSE(is_unmodified(request_with({}), kValidators));
  CHECK(is_unmodified(request_with({{"If-Modified-Since", "Wed, 01 May 2024 10:00:00 GMT"}}), kValidators));
  CHECK_FALSE(is_unmodified(request_with({{"If-Modified-Since", "Wed, 01 May 2024 09:59:59 GMT"}}), kValidators));
  CHECK_FALSE(is_unmodified(request_with({{"If-Modified-Since", "yesterday"}}), kValidators));
  // RFC 9110 13.1.3: an ETag decides alone.
  CHECK_FALSE(is_unmodified(
      request_with({{"If-None-Match", "\"x\""}, {"If-Modified-Since", "Wed, 01 May 2024 10:00:00 GMT"}}), kValidators));
  const auto response = not_modified(kValidators, "public, max-age=60");
  CHECK(response.status == 304);
  CHECK(response.headers.get("ETag") == "\"abc\"");
  CHECK(response.headers.get("Last-Modified") == "Wed, 01 May 2024 10:00:00 GMT");
}

TEST_CASE("ranges are cut as RFC 9110 14 says", "[unit][server]") {
  struct Case {
    const char* range;
    unsigned status;
    const char* body;
    const char* content_range;
  };
  const Case cases[] = {
      {"bytes=0-3", 206, "0123", "bytes 0-3/10"}, {"bytes=4-", 206, "456789", "bytes 4-9/10"},
      {"bytes=-3", 206, "789", "bytes 7-9/10"},   {"bytes=-30", 206, "0123456789", "bytes 0-9/10"},
      {"bytes=9-900", 206, "9", "bytes 9-9/10"},  {"BYTES=0-0", 206, "0", "bytes 0-0/10"},
      {"bytes=3-2", 200, "0123456789", ""},       {"bytes=a-b", 200, "0123456789", ""},
      {"items=0-1", 200, "0123456789", ""},       {"bytes=0-1,3-4", 200, "0123456789", ""},
      {"bytes=", 200, "0123456789", ""},          {"bytes=99999999999999999999-", 200, "0123456789", ""},
  };
  for (const Case& c : cases) {
    INFO(c.range);
    const auto response = answered({{"Range", c.range}});
    CHECK(response.status == c.status);
    CHECK(response.body.text() == c.body);
    CHECK(response.headers.get("Content-Range") == c.content_range);
    CHECK(response.headers.get("Accept-Ranges") == "bytes");
  }
  for (const char* range : {"bytes=10-", "bytes=-0", "bytes=100-200"}) {
    INFO(range);
    const auto response = answered({{"Range", range}});
    CHECK(response.status == 416);
    CHECK(response.headers.get("Content-Range") == "bytes */10");
  }
}

TEST_CASE("If-Range gives the whole when the representation has changed", "[unit][server]") {
  CHECK(answered({{"Range", "bytes=0-3"}, {"If-Range", "\"abc\""}}).status == 206);
  CHECK(answered({{"Range", "bytes=0-3"}, {"If-Range", "\"old\""}}).status == 200);
  CHECK(answered({{"Range", "bytes=0-3"}, {"If-Range", "W/\"abc\""}}).status == 200);
  CHECK(answered({{"Range", "bytes=0-3"}, {"If-Range", "Wed, 01 May 2024 10:00:00 GMT"}}).status == 206);
  CHECK(answered({{"Range", "bytes=0-3"}, {"If-Range", "Wed, 01 May 2024 10:00:01 GMT"}}).status == 200);
}

TEST_CASE("HEAD tells the size of the whole, with or without a body made", "[unit][server]") {
  const auto head = request_with({{"Range", "bytes=0-3"}}, "HEAD");
  const auto made = whole_or_range(head, kValidators, "no-store", {"video/mp4", files::Content{"0123456789"}, {}});
  CHECK(made.status == 200);
  CHECK(made.content_length == 10);
  CHECK(made.body.empty());
  const auto unmade = whole_or_range(head, kValidators, "no-store", {"video/mp4", {}, 188});
  CHECK(unmade.content_length == 188);
}
