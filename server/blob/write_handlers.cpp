// Put Blob, Put Block, Put Block List, Set Blob Metadata, Set Blob Properties, Delete Blob.
#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "server/blob/blob_headers.hpp"
#include "server/blob/blob_xml.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/blob/operations.hpp"
#include "storage/blobs/conditions.hpp"

#include <functional>

namespace lazulite::blob {
namespace {

constexpr int kChangeAttempts = 16;  // of a change while others change the blob, too

http::Response written(unsigned status, const blobs::BlobProperties& properties) {
  http::Response response;
  response.status = status;
  write_etag(response.headers, properties.etag, properties.last_modified);
  return response;
}

http::Response stored(const blobs::BlobProperties& properties) {
  auto response = written(201, properties);
  response.headers.set("x-ms-request-server-encrypted", "false");
  return response;
}

// What the writes of a blob keep when the client does not name it: Set Blob Properties leaves metadata, Set Blob
// Metadata the rest.
Result<blobs::BlobProperties> change_headers(Call& call, const std::function<void(blobs::BlobHeaders&)>& change) {
  const auto asked = read_conditions(call.request.headers);
  for (int attempt = 0;; ++attempt) {
    LAZULITE_TRY(auto current, call.store.properties(call.blob()));
    LAZULITE_CHECK(blobs::check_write(asked, &current));
    blobs::Conditions unchanged;  // another change at the same moment is not lost
    unchanged.if_match = current.etag;
    change(current.headers);
    auto changed = call.store.set_headers(call.blob(), std::move(current.headers), std::move(unchanged));
    if (changed || changed.error().code != ErrorCode::kPreconditionFailed || attempt == kChangeAttempts) return changed;
  }
}

}  // namespace

// ---- Put Blob
// ---------------------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<blobs::BlobWriter>> open_blob(Call& call) {
  const auto type = call.header("x-ms-blob-type");
  if (type.empty()) return missing_header("x-ms-blob-type");
  if (equals_ignoring_case(type, "PageBlob") || equals_ignoring_case(type, "AppendBlob")) {
    return fail_with(ErrorCode::kConflict, "InvalidBlobType", "only block blobs are offered");
  }
  if (!equals_ignoring_case(type, "BlockBlob")) return bad_header("x-ms-blob-type");

  const auto& headers = call.request.headers;
  LAZULITE_TRY(auto blob_headers, read_blob_headers(headers));
  const auto content_type = headers.get("Content-Type");
  if (headers.get("x-ms-blob-content-type").empty() && !content_type.empty()) blob_headers.content_type = content_type;
  if (blob_headers.content_encoding.empty()) blob_headers.content_encoding = headers.get("Content-Encoding");
  if (blob_headers.content_language.empty()) blob_headers.content_language = headers.get("Content-Language");
  if (blob_headers.cache_control.empty()) blob_headers.cache_control = headers.get("Cache-Control");
  auto conditions = read_conditions(headers);
  if (!call.may_overwrite) conditions.if_none_match = "*";
  return call.store.put_blob(call.blob(), std::move(blob_headers), std::move(conditions));
}

Result<http::Response> blob_was_put(Call& call) {
  auto response = stored(call.received);
  response.headers.set("Content-MD5", call.received.headers.content_md5);
  return response;
}

// ---- blocks
// -----------------------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<blobs::BlobWriter>> open_block(Call& call) {
  auto id = form_value(call.request.query, "blockid");
  if (!id) return bad_parameter("blockid");
  for (auto& c : *id) c = c == ' ' ? '+' : c;  // a raw '+' (C.3)
  if (call.request.content_length == 0U) return bad_header("Content-Length");
  return call.store.put_block(call.blob(), *id);
}

Result<http::Response> block_was_put(Call& call) {
  http::Response response;
  response.status = 201;
  response.headers.set("Content-MD5", call.received.headers.content_md5);
  response.headers.set("x-ms-request-server-encrypted", "false");
  return response;
}

Result<http::Response> put_block_list(Call& call) {
  const auto& headers = call.request.headers;
  const auto digest = md5(as_bytes(call.request.body));
  LAZULITE_TRY(const auto expected, read_md5(headers, "Content-MD5"));
  if (expected && *expected != as_text(digest))
    return fail_with(ErrorCode::kInvalidArgument, "Md5Mismatch", "the block list's MD5 differs");
  LAZULITE_TRY(const auto blocks, read_block_list(call.request.body));
  LAZULITE_TRY(auto blob_headers, read_blob_headers(headers));
  LAZULITE_TRY(const auto properties,
               call.store.put_block_list(call.blob(), blocks, std::move(blob_headers), read_conditions(headers)));
  auto response = stored(properties);
  response.headers.set("Content-MD5", base64_encode(digest));
  return response;
}

// ---- changes
// ----------------------------------------------------------------------------------------------------------------------

Result<http::Response> set_metadata(Call& call) {
  LAZULITE_TRY(const auto metadata, read_metadata(call.request.headers));
  LAZULITE_TRY(const auto properties, change_headers(call, [&](auto& headers) { headers.metadata = metadata; }));
  return written(200, properties);
}

Result<http::Response> set_properties(Call& call) {
  LAZULITE_TRY(const auto fresh, read_blob_headers(call.request.headers));
  LAZULITE_TRY(const auto properties, change_headers(call, [&](blobs::BlobHeaders& headers) {
                 auto metadata = std::move(headers.metadata);
                 headers = fresh;
                 headers.metadata = std::move(metadata);
               }));
  return written(200, properties);
}

Result<http::Response> delete_blob(Call& call) {
  LAZULITE_CHECK(call.store.remove(call.blob(), read_conditions(call.request.headers)));
  http::Response response;
  response.status = 202;
  response.headers.set("x-ms-delete-type-permanent", "true");
  return response;
}

}  // namespace lazulite::blob
