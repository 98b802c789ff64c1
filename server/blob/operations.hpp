// Every operation of the blob protocol as one row: how it is recognised, who may call it, how its body is taken, and
// its handler. Handlers block; BlobEndpoint runs them on the disk pool.
#pragma once

#include "server/blob/call.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace lazulite::blob {

enum class PublicRead : std::uint8_t {
  kNever,
  kBlob,
  kContainer
};  // least x-ms-blob-public-access that lets anyone call it
enum class Body : std::uint8_t { kNone, kSmall, kStreamed };

inline constexpr std::uint64_t kSmallBodyLimit = 8 << 20;         // bytes: block lists and ACLs
inline constexpr std::uint64_t kBlockSizeLimit = 4000ULL << 20U;  // bytes (C.3, limits: the newest version's)
// Deviation: Azure stops a single Put Blob at 5000 MiB; clients that put whole files (C.3) may send what blocks allow.
inline constexpr std::uint64_t kBlobSizeLimit = 195ULL << 30U;

struct Operation {
  std::string_view name;
  std::string_view method;  // HEAD finds the rows of GET
  Level level = Level::kService;
  std::string_view comp;
  std::string_view sas;          // letters of a service SAS, one of which is enough; empty: keys or an account SAS only
  std::string_view account_sas;  // the same for an account SAS; empty: keys only
  PublicRead public_read = PublicRead::kNever;
  Body body = Body::kNone;
  Result<http::Response> (*handle)(Call& call) = nullptr;
  // For a streamed body: where it goes, and how much it may be.
  Result<std::unique_ptr<blobs::BlobWriter>> (*open)(Call& call) = nullptr;
  std::uint64_t body_limit = kSmallBodyLimit;
  bool commits_blob = false;  // success makes a blob, or replaces one
  bool from_source = false;   // meant by requests with x-ms-copy-source, which mean no other row
};

std::span<const Operation> operations();

// InvalidArgument "UnsupportedHttpVerb", "InvalidQueryParameterValue" for an unknown comp, or Conflict
// "FeatureNotSupported" for a known one.
Result<const Operation*> find_operation(const Call& call);

// ---- handlers, by file
// ------------------------------------------------------------------------------------------------------------
// read_handlers.cpp
Result<http::Response> read_blob(Call& call);
Result<http::Response> read_metadata_only(Call& call);
Result<http::Response> read_block_lists(Call& call);
// write_handlers.cpp
Result<std::unique_ptr<blobs::BlobWriter>> open_blob(Call& call);
Result<http::Response> blob_was_put(Call& call);
Result<std::unique_ptr<blobs::BlobWriter>> open_block(Call& call);
Result<http::Response> block_was_put(Call& call);
Result<http::Response> put_block_list(Call& call);
Result<http::Response> set_metadata(Call& call);
Result<http::Response> set_properties(Call& call);
Result<http::Response> delete_blob(Call& call);
// copy_handlers.cpp
Result<http::Response> copy_blob(Call& call);
Result<http::Response> abort_copy(Call& call);
// container_handlers.cpp
Result<http::Response> create_container(Call& call);
Result<http::Response> read_container(Call& call);
Result<http::Response> set_container_metadata(Call& call);
Result<http::Response> read_container_acl(Call& call);
Result<http::Response> set_container_acl(Call& call);
Result<http::Response> delete_container(Call& call);
Result<http::Response> list_blobs(Call& call);
Result<http::Response> list_containers(Call& call);
// service_handlers.cpp
Result<http::Response> read_service_properties(Call& call);
Result<http::Response> set_service_properties(Call& call);
Result<http::Response> read_account_information(Call& call);

}  // namespace lazulite::blob
