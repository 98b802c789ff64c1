#include "schema/odata/batch_writer.hpp"

#include <fmt/format.h>

namespace lazulite::odata {
namespace {

void append_response(std::string& out, std::string_view boundary, const BatchResponse& response) {
  out += fmt::format(
      "--{}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 {} {}\r\n", boundary,
      response.status, response.reason);
  for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
  out += "\r\n";
  out += response.body;
  out += "\r\n";
}

}  // namespace

std::string write_batch(std::span<const BatchAnswer> answers, std::string_view token) {
  const auto outer = fmt::format("batchresponse_{}", token);
  std::string out;
  std::size_t number = 0;
  for (const auto& answer : answers) {
    if (!answer.changeset) {
      for (const auto& each : answer.responses) append_response(out, outer, each);
      continue;
    }
    const auto inner = fmt::format("changesetresponse_{}_{}", token, ++number);
    out += fmt::format("--{}\r\nContent-Type: multipart/mixed; boundary={}\r\n\r\n", outer, inner);
    for (const auto& each : answer.responses) append_response(out, inner, each);
    out += fmt::format("--{}--\r\n", inner);
  }
  out += fmt::format("--{}--\r\n", outer);
  return out;
}

std::string batch_content_type(std::string_view token) {
  return fmt::format("multipart/mixed; boundary=batchresponse_{}", token);
}

}  // namespace lazulite::odata
