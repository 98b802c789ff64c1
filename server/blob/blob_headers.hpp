// Blob properties, metadata, conditions and ranges as headers of requests and answers (accounts-storage.md C.2, C.3).
#pragma once

#include "server/http/message.hpp"
#include "storage/blobs/blob_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::blob {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// x-ms-meta-*, names in lower case. InvalidArgument "InvalidMetadata" over 8 KiB or for an odd name.
Result<Metadata> read_metadata(const http::Headers& headers);
// The x-ms-blob-* properties and metadata of Put Blob, Put Block List and Set Blob Properties.
Result<blobs::BlobHeaders> read_blob_headers(const http::Headers& headers);
// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since; a date that cannot be read counts as absent (RFC
// 9110 §13.1.3).
// With a prefix, those of the source of a copy ("x-ms-source-").
blobs::Conditions read_conditions(const http::Headers& headers, const std::string& prefix = {});

// 16 raw bytes of a base64 MD5 header; nullopt when it is absent. InvalidArgument "InvalidMd5".
Result<std::optional<std::string>> read_md5(const http::Headers& headers, std::string_view name);

struct ByteRange {
  std::uint64_t offset = 0, length = 0;
};
// The one range of x-ms-range or Range, cut to the size; nullopt for none, several or a malformed one (RFC 9110 §14.2:
// the header is ignored). InvalidArgument "InvalidRange" when it starts past the end.
Result<std::optional<ByteRange>> read_range(const http::Headers& headers, std::uint64_t size);

http::Response xml_response(std::string text);  // 200
void write_etag(http::Headers& headers, const std::string& etag, Timestamp last_modified);
void write_metadata(http::Headers& headers, const Metadata& metadata);
std::string_view name_of(blobs::CopyStatus status);
std::string copy_progress(const blobs::CopyState& copy);  // "done/total"
// Everything Get Blob and Get Blob Properties say of a blob but Content-Length and Content-MD5.
void write_blob_headers(http::Headers& headers, const blobs::BlobProperties& properties);

}  // namespace lazulite::blob
