// Rows by key, by navigation and from sets without a table, with tombstones and computed properties: what reading,
// $expand, $links and deep addresses share. All functions run inside the transaction of their context.
#pragma once

#include "schema/odata/codec.hpp"
#include "schema/odata/target_parser.hpp"
#include "server/api/entity_hooks.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::api {

// NotFound when there is none. Computed properties are not filled in.
Result<model::Record> get_row(HookContext& context, const model::EntityType& type, std::string_view key);

// All rows of a set that has no table (MediaProcessors); nullopt for all others.
std::optional<std::vector<model::Record>> rows_without_table(HookContext& context, const model::EntityType& type);

// Linked rows in link order, tombstones included.
Result<std::vector<model::Record>> linked_rows(HookContext& context, const model::Record& source,
                                               const model::Navigation& navigation);

// The one entity that a target addresses: Set('k'), Set('k')/Nav('k2'), Set('k')/ToOneNav.
Result<model::Record> target_row(HookContext& context, const odata::ODataTarget& target);

// Fills in kComputed properties.
Result<void> compute(HookContext& context, std::span<model::Record> records);

// Removes the rows whose property has this value, without their hooks.
Result<void> remove_rows(HookContext& context, const model::EntityType& type, std::string_view property,
                         const std::string& value);

}  // namespace lazulite::api
