#include "storage/blobs/conditions.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::blobs {
namespace {

std::string_view without_quotes(std::string_view etag) {
  etag = trim(etag);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return etag;
}

// "*" or a list of tags; clients leave the quotes out at times.
bool matches(std::string_view list, const BlobProperties* blob) {
  if (blob == nullptr) return false;
  if (trim(list) == "*") return true;
  const auto tags = split(list, ',');
  return std::any_of(tags.begin(), tags.end(),
                     [&](auto tag) { return without_quotes(tag) == without_quotes(blob->etag); });
}

bool modified_since(const BlobProperties& blob, Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(blob.last_modified) > std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

ConditionOutcome evaluate(const Conditions& conditions, const BlobProperties* blob) {
  if (conditions.if_match && !matches(*conditions.if_match, blob)) return ConditionOutcome::kFailed;
  if (conditions.if_unmodified_since && blob != nullptr && modified_since(*blob, *conditions.if_unmodified_since)) {
    return ConditionOutcome::kFailed;
  }
  if (conditions.if_none_match)
    return matches(*conditions.if_none_match, blob) ? ConditionOutcome::kNotModified : ConditionOutcome::kHolds;
  if (conditions.if_modified_since && blob != nullptr && !modified_since(*blob, *conditions.if_modified_since)) {
    return ConditionOutcome::kNotModified;
  }
  return ConditionOutcome::kHolds;
}

ConditionOutcome evaluate(const Conditions& conditions, const ContainerProperties& container) {
  BlobProperties same;
  same.etag = container.etag;
  same.last_modified = container.last_modified;
  return evaluate(conditions, &same);
}

Result<void> check_write(const Conditions& conditions, const BlobProperties* blob) {
  if (blob != nullptr && conditions.if_none_match && trim(*conditions.if_none_match) == "*") {
    return fail_with(ErrorCode::kConflict, "BlobAlreadyExists", "the blob exists already");
  }
  if (evaluate(conditions, blob) == ConditionOutcome::kHolds) return {};
  return fail_with(ErrorCode::kPreconditionFailed, "ConditionNotMet",
                   "the blob does not meet the request's conditions");
}

Result<void> check_write(const Conditions& conditions, const ContainerProperties& container) {
  if (evaluate(conditions, container) == ConditionOutcome::kHolds) return {};
  return fail_with(ErrorCode::kPreconditionFailed, "ConditionNotMet",
                   "the container does not meet the request's conditions");
}

Result<void> check_source(const CopyRequest& request, const BlobProperties& source) {
  if (evaluate(request.source_conditions, &source) == ConditionOutcome::kHolds) return {};
  return fail_with(ErrorCode::kPreconditionFailed, "SourceConditionNotMet",
                   "the source does not meet the request's conditions");
}

BlobHeaders headers_of_copy(const CopyRequest& request, const BlobProperties& source) {
  auto out = request.headers.value_or(source.headers);
  if (out.content_md5.empty()) out.content_md5 = source.headers.content_md5;
  if (request.metadata) out.metadata = *request.metadata;
  return out;
}

CopyState state_of_copy(const CopyRequest& request, std::uint64_t size, Timestamp now) {
  return {request.id, request.url, CopyStatus::kSuccess, size, size, now, {}};
}

}  // namespace lazulite::blobs
