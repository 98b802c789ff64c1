// Jobs that ended long ago go, as those of the real service did after 90 days (api.md 1.9, 5.9).
#pragma once

#include "server/api/api_services.hpp"

#include <chrono>

namespace lazulite::api {

// Deletes all jobs, with their tasks, that ended more than `age` ago, of every account; returns how many. Some at a
// time, so that other writers come between. Blocks.
Result<std::int64_t> remove_old_jobs(const ApiServices& services, std::chrono::days age);

}  // namespace lazulite::api
