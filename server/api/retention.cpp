#include "server/api/retention.hpp"

#include "schema/entities/job.hpp"
#include "server/api/operations.hpp"
#include "server/api/write_requests.hpp"
#include "storage/rows/directory.hpp"

namespace lazulite::api {
namespace {

constexpr std::int64_t kJobsAtOnce = 50;

// Returns how many; fewer than kJobsAtOnce when no more are left.
Result<std::int64_t> remove_some(const ApiServices& services, const std::string& account,
                                 const rows::ListQuery& query) {
  static const http::Request no_request;
  return run_write(services, account, [&](rows::Session& session, Effects& effects) -> Result<std::int64_t> {
    HookContext context{session, account, no_request, services.clock.now(), services};
    LAZULITE_TRY(const auto jobs, rows::list(session, account, kJob, query));
    for (const auto& job : jobs) LAZULITE_CHECK(delete_row(context, job));
    Effects::append(effects.after_commit, context.after_commit);
    return static_cast<std::int64_t>(jobs.size());
  });
}

}  // namespace

Result<std::int64_t> remove_old_jobs(const ApiServices& services, std::chrono::days age) {
  rows::ListQuery query;
  query.condition = rows::less_than(kJob, "EndTime", model::Value{services.clock.now() - age});
  query.top = kJobsAtOnce;
  LAZULITE_TRY(const auto accounts, services.database.read(rows::list_accounts));
  std::int64_t total = 0;
  for (const auto& account : accounts) {
    std::int64_t removed = 0;
    do {
      LAZULITE_TRY(removed, remove_some(services, account.name, query));
      total += removed;
    } while (removed == kJobsAtOnce);
  }
  return total;
}

}  // namespace lazulite::api
