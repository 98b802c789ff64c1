// $expand: what the navigations of entries lead to, level by level. A level costs one query per navigation (two for a
// linked one), however many entries there are.
#pragma once

#include "schema/odata/codec.hpp"
#include "schema/odata/query_options.hpp"
#include "server/api/entity_hooks.hpp"

#include <span>
#include <vector>

namespace lazulite::api {

// Adds the expansions to every entry. InvalidArgument when that brings too many entities.
Result<void> expand(HookContext& context, std::vector<odata::Entry>& entries, std::span<const odata::ExpandItem> items);

}  // namespace lazulite::api
