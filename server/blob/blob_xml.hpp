// The XML documents of the blob protocol (accounts-storage.md C.3, Bodies). Reading is bounded by the caller's limit on
// the body.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::blob {

inline constexpr std::size_t kBlockListLimit = 50'000;  // entries
inline constexpr std::size_t kPolicyLimit = 5;          // stored policies of a container

// InvalidArgument "InvalidXmlDocument", "BlockListTooLong" or "InvalidBlockId".
Result<std::vector<blobs::BlockReference>> read_block_list(std::string_view xml);
// InvalidArgument "InvalidXmlDocument".
Result<std::vector<blobs::StoredAccessPolicy>> read_signed_identifiers(std::string_view xml);

std::string write_signed_identifiers(const std::vector<blobs::StoredAccessPolicy>& policies);

enum class BlockListType : std::uint8_t { kCommitted, kUncommitted, kAll };
std::string write_block_list(const blobs::BlockLists& lists, BlockListType type);

struct ListDocument {
  std::string container_url;  // "http://host/account/container"
  std::string service_url;    // "http://host/account/"
  std::string container;
  bool is_old = false;        // before 2013-08-15
  bool has_metadata = false;  // include=metadata
  bool has_copy = false;      // include=copy
  bool has_max_results = false;
};
std::string write_blob_list(const ListDocument& document, const blobs::ListQuery& query, const blobs::ListPage& page);

struct ListedContainer {
  std::string name;
  blobs::ContainerProperties properties;
};
struct ContainerList {
  std::string service_url, prefix, marker, next_marker;
  bool has_metadata = false;
  std::vector<ListedContainer> containers;
};
std::string write_container_list(const ContainerList& list);

}  // namespace lazulite::blob
