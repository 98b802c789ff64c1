// Assets: their containers, their cascades and their tombstones (api.md 5.2).
#pragma once

#include "schema/entities/asset.hpp"
#include "server/api/entity_hooks.hpp"

namespace lazulite::api {

extern const EntityHooks kAssetHooks;
extern const FunctionHook kPublishHook;  // deprecated in the API: does nothing

// The container of an asset: "asset-<guid>" of its storage account.
blobs::ContainerRef asset_container(const Asset& asset);

}  // namespace lazulite::api
