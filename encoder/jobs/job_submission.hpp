// Taking in a job (processing.md 2.1 "What happens at job creation", 2.6): checks it as a whole, then makes its tasks,
// its output assets with their containers, all links, and the leases that the scheduler claims. Knows no protocol.
#pragma once

#include "encoder/jobs/task_body.hpp"
#include "schema/entities/task.hpp"
#include "storage/blobs/blob_store.hpp"
#include "storage/rows/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::encoder {

struct JobSubmission {
  Job job;                          // with its id; the row is inserted by the caller
  std::vector<JobTask> tasks;       // as the client sent them; ids, job, position and state are set here
  std::vector<std::string> inputs;  // ids of the input assets, in order; linked to the job by the caller
};

// In Database::write, after the job's row is there. Containers are made at once and added to `made`: delete them when
// the transaction fails. Errors: InvalidArgument (the job is wrong), Forbidden (quota, hidden processor), NotFound
// (processor, storage account, asset).
Result<void> submit_job(rows::Session& session, blobs::BlobStore& store, std::string_view account,
                        JobSubmission submission, const JobLimits& limits, Timestamp now,
                        std::vector<blobs::ContainerRef>& made);

// The id of a MediaProcessor in its stored form. InvalidArgument (malformed), NotFound, or Forbidden (hidden).
Result<std::string> require_processor(std::string_view id);
// InvalidArgument unless it is a combination of TaskOption flags.
Result<void> check_task_options(std::int32_t options);

}  // namespace lazulite::encoder
