// x-ms-copy-source: which blob of this server it means, and whether the client may read it.
#pragma once

#include "server/blob/call.hpp"

#include <string>

namespace lazulite::blob {

struct CopySource {
  blobs::BlobRef ref;
  std::string url;  // without its signature
};

// Blocks. A URL under the host of the request or of a storage account of ours, or "/account/container/blob". The source
// is readable by its own SAS, because it is public, or to whoever signed with the key of its account. InvalidArgument
// "InvalidHeaderValue"; NotFound or Forbidden "CannotVerifyCopySource".
Result<CopySource> find_copy_source(const Call& call);

}  // namespace lazulite::blob
