// Which account, container and blob a request means: host style "<account>.blob.<domain>/<container>/<blob>", or path
// style
// "/<account>/<container>/<blob>" under an IP address or any other name (accounts-storage.md C.1). The path is decoded
// once.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite::blob {

enum class Level : std::uint8_t { kService, kContainer, kBlob };

struct BlobTarget {
  Level level = Level::kService;
  blobs::BlobRef ref;  // parts below the level are empty
  bool path_style = false;
  std::string encoded_path;  // as sent

  [[nodiscard]] const blobs::ContainerRef& container() const { return ref.container; }
};

// `host` as in the Host header, `path` still encoded. A single segment is a container when `is_container`
// (restype=container), else a blob of $root. InvalidArgument "InvalidUri" or "InvalidResourceName".
Result<BlobTarget> parse_target(std::string_view host, std::string_view path, bool is_container);

}  // namespace lazulite::blob
