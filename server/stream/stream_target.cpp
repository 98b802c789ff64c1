#include "server/stream/stream_target.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "server/stream/error_catalog.hpp"

namespace lazulite::stream {

namespace {

constexpr std::size_t kMaxPathBytes = 4096;

Result<std::string> decode_name(std::string_view text) {
  auto decoded = percent_decode(text);
  if (!decoded || decoded->find('\0') != std::string::npos || !is_valid_utf8(*decoded)) {
    return fail_with(ErrorCode::kInvalidArgument, "MPE_BAD_URL_SYNTAX", "the path is not encoded as a URL must be");
  }
  return decoded;
}

}  // namespace

Result<StreamTarget> parse_stream_target(std::string_view path) {
  if (path.size() > kMaxPathBytes)
    return fail_with(ErrorCode::kInvalidArgument, "MPE_BAD_URL_SYNTAX", "the path is longer than {} bytes",
                     kMaxPathBytes);
  while (!path.empty() && path.front() == '/')
    path.remove_prefix(1);  // clients join a Path that ends in '/' with more slashes
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return no_such_resource("locator and file at this path");
  const auto guid = Uuid::parse(path.substr(0, slash));
  if (!guid) return no_such_resource("locator with this name");
  path.remove_prefix(slash + 1);
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);

  StreamTarget out;
  out.locator = guid->text();
  const auto end = path.find('/');
  LAZULITE_TRY(out.file, decode_name(path.substr(0, end)));
  if (out.file.empty()) return no_such_resource("file at this path");
  if (end != std::string_view::npos) {
    if (ends_with_ignoring_case(out.file, ".ism")) {
      out.tail = std::string{path.substr(end + 1)};
    } else {
      LAZULITE_TRY(out.file, decode_name(path));  // a blob may have slashes in its name
    }
  }
  return out;
}

}  // namespace lazulite::stream
