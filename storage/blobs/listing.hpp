// One page of List Blobs out of all names of a container; both stores use it.
#pragma once

#include "storage/blobs/blob_store.hpp"

#include <functional>
#include <optional>

namespace lazulite::blobs {

// Reads a blob's properties; nullopt when it went away meanwhile.
using PropertyLoader = std::function<std::optional<BlobProperties>(const std::string& name)>;

// `names` in byte order. A blob or a common prefix counts as one result; next_marker is the first name that did not
// fit.
ListPage make_page(const std::vector<std::string>& names, const ListQuery& query, const PropertyLoader& load);

}  // namespace lazulite::blobs
