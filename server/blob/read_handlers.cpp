// Get Blob, Get Blob Properties, Get Blob Metadata, Get Block List.
#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "server/blob/blob_headers.hpp"
#include "server/blob/blob_xml.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/blob/operations.hpp"
#include "storage/blobs/conditions.hpp"

namespace lazulite::blob {
namespace {

constexpr std::uint64_t kRangeMd5Limit = 4 << 20;            // bytes
constexpr std::string_view kWholeMd5Version = "2016-05-31";  // from here on a 206 names the whole blob's MD5

// A 304, a 412 as error, or nothing when the answer may go out.
Result<std::optional<http::Response>> check_conditions(const Call& call, const blobs::BlobProperties& properties) {
  std::optional<http::Response> out;
  switch (blobs::evaluate(read_conditions(call.request.headers), &properties)) {
    case blobs::ConditionOutcome::kHolds:
      break;
    case blobs::ConditionOutcome::kFailed:
      return fail_with(ErrorCode::kPreconditionFailed, "ConditionNotMet",
                       "the blob does not meet the request's conditions");
    case blobs::ConditionOutcome::kNotModified:
      out.emplace().status = 304;
      write_etag(out->headers, properties.etag, properties.last_modified);
      break;
  }
  return out;
}

// rscc, rscd, rsce, rscl and rsct of the signature replace what the blob says of itself.
void apply_overrides(http::Headers& headers, const auth::SasToken& sas) {
  const auto apply = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) headers.set(name, value);
  };
  apply("Cache-Control", sas.cache_control);
  apply("Content-Disposition", sas.content_disposition);
  apply("Content-Encoding", sas.content_encoding);
  apply("Content-Language", sas.content_language);
  apply("Content-Type", sas.content_type);
}

// If-Range with another ETag: the client's part is of an older blob, so the whole is sent (RFC 9110 §13.1.5).
bool range_is_stale(const Call& call, const blobs::BlobProperties& properties) {
  const auto if_range = call.header("If-Range");
  return !if_range.empty() && if_range != properties.etag && if_range != format_http_date(properties.last_modified);
}

Result<void> add_range_md5(const Call& call, http::Response& response, const files::MappedFile& file,
                           const ByteRange& range) {
  if (!equals_ignoring_case(call.header("x-ms-range-get-content-md5"), "true")) return {};
  if (range.length > kRangeMd5Limit)
    return fail_with(ErrorCode::kInvalidArgument, "OutOfRangeInput", "an MD5 is made of 4 MiB at most");
  response.headers.set("Content-MD5", base64_encode(md5(file.bytes().subspan(range.offset, range.length))));
  return {};
}

Result<http::Response> whole_or_range(Call& call, blobs::BlobFile blob) {
  const auto& properties = blob.properties;
  http::Response response;
  write_blob_headers(response.headers, properties);
  std::optional<ByteRange> range;
  if (!call.is_head() && !range_is_stale(call, properties)) {
    LAZULITE_TRY(range, read_range(call.request.headers, properties.size));
  }
  LAZULITE_TRY(const auto file, files::MappedFile::map(std::move(blob.file)));
  const auto& whole_md5 = properties.headers.content_md5;
  if (range) {
    response.status = 206;
    response.headers.set("Content-Range", fmt::format("bytes {}-{}/{}", range->offset,
                                                      range->offset + range->length - 1, properties.size));
    if (!whole_md5.empty() && call.version >= kWholeMd5Version)
      response.headers.set("x-ms-blob-content-md5", whole_md5);
    LAZULITE_CHECK(add_range_md5(call, response, *file, *range));
  } else if (!whole_md5.empty()) {
    response.headers.set("Content-MD5", whole_md5);
  }
  if (call.sas) apply_overrides(response.headers, *call.sas);
  const auto part = range.value_or(ByteRange{0, properties.size});
  response.content_length = part.length;
  if (!call.is_head()) response.body.append(files::FileRange{file, part.offset, part.length});
  return response;
}

}  // namespace

Result<http::Response> read_blob(Call& call) {
  LAZULITE_TRY(auto blob, call.store.open(call.blob()));
  LAZULITE_TRY(auto answer, check_conditions(call, blob.properties));
  if (answer) return std::move(*answer);
  const auto size = blob.properties.size;
  auto response = whole_or_range(call, std::move(blob));
  if (!response && response.error().detail == "InvalidRange") {
    auto refused = error_response(response.error(), call.request, call.now);
    refused.headers.set("Content-Range", fmt::format("bytes */{}", size));
    return refused;
  }
  return response;
}

Result<http::Response> read_metadata_only(Call& call) {
  LAZULITE_TRY(const auto properties, call.store.properties(call.blob()));
  LAZULITE_TRY(auto answer, check_conditions(call, properties));
  if (answer) return std::move(*answer);
  http::Response response;
  write_etag(response.headers, properties.etag, properties.last_modified);
  write_metadata(response.headers, properties.headers.metadata);
  return response;
}

Result<http::Response> read_block_lists(Call& call) {
  const auto text = to_lower(call.parameter("blocklisttype"));
  auto type = BlockListType::kCommitted;
  if (text == "uncommitted") {
    type = BlockListType::kUncommitted;
  } else if (text == "all") {
    type = BlockListType::kAll;
  } else if (!text.empty() && text != "committed") {
    return bad_parameter("blocklisttype");
  }
  LAZULITE_TRY(const auto lists, call.store.block_lists(call.blob()));
  if (!lists.blob && type == BlockListType::kCommitted) {
    return fail_with(ErrorCode::kNotFound, "BlobNotFound", "the blob has uncommitted blocks only");
  }
  auto response = xml_response(write_block_list(lists, type));
  if (lists.blob) write_etag(response.headers, lists.blob->etag, lists.blob->last_modified);
  response.headers.set("x-ms-blob-content-length", std::to_string(lists.blob ? lists.blob->size : 0));
  return response;
}

}  // namespace lazulite::blob
