#include "encoder/jobs/state_effects.hpp"

#include "encoder/jobs/output_assets.hpp"
#include "schema/base/log.hpp"
#include "storage/rows/container_removals.hpp"

namespace lazulite::encoder {

namespace {

// A container that stays is noted, and goes at the next start.
Result<void> remove_container(rows::Database& database, blobs::BlobStore& store, const blobs::ContainerRef& container) {
  auto deleted = store.delete_container(container);
  if (!deleted && deleted.error().code != ErrorCode::kNotFound) return deleted;
  return database.write([&](rows::Session& session) {
    return rows::forget_container_removal(session, container.account, container.container);
  });
}

}  // namespace

void apply_effects(rows::Database& database, blobs::BlobStore& store, const StateEffects& effects) {
  for (const auto& container : effects.containers) {
    const auto removed = remove_container(database, store, container);
    if (!removed) {
      logger("jobs").warn("the container of a failed task's output stays container={} error={}", container.container,
                          removed.error().message);
    }
  }
  for (const auto& task : effects.ended_tasks) {
    const auto discarded = discard_pending_outputs(database, store, task);
    if (!discarded) {
      logger("jobs").warn("unfinished outputs stay task={} error={}", task, discarded.error().message);
    }
  }
}

}  // namespace lazulite::encoder
