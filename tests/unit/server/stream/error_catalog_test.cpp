#include "server/stream/error_catalog.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::stream;

TEST_CASE("an error of the origin is one line with its name and value", "[unit][server]") {
  const auto response = error_response(
      fail_with(ErrorCode::kNotFound, "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND", "no fragment of 'video'\nstarts at {}", 5));
  CHECK(response.status == 404);
  CHECK(response.body.text() == "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND (0x80890255): no fragment of 'video' starts at 5\n");
  CHECK(response.headers.get("x-ams-error-code") == "MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(response.headers.get("Content-Type") == "text/plain");
}

TEST_CASE("an error says nothing of the inside of the server", "[unit][server]") {
  const auto response = error_response(fail(ErrorCode::kIo, "cannot open /secret/path"));
  CHECK(response.status == 500);
  CHECK(response.body.text() == "InternalError: The server met an unexpected condition.\n");
}

TEST_CASE("each error has the status of the vendor's table", "[unit][server]") {
  const std::pair<const char*, unsigned> expected[] = {
      {"MPE_BAD_URL_SYNTAX", 400},
      {"MPE_OUTPUT_FORMAT_BLOCKED", 403},
      {"MPE_ENC_ENCRYPTION_REQUIRED", 403},
      {"MPE_UNAUTHORIZED", 404},
      {"MPE_STORAGE_RESOURCE_NOT_FOUND", 404},
      {"MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND", 404},
      {"MPE_FRAGMENT_NOT_READY", 412},
      {"MPE_OUTPUT_FORMAT_NOT_SUPPORTED", 415},
      {"MPE_KEY_FRAME_INTERVAL_TOO_LARGE", 415},
      {"StreamingEndpointNotRunning", 503},
      {"MethodNotAllowed", 405},
      {"RangeNotSatisfiable", 416},
  };
  for (const auto& [name, status] : expected) CHECK(find_entry(Error{ErrorCode::kInternal, "", name}).status == status);
  CHECK(find_entry(Error{ErrorCode::kNotFound, "", "unknown"}).name == "MPE_RESOURCE_NOT_FOUND");
  CHECK(find_entry(Error{ErrorCode::kInvalidArgument, "", ""}).status == 400);
  CHECK(find_entry(Error{ErrorCode::kInternal, "", ""}).status == 500);
}
