#include "schema/odata/batch_reader.hpp"

#include "schema/base/text.hpp"

#include <algorithm>
#include <optional>

namespace lazulite::odata {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMaxOperations = 1000;
constexpr std::size_t kMaxHeaders = 64;
constexpr std::size_t kMaxHeaderBytes = 16'384;
constexpr std::size_t kMaxBoundary = 200;

template <class... Args>
Error bad_batch(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::kInvalidArgument, "The batch request is malformed: {}.",
              fmt::format(format, std::forward<Args>(args)...));
}

// The next line without its end; `text` goes on behind it.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view value_of(const Headers& headers, std::string_view name) {
  const auto found =
      std::ranges::find_if(headers, [&](const auto& each) { return equals_ignoring_case(each.first, name); });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

// Headers up to the blank line that ends them, or the end of the text. A line that begins with space goes on with the
// one before (obs-fold, api.md rule 26).
Result<Headers> take_headers(std::string_view& text) {
  Headers out;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (trim(line).empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (out.empty()) return bad_batch("a header block begins with a folded line");
      if (out.back().second.size() + line.size() > kMaxHeaderBytes) return bad_batch("a header is too long");
      out.back().second += ' ';
      out.back().second += trim(line);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return bad_batch("'{}' is no header", line.substr(0, 100));
    if (out.size() == kMaxHeaders) return bad_batch("a part has more than {} headers", kMaxHeaders);
    if (line.size() > kMaxHeaderBytes) return bad_batch("a header is too long");
    out.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return out;
}

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

// The parameter boundary=, wherever it stands, quoted or not.
Result<std::string> boundary_of(std::string_view content_type) {
  if (!equals_ignoring_case(media_type(content_type), "multipart/mixed"))
    return bad_batch("Content-Type must be multipart/mixed, not '{}'", content_type.substr(0, 100));
  auto rest = content_type;
  for (auto semicolon = rest.find(';'); semicolon != std::string_view::npos; semicolon = rest.find(';')) {
    rest = trim(rest.substr(semicolon + 1));
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos || !equals_ignoring_case(trim(rest.substr(0, equals)), "boundary")) continue;
    auto value = trim(rest.substr(equals + 1));
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      const auto close = value.find('"');
      if (close == std::string_view::npos) break;
      value = value.substr(0, close);
    } else {
      value = trim(value.substr(0, value.find(';')));
    }
    if (value.empty() || value.size() > kMaxBoundary) break;
    return std::string{value};
  }
  return bad_batch("Content-Type has no usable boundary");
}

enum class Delimiter : std::uint8_t { kNone, kNext, kLast };

Delimiter delimiter_of(std::string_view line, std::string_view boundary) {
  if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) return Delimiter::kNone;
  const auto rest = trim(line.substr(2 + boundary.size()));
  if (rest.empty()) return Delimiter::kNext;
  return rest == "--" ? Delimiter::kLast : Delimiter::kNone;
}

// The line end before a boundary belongs to the boundary (RFC 2046 5.1.1).
std::string_view without_last_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// What stands between the boundaries.
Result<std::vector<std::string_view>> split_parts(std::string_view text, std::string_view boundary) {
  std::vector<std::string_view> out;
  std::optional<const char*> begin;
  while (!text.empty()) {
    const auto* const line_begin = text.data();
    const auto delimiter = delimiter_of(take_line(text), boundary);
    if (delimiter == Delimiter::kNone) continue;
    if (begin) {
      if (out.size() == kMaxOperations) return fail(ErrorCode::kTooLarge, "A batch may have {} parts.", kMaxOperations);
      out.push_back(without_last_line_end({*begin, static_cast<std::size_t>(line_begin - *begin)}));
    }
    if (delimiter == Delimiter::kLast) return out;
    begin = text.data();
  }
  return bad_batch("the boundary '{}' that ends it is missing", boundary);
}

// "POST /api/Jobs HTTP/1.1"; a URI may hold raw spaces.
Result<void> read_request_line(std::string_view line, BatchRequest& out) {
  const auto space = line.find(' ');
  const auto version = line.rfind(" HTTP/");
  if (space == std::string_view::npos || version == std::string_view::npos || version <= space)
    return bad_batch("'{}' is no request line", line.substr(0, 100));
  out.method = to_upper(line.substr(0, space));
  out.uri = trim(line.substr(space, version - space));
  if (out.method.empty() || out.uri.empty()) return bad_batch("'{}' is no request line", line.substr(0, 100));
  return {};
}

// `text`: a part behind its MIME headers.
Result<BatchRequest> read_request(const Headers& mime, std::string_view text) {
  const auto encoding = value_of(mime, "Content-Transfer-Encoding");
  if (equals_ignoring_case(encoding, "base64") || equals_ignoring_case(encoding, "quoted-printable"))
    return bad_batch("the Content-Transfer-Encoding '{}' is not supported", encoding);
  std::string_view line;
  while (!text.empty() && trim(line).empty()) line = take_line(text);
  BatchRequest out;
  LAZULITE_CHECK(read_request_line(trim(line), out));
  LAZULITE_TRY(out.headers, take_headers(text));
  out.content_id = value_of(out.headers, "Content-ID");
  if (out.content_id.empty()) out.content_id = value_of(mime, "Content-ID");
  out.body = text;
  return out;
}

Result<BatchPart> read_changeset(std::string_view content_type, std::string_view text) {
  LAZULITE_TRY(const auto boundary, boundary_of(content_type));
  LAZULITE_TRY(const auto parts, split_parts(text, boundary));
  BatchPart out{true, {}};
  for (auto part : parts) {
    LAZULITE_TRY(const auto mime, take_headers(part));
    const auto type = media_type(value_of(mime, "Content-Type"));
    if (!type.empty() && !equals_ignoring_case(type, "application/http"))
      return bad_batch("a changeset may not hold a part of type '{}'", type.substr(0, 100));
    LAZULITE_TRY(auto request, read_request(mime, part));
    out.requests.push_back(std::move(request));
  }
  return out;
}

}  // namespace

Result<std::vector<BatchPart>> read_batch(std::string_view content_type, std::string_view body) {
  LAZULITE_TRY(const auto boundary, boundary_of(content_type));
  LAZULITE_TRY(const auto parts, split_parts(body, boundary));
  std::vector<BatchPart> out;
  std::size_t operations = 0;
  for (auto part : parts) {
    LAZULITE_TRY(const auto mime, take_headers(part));
    const auto type = value_of(mime, "Content-Type");
    if (equals_ignoring_case(media_type(type), "multipart/mixed")) {
      LAZULITE_TRY(auto changeset, read_changeset(type, part));
      out.push_back(std::move(changeset));
    } else if (media_type(type).empty() || equals_ignoring_case(media_type(type), "application/http")) {
      LAZULITE_TRY(auto request, read_request(mime, part));
      BatchPart single;
      single.requests.push_back(std::move(request));
      out.push_back(std::move(single));
    } else {
      return bad_batch("a part may not be of type '{}'", type.substr(0, 100));
    }
    operations += out.back().requests.size();
    if (operations > kMaxOperations)
      return fail(ErrorCode::kTooLarge, "A batch may have {} operations.", kMaxOperations);
  }
  return out;
}

std::string batch_path(std::string_view uri) {
  const auto query_begin = std::min(uri.find('?'), uri.size());
  auto path = uri.substr(0, query_begin);
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos && path.find('/') > scheme) {
    const auto slash = path.find('/', scheme + 3);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  }
  const auto drop_slashes = [&] { path.remove_prefix(std::min(path.find_first_not_of('/'), path.size())); };
  drop_slashes();
  const auto first = path.substr(0, path.find('/'));
  if (equals_ignoring_case(first, "api")) {
    path.remove_prefix(first.size());
    drop_slashes();
  }
  return std::string{path} + std::string{uri.substr(query_begin)};
}

}  // namespace lazulite::odata
