// Copy Blob, Put Blob From URL, Abort Copy Blob. Sources are blobs of this server, so that a copy is made at once and
// without copying bytes (accounts-storage.md C.3, Copy Blob semantics).
#include "schema/base/ids.hpp"
#include "server/blob/blob_headers.hpp"
#include "server/blob/copy_source.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/blob/operations.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

constexpr std::string_view kAsynchronousVersion = "2012-02-12";  // from here on the answer is 202

bool names_properties(const http::Headers& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return starts_with_ignoring_case(header.first, "x-ms-blob-") &&
           !equals_ignoring_case(header.first, "x-ms-blob-type");
  });
}

// What the request says anew of the blob; the rest is the source's. Only Put Blob From URL takes properties.
Result<blobs::CopyRequest> read_request(const Call& call, CopySource source, bool takes_properties) {
  const auto& headers = call.request.headers;
  blobs::CopyRequest out;
  out.source = std::move(source.ref);
  out.url = std::move(source.url);
  out.id = Uuid::random().text();
  out.source_conditions = read_conditions(headers, "x-ms-source-");
  if (takes_properties && names_properties(headers)) {
    LAZULITE_TRY(out.headers, read_blob_headers(headers));
  }
  LAZULITE_TRY(auto metadata, read_metadata(headers));
  if (!metadata.empty()) out.metadata = std::move(metadata);
  return out;
}

Error as_source_error(Error error, const blobs::BlobRef& source, const blobs::BlobRef& target) {
  const bool same_container =
      source.container.account == target.container.account && source.container.container == target.container.container;
  const bool of_source = error.detail == "BlobNotFound" || (error.detail == "ContainerNotFound" && !same_container);
  if (of_source) error.detail = "CannotVerifyCopySource";
  return error;
}

}  // namespace

Result<http::Response> copy_blob(Call& call) {
  const bool is_put = !call.header("x-ms-blob-type").empty();  // Put Blob From URL
  if (is_put && !equals_ignoring_case(call.header("x-ms-blob-type"), "BlockBlob")) return bad_header("x-ms-blob-type");
  LAZULITE_TRY(auto source, find_copy_source(call));
  LAZULITE_TRY(auto request, read_request(call, std::move(source), is_put));
  auto conditions = read_conditions(call.request.headers);
  if (!call.may_overwrite) conditions.if_none_match = "*";
  if (!call.store.container_properties(call.container()))
    return fail_with(ErrorCode::kNotFound, "ContainerNotFound", "there is no such target container");
  const auto made = call.store.copy(request, call.blob(), std::move(conditions));
  if (!made) return as_source_error(made.error(), request.source, call.blob());

  http::Response response;
  response.status = is_put || call.version < kAsynchronousVersion ? 201 : 202;
  write_etag(response.headers, made->etag, made->last_modified);
  if (is_put) {
    response.headers.set("Content-MD5", made->headers.content_md5);
    response.headers.set("x-ms-request-server-encrypted", "false");
  } else if (call.version >= kAsynchronousVersion) {
    response.headers.set("x-ms-copy-id", request.id);
    response.headers.set("x-ms-copy-status", "success");
  }
  return response;
}

// Copies are complete when they are answered, so there is none to abort.
Result<http::Response> abort_copy(Call& call) {
  if (!equals_ignoring_case(call.header("x-ms-copy-action"), "abort")) return bad_header("x-ms-copy-action");
  if (!Uuid::parse(call.parameter("copyid"))) return bad_parameter("copyid");
  LAZULITE_CHECK(call.store.properties(call.blob()));
  return fail_with(ErrorCode::kConflict, "NoPendingCopyOperation", "no copy onto this blob is pending");
}

}  // namespace lazulite::blob
