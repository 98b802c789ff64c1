#include "server/api/containers.hpp"

#include "schema/base/log.hpp"
#include "storage/rows/container_removals.hpp"

namespace lazulite::api {
namespace {

// Deletes the container, then forgets the note of it. What the store fails to delete stays noted for the next start;
// only the database's errors are returned.
Result<void> remove_now(rows::Database& database, blobs::BlobStore& blobs, const blobs::ContainerRef& container) {
  const auto deleted = blobs.delete_container(container);
  if (!deleted && deleted.error().code != ErrorCode::kNotFound) {
    logger("api").error("a container was not removed: {} container={}", deleted.error().message, container.container);
    return {};
  }
  return database.write([&container](rows::Session& session) {
    return rows::forget_container_removal(session, container.account, container.container);
  });
}

}  // namespace

Result<std::function<void()>> make_container(const ApiServices& services, blobs::ContainerRef container) {
  LAZULITE_CHECK(services.blobs.create_container(container));
  return std::function<void()>{[&blobs = services.blobs, container = std::move(container)] {
    const auto deleted = blobs.delete_container(container);
    if (!deleted) logger("api").error("a container without entity was not removed: {}", deleted.error().message);
  }};
}

Result<void> remove_container(HookContext& context, const blobs::ContainerRef& container) {
  LAZULITE_CHECK(rows::note_container_removal(context.session, container.account, container.container));
  context.after_commit.push_back([&services = context.services, container] {
    const auto removed = remove_now(services.database, services.blobs, container);
    if (!removed) logger("api").error("a removed container is still noted: {}", removed.error().message);
  });
  return {};
}

Result<void> finish_container_removals(rows::Database& database, blobs::BlobStore& blobs) {
  LAZULITE_TRY(const auto noted,
               database.read([](rows::Session& session) { return rows::noted_container_removals(session); }));
  for (const auto& each : noted) LAZULITE_CHECK(remove_now(database, blobs, {each.storage_account, each.container}));
  return {};
}

}  // namespace lazulite::api
