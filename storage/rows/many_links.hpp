// The links of many sources at once, for $expand: one query however many sources there are.
#pragma once

#include "schema/model/edm.hpp"
#include "storage/rows/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::rows {

struct Link {
  std::string source, target;
};

// Of a NavigationKind::kLinked navigation, tombstones included: by source, then in the order they were linked. At most
// `limit`; none for no sources.
Result<std::vector<Link>> links_of_many(Session& session, std::string_view account, const model::EntityType& source,
                                        const model::Navigation& navigation, std::span<const std::string> source_keys,
                                        std::int64_t limit);

}  // namespace lazulite::rows
