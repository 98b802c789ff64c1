#include "server/blob/operations.hpp"

#include "server/blob/error_catalog.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

// clang-format off
constexpr Operation kOperations[] = {
    // name                      method    level              comp         SAS   account SAS, anonymous, body, handler
    {"GetBlob",                  "GET",    Level::kBlob,      "",          "r",  "r", PublicRead::kBlob, Body::kNone, read_blob},
    {"GetBlobMetadata",          "GET",    Level::kBlob,      "metadata",  "r",  "r", PublicRead::kBlob, Body::kNone, read_metadata_only},
    {"GetBlockList",             "GET",    Level::kBlob,      "blocklist", "r",  "r", PublicRead::kBlob, Body::kNone, read_block_lists},
    {"PutBlob",                  "PUT",    Level::kBlob,      "",          "wc", "wc", PublicRead::kNever, Body::kStreamed, blob_was_put, open_blob, kBlobSizeLimit, true},
    {"PutBlock",                 "PUT",    Level::kBlob,      "block",     "w",  "w", PublicRead::kNever, Body::kStreamed, block_was_put, open_block, kBlockSizeLimit},
    {"PutBlockList",             "PUT",    Level::kBlob,      "blocklist", "w",  "w", PublicRead::kNever, Body::kSmall, put_block_list, nullptr, kSmallBodyLimit, true},
    {"SetBlobMetadata",          "PUT",    Level::kBlob,      "metadata",  "w",  "w", PublicRead::kNever, Body::kSmall, set_metadata},
    {"SetBlobProperties",        "PUT",    Level::kBlob,      "properties","w",  "w", PublicRead::kNever, Body::kSmall, set_properties},
    {"CopyBlob",                 "PUT",    Level::kBlob,      "",          "wc", "wc", PublicRead::kNever, Body::kSmall, copy_blob, nullptr, kSmallBodyLimit, true, true},
    {"AbortCopyBlob",            "PUT",    Level::kBlob,      "copy",      "w",  "w", PublicRead::kNever, Body::kSmall, abort_copy},
    {"DeleteBlob",               "DELETE", Level::kBlob,      "",          "d",  "d", PublicRead::kNever, Body::kNone, delete_blob},
    {"CreateContainer",          "PUT",    Level::kContainer, "",          "",   "wc", PublicRead::kNever, Body::kSmall, create_container},
    {"GetContainerProperties",   "GET",    Level::kContainer, "",          "",   "r", PublicRead::kContainer, Body::kNone, read_container},
    {"GetContainerMetadata",     "GET",    Level::kContainer, "metadata",  "",   "r", PublicRead::kContainer, Body::kNone, read_container},
    {"SetContainerMetadata",     "PUT",    Level::kContainer, "metadata",  "",   "w", PublicRead::kNever, Body::kSmall, set_container_metadata},
    {"GetContainerAcl",          "GET",    Level::kContainer, "acl",       "",   "",  PublicRead::kNever, Body::kNone, read_container_acl},
    {"SetContainerAcl",          "PUT",    Level::kContainer, "acl",       "",   "",  PublicRead::kNever, Body::kSmall, set_container_acl},
    {"DeleteContainer",          "DELETE", Level::kContainer, "",          "",   "d", PublicRead::kNever, Body::kNone, delete_container},
    {"ListBlobs",                "GET",    Level::kContainer, "list",      "l",  "l", PublicRead::kContainer, Body::kNone, list_blobs},
    {"ListContainers",           "GET",    Level::kService,   "list",      "",   "l", PublicRead::kNever, Body::kNone, list_containers},
    {"GetBlobServiceProperties", "GET",    Level::kService,   "properties","",   "r", PublicRead::kNever, Body::kNone, read_service_properties},
    {"SetBlobServiceProperties", "PUT",    Level::kService,   "properties","",   "w", PublicRead::kNever, Body::kSmall, set_service_properties},
    {"GetAccountInformation",    "GET",    Level::kContainer, "properties","rl", "rl", PublicRead::kNever, Body::kNone, read_account_information},
    {"GetAccountInformation",    "GET",    Level::kBlob,      "properties","rl", "rl", PublicRead::kNever, Body::kNone, read_account_information},
};
// clang-format on

// Parts of the protocol that media clients do not use (C.3, needed or not).
constexpr std::string_view kNotOffered[] = {"lease",
                                            "snapshot",
                                            "undelete",
                                            "tier",
                                            "tags",
                                            "page",
                                            "pagelist",
                                            "appendblock",
                                            "seal",
                                            "batch",
                                            "incrementalcopy",
                                            "query",
                                            "expiry",
                                            "immutabilitypolicies",
                                            "legalhold",
                                            "stats",
                                            "userdelegationkey",
                                            "blobs",
                                            "properties",
                                            "block"};

}  // namespace

std::span<const Operation> operations() { return kOperations; }

Result<const Operation*> find_operation(const Call& call) {
  const auto comp = to_lower(call.parameter("comp"));
  const std::string_view method = call.is_head() ? std::string_view{"GET"} : std::string_view{call.request.method};
  const bool is_copy = method == "PUT" && call.request.headers.find("x-ms-copy-source").has_value();
  bool comp_known = false;
  for (const auto& operation : kOperations) {
    if (operation.level != call.target.level || operation.comp != comp) continue;
    comp_known = true;
    if (operation.method == method && operation.from_source == is_copy) return &operation;
  }
  if (std::find(std::begin(kNotOffered), std::end(kNotOffered), comp) != std::end(kNotOffered)) {
    return fail_with(ErrorCode::kConflict, "FeatureNotSupported", "{} comp={} is not offered", method, comp);
  }
  if (!comp_known && !comp.empty()) return bad_parameter("comp");
  return fail_with(ErrorCode::kInvalidArgument, "UnsupportedHttpVerb", "{} is not offered here", method);
}

}  // namespace lazulite::blob
