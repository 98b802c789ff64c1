// ManifestIntake: makes uploaded blobs files of their assets (README.md has the order of its steps). Owned by App,
// outlives the endpoints that call it. Thread-safe; all calls block: run them on the db or disk pool.
#pragma once

#include "schema/base/time.hpp"
#include "schema/entities/asset.hpp"
#include "server/ingest/manifest_rows.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace lazulite::ingest {

class ManifestIntake {
 public:
  // All outlive the intake. assets_changed: called for the media account of every file taken in; may be empty.
  ManifestIntake(rows::Database& database, blobs::BlobStore& store, const Clock& clock,
                 std::function<void(std::string_view account)> assets_changed)
      : database_(database), store_(store), clock_(clock), assets_changed_(std::move(assets_changed)) {}

  // Takes the blob in if its container is a manifest's that awaits it; does nothing for any other. Failures are logged.
  void take_in(const blobs::BlobRef& uploaded);
  // Everything that was uploaded and not taken in when the server stopped. Failures are logged.
  void take_in_all();

 private:
  struct Awaited {
    std::string account;  // media account
    IngestManifestFile file;
    std::string asset_id;
    std::optional<blobs::ContainerRef> target;  // of the asset; none when the asset is gone
    bool has_file = false;                      // the asset has a file of that name
  };

  Result<void> try_to_take_in(const blobs::BlobRef& uploaded);
  Result<std::optional<Awaited>> find_awaited(rows::Session& session, const blobs::BlobRef& uploaded) const;
  Result<void> refuse(const Awaited& awaited, std::string reason);
  Result<void> finish(const Awaited& awaited, const blobs::BlobProperties& properties);
  Result<void> remove_uploaded(const blobs::BlobRef& uploaded, const std::string& etag);
  Result<void> take_in_manifest(const IngestManifest& manifest);
  std::mutex& mutex_of(const blobs::ContainerRef& container);

  rows::Database& database_;
  blobs::BlobStore& store_;
  const Clock& clock_;
  std::function<void(std::string_view account)> assets_changed_;
  std::array<std::mutex, 16> mutexes_;  // by container
};

// The bytes of a blob under a second name in the store, with its headers: a hard link where the store keeps plain
// files, else copied. `etag`: of the blob that is meant; PreconditionFailed when it was replaced meanwhile.
Result<blobs::BlobProperties> copy_blob(blobs::BlobStore& store, const blobs::BlobRef& from, const std::string& etag,
                                        const blobs::BlobRef& to);

}  // namespace lazulite::ingest
