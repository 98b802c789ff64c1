#include "schema/odata/batch_reader.hpp"
#include "schema/odata/batch_writer.hpp"
#include "tests/support/result.hpp"

#include <algorithm>

using namespace lazulite;
using namespace lazulite::odata;

namespace {

constexpr const char* kType = "multipart/mixed; boundary=b";

std::string changeset_batch(const std::string& end) {
  std::string out =
      "preamble\n--b\nContent-Type: multipart/mixed;\n boundary=\"c 1\"\n\n"
      "--c 1\nContent-Type: application/http\nContent-Transfer-Encoding: binary\nX-More: 1\n\n"
      "POST https://h/api//Jobs HTTP/1.1\nContent-ID: 3\nContent-Type: application/atom+xml\n\n<entry>\n</entry>\n"
      "--c 1\nContent-Type: application/http\nContent-ID: 7\n\n"
      "post $3/Tasks HTTP/1.1\nContent-Length: 2\n\n{}\n"
      "--c 1--\n\n--b--\nepilogue";
  if (end != "\n") {
    for (auto at = out.find('\n'); at != std::string::npos; at = out.find('\n', at + 2)) out.replace(at, 1, end);
  }
  return out;
}

void refused(const std::string& type, const std::string& body) {
  INFO(type << "\n" << body.substr(0, 500));
  const auto result = read_batch(type, body);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kInvalidArgument);
}

}  // namespace

TEST_CASE("a changeset is read with CRLF and with LF, folded headers, quoted boundary, ids in either place",
          "[unit][schema]") {
  for (const std::string& end : std::vector<std::string>{"\n", "\r\n"}) {
    const auto parts = read_batch("multipart/mixed; charset=utf-8;\r\n boundary=\"b\"; x=y", changeset_batch(end));
    REQUIRE(parts);
    REQUIRE(parts->size() == 1);
    CHECK(parts->front().changeset);
    const auto& requests = parts->front().requests;
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].uri == "https://h/api//Jobs");
    CHECK(requests[0].content_id == "3");
    CHECK(requests[0].body == "<entry>" + end + "</entry>");
    CHECK(requests[1].method == "POST");
    CHECK(requests[1].uri == "$3/Tasks");
    CHECK(requests[1].content_id == "7");
    CHECK(requests[1].body == "{}");
  }
}

TEST_CASE("line ends may be mixed between the envelope and the inner request", "[unit][schema]") {
  const auto parts = read_batch(kType,
                                "--b\r\nContent-Type: application/http\r\n\r\nGET /api/Assets?$filter=Name eq 'x' "
                                "HTTP/1.1\nAccept: a\n\n\r\n--b--");
  REQUIRE(parts);
  REQUIRE(parts->size() == 1);
  CHECK_FALSE(parts->front().changeset);
  CHECK(parts->front().requests[0].uri == "/api/Assets?$filter=Name eq 'x'");
  CHECK(parts->front().requests[0].headers.front().second == "a");
  CHECK(parts->front().requests[0].body.empty());
  CHECK(read_batch(kType, "--b--\r\n").value().empty());
}

TEST_CASE("a boundary that begins another is not taken for it", "[unit][schema]") {
  const auto parts =
      read_batch(kType,
                 "--b\nContent-Type: application/http\n\nPOST A HTTP/1.1\n\n--bb\n--b-- x\n--b\t\nContent-Type: "
                 "application/http\n\nPOST B HTTP/1.1\n--b--");
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK(parts->front().requests[0].body == "--bb\n--b-- x");
}

TEST_CASE("malformed and hostile envelopes are refused", "[unit][schema]") {
  refused("", "--b--");
  refused("application/json", "--b--");
  refused("multipart/mixed", "--b--");
  refused("multipart/mixed; boundary=", "--b--");
  refused("multipart/mixed; boundary=\"b", "--b--");
  refused("multipart/mixed; boundary=" + std::string(201, 'b'), "--b--");
  refused(kType, "");
  refused(kType, "--b\nContent-Type: application/http\n\nPOST A HTTP/1.1\n\n{}");  // cut off
  refused(kType, "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nPOST A HTTP/1.1\n\n--b--");
  refused(kType, "--b\nContent-Type: text/plain\n\nPOST A HTTP/1.1\n--b--");
  refused(kType, "--b\nContent-Type: application/http\nContent-Transfer-Encoding: base64\n\nUE9TVA==\n--b--");
  refused(kType, "--b\nContent-Type: application/http\n\nPOST\n--b--");
  refused(kType, "--b\nContent-Type: application/http\n\n\n--b--");
  refused(kType, "--b\n folded first\n\nPOST A HTTP/1.1\n--b--");
  refused(kType, "--b\nno header\n\nPOST A HTTP/1.1\n--b--");
  std::string headers;
  for (int i = 0; i < 65; ++i) headers += fmt::format("a{}: 1\n", i);
  refused(kType, "--b\n" + headers + "\nPOST A HTTP/1.1\n--b--");
  refused(kType,
          "--b\nA: x\n" + std::string(20'000, ' ') + "y\n " + std::string(20'000, 'y') + "\n\nGET A HTTP/1.1\n--b--");
  // A changeset in a changeset.
  refused(kType,
          "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: multipart/mixed; boundary=d\n\n"
          "--d--\n--c--\n--b--");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "--b\n\nGET A HTTP/1.1\n\n";
  CHECK(read_batch(kType, many + "--b--").error().code == ErrorCode::kTooLarge);
}

TEST_CASE("the address of an operation is read in every form that clients send", "[unit][schema]") {
  for (const auto* uri : {"https://h/api/$1/Tasks", "https://h:99/API//$1/Tasks", "/api/$1/Tasks", "//api//$1/Tasks",
                          "$1/Tasks", "/$1/Tasks"})
    CHECK(batch_path(uri) == "$1/Tasks");
  CHECK(batch_path("http://h/api/Assets?$filter=Uri eq 'http://a/api/'") == "Assets?$filter=Uri eq 'http://a/api/'");
  CHECK(batch_path("Jobs").starts_with("Jobs"));
  CHECK(batch_path("http://h").empty());
  CHECK(batch_path("/").empty());
  CHECK(batch_path("").empty());
}

TEST_CASE("answers are written with CRLF everywhere, one response per operation", "[unit][schema]") {
  const BatchResponse made{201, "Created", {{"Content-ID", "1"}}, "<entry/>"};
  const BatchResponse bad{400, "Bad Request", {}, "no"};
  const std::vector<BatchAnswer> answers = {{true, {made, made}}, {false, {bad}}};
  const auto body = write_batch(answers, "t");
  CHECK(batch_content_type("t") == "multipart/mixed; boundary=batchresponse_t");
  CHECK_THAT(body,
             Catch::StartsWith("--batchresponse_t\r\nContent-Type: multipart/mixed; boundary=changesetresponse_t_1\r\n"
                               "\r\n--changesetresponse_t_1\r\nContent-Type: application/http\r\n"
                               "Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 201 Created\r\nContent-ID: 1\r\n\r\n"
                               "<entry/>\r\n--changesetresponse_t_1\r\n"));
  CHECK_THAT(body,
             Catch::EndsWith("--changesetresponse_t_1--\r\n--batchresponse_t\r\nContent-Type: application/http\r\n"
                             "Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\nno\r\n"
                             "--batchresponse_t--\r\n"));
  CHECK(std::count(body.begin(), body.end(), '\n') == std::count(body.begin(), body.end(), '\r'));
}
