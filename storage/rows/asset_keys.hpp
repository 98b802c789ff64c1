// Content keys that are linked to assets. In Database::read or write.
#pragma once

#include "schema/entities/content_key.hpp"
#include "storage/rows/session.hpp"

#include <optional>
#include <string_view>

namespace lazulite::rows {

// The asset's storage encryption key (accounts-storage.md C.6: it has one at most); none when no such key is linked.
Result<std::optional<ContentKey>> find_storage_key(Session& session, std::string_view account,
                                                   std::string_view asset_id);

}  // namespace lazulite::rows
