#include "encoder/jobs/state_effects.hpp"

#include "encoder/jobs/output_assets.hpp"
#include "schema/base/log.hpp"

namespace lazulite::encoder {

void apply_effects(rows::Database& database, blobs::BlobStore& store, const StateEffects& effects) {
  for (const auto& container : effects.containers) {
    const auto deleted = store.delete_container(container);
    if (!deleted && deleted.error().code != ErrorCode::kNotFound) {
      logger("jobs").warn("the container of a failed task's output stays container={} error={}", container.container,
                          deleted.error().message);
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
