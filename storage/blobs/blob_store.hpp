// BlobStore: containers and block blobs of storage accounts (accounts-storage.md C). An interface; file_blob_store
// keeps them as plain files, memory_blob_store serves tests, and one contract suite (tests/unit/storage/blobs) holds
// for both.
//
// All methods are thread-safe and block (run them on the `disk` pool). What a method has acknowledged survives kill -9;
// what it has not is never visible. Names come from the wire: the store refuses (InvalidArgument) what it could not
// keep apart, and never lets them become paths.
#pragma once

#include "schema/base/time.hpp"
#include "storage/files/file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::blobs {

struct ContainerRef {
  std::string account;    // storage account
  std::string container;  // ^[a-z0-9](-?[a-z0-9]){2,62}$, or $root
};
struct BlobRef {
  ContainerRef container;
  std::string name;  // 1 to 1024 bytes of UTF-8, opaque; no NUL or control characters, no segment "." or ".."
};

// What a client may say of a blob (x-ms-blob-* and x-ms-meta-*).
struct BlobHeaders {
  std::string content_type = "application/octet-stream";
  std::string content_encoding, content_language, content_disposition, cache_control;
  std::string content_md5;  // base64, of the whole blob; empty when unknown
  std::vector<std::pair<std::string, std::string>> metadata;
};

// The copy that made a blob (x-ms-copy-*). The next write of its bytes forgets it.
enum class CopyStatus : std::uint8_t { kPending, kSuccess, kFailed, kAborted };
struct CopyState {
  std::string id;      // GUID
  std::string source;  // URL without its signature
  CopyStatus status = CopyStatus::kSuccess;
  std::uint64_t done = 0, total = 0;  // bytes
  std::optional<Timestamp> completed;
  std::string description;  // why it failed
};

struct BlobProperties {
  std::uint64_t size = 0;
  std::string etag;  // with its quotes; changes on every write
  Timestamp created{}, last_modified{};
  BlobHeaders headers;
  std::optional<CopyState> copy;
};

struct StoredAccessPolicy {  // SignedIdentifier
  std::string id;
  std::optional<std::string> start, expiry, permission;  // as the client wrote them
};

struct ContainerProperties {
  std::string etag;
  Timestamp last_modified{};
  std::string public_access;  // "", "blob" or "container"
  std::vector<StoredAccessPolicy> policies;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since; checked under the same lock as the write they guard.
struct Conditions {
  std::optional<std::string> if_match, if_none_match;
  std::optional<Timestamp> if_modified_since, if_unmodified_since;
};

// An open blob: stays readable and unchanged even when the blob is replaced or deleted meanwhile.
struct BlobFile {
  files::FileDescriptor file;  // positioned reads only
  BlobProperties properties;
};

struct BlockEntry {
  std::string id;  // base64 as the client wrote it
  std::uint64_t size = 0;
};
struct BlockLists {
  std::vector<BlockEntry> committed, uncommitted;
  std::optional<BlobProperties> blob;  // none while only uncommitted blocks exist
};
enum class BlockSource : std::uint8_t { kCommitted, kUncommitted, kLatest };
struct BlockReference {
  BlockSource source = BlockSource::kLatest;
  std::string id;
};

// Receives a blob or a block piece by piece on its way to disk. Dropped without commit, it leaves nothing behind.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  // Announces how many bytes will come, before the first; a store may choose a better place by it. Writing more is
  // InvalidArgument then.
  virtual void expect(std::uint64_t size) { (void)size; }
  virtual Result<void> write(std::span<const std::uint8_t> bytes) = 0;
  // Makes it last. `expected_md5` (16 raw bytes) is compared first: InvalidArgument "Md5Mismatch". For a block the
  // properties hold its size.
  virtual Result<BlobProperties> commit(std::optional<std::string> expected_md5 = {}) = 0;
};

struct ListQuery {
  std::string prefix, delimiter, marker;
  std::size_t max_results = 5000;
  bool uncommitted = false;  // lists blobs that are only uncommitted blocks, too, with a size of 0
};
struct ListedBlob {
  std::string name;
  BlobProperties properties;
};

// What Copy Blob makes of its source.
struct CopyRequest {
  BlobRef source;
  Conditions source_conditions;
  std::string id, url;                                                       // of the CopyState
  std::optional<BlobHeaders> headers;                                        // none: the source's
  std::optional<std::vector<std::pair<std::string, std::string>>> metadata;  // none: the source's, or that of headers
};
struct ListPage {
  std::vector<ListedBlob> blobs;
  std::vector<std::string> prefixes;  // with a delimiter
  std::string next_marker;            // empty at the end
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Conflict "ContainerAlreadyExists".
  virtual Result<ContainerProperties> create_container(const ContainerRef& ref) = 0;
  // With everything in it. NotFound "ContainerNotFound".
  virtual Result<void> delete_container(const ContainerRef& ref) = 0;
  virtual Result<ContainerProperties> container_properties(const ContainerRef& ref) = 0;
  // Replaces public access, stored policies and metadata. PreconditionFailed "ConditionNotMet" by the container's ETag
  // and time.
  virtual Result<ContainerProperties> set_container_properties(const ContainerRef& ref, ContainerProperties properties,
                                                               Conditions conditions) = 0;
  virtual Result<std::vector<std::string>> list_containers(const std::string& account) = 0;
  // What an account's clients have set of its blob service, a text of the protocol's own; empty before the first time.
  virtual Result<std::string> service_document(const std::string& account) = 0;
  virtual Result<void> set_service_document(const std::string& account, std::string text) = 0;

  // NotFound "ContainerNotFound" or "BlobNotFound" in all that follow.
  virtual Result<BlobProperties> properties(const BlobRef& ref) = 0;
  virtual Result<BlobFile> open(const BlobRef& ref) = 0;
  virtual Result<ListPage> list(const ContainerRef& ref, const ListQuery& query) = 0;

  // PreconditionFailed "ConditionNotMet", or Conflict "BlobAlreadyExists" for If-None-Match: *, at commit.
  virtual Result<std::unique_ptr<BlobWriter>> put_blob(const BlobRef& ref, BlobHeaders headers,
                                                       Conditions conditions) = 0;
  virtual Result<std::unique_ptr<BlobWriter>> put_block(const BlobRef& ref, const std::string& block_id) = 0;
  // InvalidArgument "InvalidBlockList" when a block is unknown; uncommitted blocks that are not named are dropped.
  virtual Result<BlobProperties> put_block_list(const BlobRef& ref, const std::vector<BlockReference>& blocks,
                                                BlobHeaders headers, Conditions conditions) = 0;
  virtual Result<BlockLists> block_lists(const BlobRef& ref) = 0;
  virtual Result<BlobProperties> set_headers(const BlobRef& ref, BlobHeaders headers, Conditions conditions) = 0;
  virtual Result<void> remove(const BlobRef& ref, Conditions conditions) = 0;
  // Makes `ref` a blob of the same bytes and committed blocks, whatever account it is in; a file store copies no byte.
  // PreconditionFailed "SourceConditionNotMet", and as put_blob; NotFound for the source, too.
  virtual Result<BlobProperties> copy(const CopyRequest& request, const BlobRef& ref, Conditions conditions) = 0;

  // Where finished files for `adopt` should be written: a folder on the same file system. Made anew for every call.
  virtual Result<std::filesystem::path> make_work_folder() = 0;
  // Moves a finished local file (from a work folder) into the store as a blob, replacing one of that name.
  virtual Result<BlobProperties> adopt(const BlobRef& ref, const std::filesystem::path& file, BlobHeaders headers) = 0;
};

}  // namespace lazulite::blobs
