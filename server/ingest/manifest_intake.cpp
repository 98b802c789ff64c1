#include "server/ingest/manifest_intake.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/log.hpp"
#include "schema/entities/asset_file.hpp"
#include "storage/blobs/work_folder.hpp"
#include "storage/rows/directory.hpp"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace lazulite::ingest {
namespace {

namespace fs = std::filesystem;

constexpr int kTries = 3;  // when the blob is replaced while it is taken in

// A second name for an open file; copied inside the kernel where that cannot be.
Result<void> link_or_copy(const files::FileDescriptor& from, const fs::path& to) {
  const auto name = fmt::format("/proc/self/fd/{}", from.get());
  if (::linkat(AT_FDCWD, name.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  LAZULITE_TRY(const auto size, files::size_of(from));
  LAZULITE_TRY(const auto file, files::create_file(to));
  return files::copy_range(from, 0, file, 0, size);
}

AssetFile asset_file_of(const IngestManifestFile& file, const std::string& asset_id,
                        const blobs::BlobProperties& properties, Timestamp now) {
  AssetFile out;
  out.id = new_entity_id(kAssetFile.id_prefix);
  out.name = file.name;
  out.content_file_size = static_cast<std::int64_t>(properties.size);
  out.parent_asset_id = asset_id;
  out.encryption_version = file.encryption_version;
  out.encryption_scheme = file.encryption_scheme;
  out.is_encrypted = file.is_encrypted;
  out.encryption_key_id = file.encryption_key_id;
  out.initialization_vector = file.initialization_vector;
  out.is_primary = file.is_primary;
  out.created = out.last_modified = now;
  out.mime_type = file.mime_type;
  return out;
}

rows::SqlFragment files_named(const std::string& asset_id, const std::string& name) {
  return rows::both(rows::equals(kAssetFile, "ParentAssetId", model::Value{asset_id}),
                    rows::equals(kAssetFile, "Name", model::Value{name}));
}

Result<bool> has_primary(rows::Session& session, std::string_view account, const std::string& asset_id) {
  rows::ListQuery query;
  query.condition = rows::both(rows::equals(kAssetFile, "ParentAssetId", model::Value{asset_id}),
                               rows::equals(kAssetFile, "IsPrimary", model::Value{true}));
  LAZULITE_TRY(const auto count, rows::count(session, account, kAssetFile, query));
  return count > 0;
}

}  // namespace

Result<blobs::BlobProperties> copy_blob(blobs::BlobStore& store, const blobs::BlobRef& from, const std::string& etag,
                                        const blobs::BlobRef& to) {
  LAZULITE_TRY(auto blob, store.open(from));
  if (blob.properties.etag != etag)
    return fail(ErrorCode::kPreconditionFailed, "the blob '{}' was replaced meanwhile", from.name);
  LAZULITE_TRY(const auto work, blobs::WorkFolder::make(store));
  const fs::path file = work.path() / "blob";
  LAZULITE_CHECK(link_or_copy(blob.file, file));
  return store.adopt(to, file, std::move(blob.properties.headers));
}

void ManifestIntake::take_in(const blobs::BlobRef& uploaded) {
  if (!uploaded.container.container.starts_with(kManifestContainerPrefix)) return;
  const std::lock_guard lock{mutex_of(uploaded.container)};
  auto taken = try_to_take_in(uploaded);
  for (int i = 1; i < kTries && !taken && taken.error().code == ErrorCode::kPreconditionFailed; ++i)
    taken = try_to_take_in(uploaded);
  if (!taken) {
    logger("ingest").error("an uploaded blob was not taken in: {} container={} blob={}", taken.error().message,
                           uploaded.container.container, uploaded.name);
  }
}

Result<void> ManifestIntake::try_to_take_in(const blobs::BlobRef& uploaded) {
  const auto properties = store_.properties(uploaded);
  if (!properties && properties.error().code == ErrorCode::kNotFound) return {};  // not uploaded yet
  LAZULITE_CHECK(properties);
  LAZULITE_TRY(const auto awaited,
               database_.read([&](rows::Session& session) { return find_awaited(session, uploaded); }));
  if (!awaited) return {};
  if (awaited->file.state == IngestManifestFileState::kFinished)
    return awaited->file.blob_etag == properties->etag ? remove_uploaded(uploaded, properties->etag) : Result<void>{};
  if (!awaited->target) return refuse(*awaited, "The asset does not exist any more.");
  if (awaited->has_file) return refuse(*awaited, "The asset already has a file with this name.");
  auto copied = copy_blob(store_, uploaded, properties->etag, {*awaited->target, uploaded.name});
  if (!copied && copied.error().code == ErrorCode::kNotFound)
    return refuse(*awaited, "The container of the asset does not exist.");
  LAZULITE_CHECK(copied);
  LAZULITE_CHECK(finish(*awaited, *properties));
  if (assets_changed_) assets_changed_(awaited->account);
  return remove_uploaded(uploaded, properties->etag);
}

// Files in Error are awaited too: an upload after the cause was removed may succeed.
Result<std::optional<ManifestIntake::Awaited>> ManifestIntake::find_awaited(rows::Session& session,
                                                                            const blobs::BlobRef& uploaded) const {
  std::optional<Awaited> none;
  const auto guid = uploaded.container.container.substr(kManifestContainerPrefix.size());
  LAZULITE_TRY(const auto storage, rows::find_storage(session, uploaded.container.account));
  if (!storage || !Uuid::parse(guid)) return none;
  Awaited out;
  out.account = storage->media_account;
  rows::ListQuery query;
  query.condition = rows::both(rows::equals(kIngestManifestFile, "ParentIngestManifestId",
                                            model::Value{std::string{kIngestManifest.id_prefix} + guid}),
                               rows::equals(kIngestManifestFile, "Name", model::Value{uploaded.name}));
  LAZULITE_TRY(auto files, rows::list<IngestManifestFile>(session, out.account, query));
  if (files.empty()) return none;
  out.file = std::move(files.front());
  LAZULITE_TRY(const auto parent,
               rows::get<IngestManifestAsset>(session, out.account, out.file.parent_ingest_manifest_asset_id));
  out.asset_id = parent.asset_id;
  LAZULITE_TRY(const auto asset, rows::find<Asset>(session, out.account, parent.asset_id));
  if (!asset) return std::optional{std::move(out)};
  out.target = blobs::ContainerRef{asset->storage_account_name.value_or(""), asset_container_name(asset->id)};
  rows::ListQuery same_name;
  same_name.condition = files_named(asset->id, uploaded.name);
  LAZULITE_TRY(const auto taken, rows::count(session, out.account, kAssetFile, same_name));
  out.has_file = taken > 0;
  return std::optional{std::move(out)};
}

Result<void> ManifestIntake::refuse(const Awaited& awaited, std::string reason) {
  return database_.write([&](rows::Session& session) -> Result<void> {
    LAZULITE_TRY(auto file, rows::find<IngestManifestFile>(session, awaited.account, awaited.file.id));
    if (!file) return {};
    file->state = IngestManifestFileState::kError;
    file->error_detail = reason;
    file->last_modified = clock_.now();
    LAZULITE_CHECK(rows::update(session, awaited.account, *file));
    return update_pending(session, awaited.account, file->parent_ingest_manifest_id,
                          file->parent_ingest_manifest_asset_id);
  });
}

// The first primary file of an asset stays its primary. A manifest file that was deleted meanwhile is no obstacle: the
// blob was uploaded for this asset.
Result<void> ManifestIntake::finish(const Awaited& awaited, const blobs::BlobProperties& properties) {
  return database_.write([&](rows::Session& session) -> Result<void> {
    const auto now = clock_.now();
    LAZULITE_CHECK(rows::get<Asset>(session, awaited.account, awaited.asset_id));
    auto made = asset_file_of(awaited.file, awaited.asset_id, properties, now);
    LAZULITE_TRY(const bool primary, has_primary(session, awaited.account, awaited.asset_id));
    made.is_primary = made.is_primary && !primary;
    LAZULITE_CHECK(rows::insert(session, awaited.account, made));
    LAZULITE_TRY(auto file, rows::find<IngestManifestFile>(session, awaited.account, awaited.file.id));
    if (!file) return {};
    file->state = IngestManifestFileState::kFinished;
    file->error_detail.reset();
    file->blob_etag = properties.etag;
    file->last_modified = now;
    LAZULITE_CHECK(rows::update(session, awaited.account, *file));
    return update_pending(session, awaited.account, file->parent_ingest_manifest_id,
                          file->parent_ingest_manifest_asset_id);
  });
}

Result<void> ManifestIntake::remove_uploaded(const blobs::BlobRef& uploaded, const std::string& etag) {
  blobs::Conditions conditions;
  conditions.if_match = etag;
  auto removed = store_.remove(uploaded, conditions);
  const bool other = !removed && (removed.error().code == ErrorCode::kNotFound ||
                                  removed.error().code == ErrorCode::kPreconditionFailed);
  return other ? Result<void>{} : removed;
}

void ManifestIntake::take_in_all() {
  const auto manifests = database_.read([](rows::Session& session) -> Result<std::vector<IngestManifest>> {
    std::vector<IngestManifest> out;
    LAZULITE_TRY(const auto accounts, rows::list_accounts(session));
    for (const auto& account : accounts) {
      LAZULITE_TRY(auto found, rows::list<IngestManifest>(session, account.name, {}));
      std::move(found.begin(), found.end(), std::back_inserter(out));
    }
    return out;
  });
  if (!manifests) return logger("ingest").error("no manifest was looked at: {}", manifests.error().message);
  for (const auto& manifest : *manifests) {
    const auto taken = take_in_manifest(manifest);
    if (!taken) logger("ingest").error("{} manifest={}", taken.error().message, manifest.id);
  }
}

Result<void> ManifestIntake::take_in_manifest(const IngestManifest& manifest) {
  const blobs::ContainerRef container{manifest.storage_account_name.value_or(""), manifest_container_name(manifest.id)};
  blobs::ListQuery query;
  do {
    LAZULITE_TRY(const auto page, store_.list(container, query));
    for (const auto& blob : page.blobs) take_in({container, blob.name});
    query.marker = page.next_marker;
  } while (!query.marker.empty());
  return {};
}

std::mutex& ManifestIntake::mutex_of(const blobs::ContainerRef& container) {
  return mutexes_[std::hash<std::string>{}(container.container) % mutexes_.size()];
}

}  // namespace lazulite::ingest
