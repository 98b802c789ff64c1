// What the REST API is built on: references to things that App owns and that outlive every request, and the few ways
// out of this folder. Thread-safe to share: nothing here changes after construction.
#pragma once

#include "schema/base/time.hpp"
#include "schema/entities/media_processor.hpp"
#include "server/addresses.hpp"
#include "server/api/quotas.hpp"
#include "server/keys/key_vault.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::api {

struct ApiOptions {
  std::int64_t page_size = 1000;       // entities in one answer (api.md 1.9)
  std::size_t locators_per_asset = 5;  // the next one is 409 (api.md 5.4)
  std::size_t tasks_per_job = 30;      // more are 403 (api.md 1.9), here and below
  std::size_t assets_per_task = 50;    // inputs and outputs
  std::size_t assets_per_job = 100;
  std::int32_t reserved_units = 25;            // more are 400 (api.md 5.19)
  std::int32_t scale_units_per_endpoint = 10;  // more are 403 (accounts-storage.md F.4), here and below
  std::int64_t running_endpoints = 0;          // 0: no limit
  std::int64_t storage_bytes = 0;              // in one storage account; 0: no limit
  bool strict_file_names = false;        // refuse all characters that api.md 5.3 documents, not only the harmful ones
  bool cdn_available = true;             // else CdnEnabled is 412 (api.md 2.7)
  bool require_service_version = false;  // a missing x-ms-version is 400 (api.md 1.2)
  bool atom_by_default = false;          // the answer to no Accept and to */*; otherwise JSON (api.md 1.4)
};

struct ApiServices {
  rows::Database& database;
  blobs::BlobStore& blobs;
  const server::Addresses& addresses;
  const keys::KeyVault& keys;
  Quotas& quotas;
  const Clock& clock = system_clock();
  // Rows of MediaProcessors, from the encoder's registry.
  std::function<std::vector<MediaProcessorRow>()> media_processors;
  // Called after a commit that created, cancelled or deleted jobs; may be empty. Thread-safe, does not block.
  std::function<void()> jobs_changed;
  // Called after every commit that changed rows of a media account; may be empty. Thread-safe, does not block.
  std::function<void(std::string_view account)> account_changed;
  // Called after a commit that began long-running operations, which finish_operations is to finish; may be empty.
  // Thread-safe, does not block.
  std::function<void()> operations_begun{};
  // Called after a commit that added a file to an ingest manifest, with the blob that it awaits: it may be there
  // already. May be empty. Blocks.
  std::function<void(const blobs::BlobRef& blob)> upload_expected{};
  ApiOptions options{};
  // How many bytes a storage account holds; none: not known. May be empty. Blocks.
  std::function<std::optional<std::int64_t>(const std::string& storage_account)> storage_bytes_used{};
};

}  // namespace lazulite::api
