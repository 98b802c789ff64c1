#include "server/blob/blob_headers.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

constexpr std::string_view kMetaPrefix = "x-ms-meta-";
constexpr std::size_t kMetadataLimit = 8 << 10;  // bytes of all names and values

bool is_metadata_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

std::string copy_of(const http::Headers& headers, std::string_view name) { return std::string{headers.get(name)}; }

void write_unless_empty(http::Headers& headers, std::string_view name, const std::string& value) {
  if (!value.empty()) headers.set(name, value);
}

void write_copy(http::Headers& headers, const blobs::CopyState& copy) {
  headers.set("x-ms-copy-id", copy.id);
  headers.set("x-ms-copy-source", copy.source);
  headers.set("x-ms-copy-status", std::string{name_of(copy.status)});
  headers.set("x-ms-copy-progress", copy_progress(copy));
  if (copy.completed) headers.set("x-ms-copy-completion-time", format_http_date(*copy.completed));
  write_unless_empty(headers, "x-ms-copy-status-description", copy.description);
}

std::optional<Timestamp> read_date(const http::Headers& headers, std::string_view name) {
  const auto text = headers.find(name);
  if (!text) return std::nullopt;
  const auto time = parse_http_date(*text);
  return time ? std::optional{*time} : std::nullopt;
}

}  // namespace

Result<Metadata> read_metadata(const http::Headers& headers) {
  Metadata out;
  std::size_t size = 0;
  for (const auto& [name, value] : headers) {
    if (!starts_with_ignoring_case(name, kMetaPrefix)) continue;
    out.emplace_back(to_lower(name.substr(kMetaPrefix.size())), value);
    size += out.back().first.size() + value.size();
    if (size > kMetadataLimit || !is_metadata_name(out.back().first)) {
      return fail_with(ErrorCode::kInvalidArgument, "InvalidMetadata",
                       "metadata is limited to 8 KiB of plain names and values");
    }
  }
  return out;
}

Result<blobs::BlobHeaders> read_blob_headers(const http::Headers& headers) {
  blobs::BlobHeaders out;
  if (const auto type = headers.get("x-ms-blob-content-type"); !type.empty()) out.content_type = type;
  out.content_encoding = copy_of(headers, "x-ms-blob-content-encoding");
  out.content_language = copy_of(headers, "x-ms-blob-content-language");
  out.content_disposition = copy_of(headers, "x-ms-blob-content-disposition");
  out.cache_control = copy_of(headers, "x-ms-blob-cache-control");
  LAZULITE_CHECK(read_md5(headers, "x-ms-blob-content-md5"));
  out.content_md5 = copy_of(headers, "x-ms-blob-content-md5");
  LAZULITE_TRY(out.metadata, read_metadata(headers));
  return out;
}

blobs::Conditions read_conditions(const http::Headers& headers, const std::string& prefix) {
  blobs::Conditions out;
  if (const auto value = headers.find(prefix + "If-Match")) out.if_match = std::string{*value};
  if (const auto value = headers.find(prefix + "If-None-Match")) out.if_none_match = std::string{*value};
  out.if_modified_since = read_date(headers, prefix + "If-Modified-Since");
  out.if_unmodified_since = read_date(headers, prefix + "If-Unmodified-Since");
  return out;
}

Result<std::optional<std::string>> read_md5(const http::Headers& headers, std::string_view name) {
  const auto text = headers.get(name);
  if (text.empty()) return std::optional<std::string>{};
  const auto bytes = base64_decode(trim(text));
  if (!bytes || bytes->size() != 16)
    return fail_with(ErrorCode::kInvalidArgument, "InvalidMd5", "{} is not an MD5", name);
  return std::optional{std::string{as_text(*bytes)}};
}

Result<std::optional<ByteRange>> read_range(const http::Headers& headers, std::uint64_t size) {
  std::optional<ByteRange> none;
  auto text = headers.get("x-ms-range");
  if (text.empty()) text = headers.get("Range");
  text = trim(text);
  if (!starts_with_ignoring_case(text, "bytes=")) return none;
  text.remove_prefix(6);
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return none;
  const auto first = parse_uint64(trim(text.substr(0, dash))), last = parse_uint64(trim(text.substr(dash + 1)));
  const bool has_last = !trim(text.substr(dash + 1)).empty();
  if (!first) {  // "-n": the last n bytes
    if (!trim(text.substr(0, dash)).empty() || !last) return none;
    if (*last == 0 || size == 0) return fail_with(ErrorCode::kInvalidArgument, "InvalidRange", "the range is empty");
    const auto length = std::min(*last, size);
    return std::optional{ByteRange{size - length, length}};
  }
  if (has_last && (!last || *last < *first)) return none;
  if (*first >= size) return fail_with(ErrorCode::kInvalidArgument, "InvalidRange", "the range starts past the end");
  const auto end = has_last ? std::min(*last, size - 1) : size - 1;
  return std::optional{ByteRange{*first, end - *first + 1}};
}

http::Response xml_response(std::string text) {
  http::Response response;
  response.headers.set("Content-Type", "application/xml");
  response.body.append(std::move(text));
  return response;
}

std::string_view name_of(blobs::CopyStatus status) {
  constexpr std::string_view kNames[] = {"pending", "success", "failed", "aborted"};  // in the enum's order
  return kNames[static_cast<std::size_t>(status)];
}

std::string copy_progress(const blobs::CopyState& copy) { return fmt::format("{}/{}", copy.done, copy.total); }

void write_etag(http::Headers& headers, const std::string& etag, Timestamp last_modified) {
  headers.set("ETag", etag);
  headers.set("Last-Modified", format_http_date(last_modified));
}

void write_metadata(http::Headers& headers, const Metadata& metadata) {
  for (const auto& [name, value] : metadata) headers.set(std::string{kMetaPrefix} + name, value);
}

void write_blob_headers(http::Headers& headers, const blobs::BlobProperties& properties) {
  const auto& blob = properties.headers;
  write_etag(headers, properties.etag, properties.last_modified);
  headers.set("Content-Type", blob.content_type.empty() ? "application/octet-stream" : blob.content_type);
  write_unless_empty(headers, "Content-Encoding", blob.content_encoding);
  write_unless_empty(headers, "Content-Language", blob.content_language);
  write_unless_empty(headers, "Content-Disposition", blob.content_disposition);
  write_unless_empty(headers, "Cache-Control", blob.cache_control);
  headers.set("Accept-Ranges", "bytes");
  headers.set("x-ms-blob-type", "BlockBlob");
  headers.set("x-ms-lease-status", "unlocked");
  headers.set("x-ms-lease-state", "available");
  headers.set("x-ms-creation-time", format_http_date(properties.created));
  headers.set("x-ms-server-encrypted", "false");
  if (properties.copy) write_copy(headers, *properties.copy);
  write_metadata(headers, blob.metadata);
}

}  // namespace lazulite::blob
