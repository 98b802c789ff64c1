// QueueEndpoint answers the queue protocol (accounts-storage.md D.4): parse, recognise the operation, authorize,
// handle, add the common headers. Owned by App, outlives every connection; keeps no state, so handle() may run on any
// number of strands. All of it but the headers runs on the db pool. Bodies come whole: route it with kMaxBodyBytes.
#pragma once

#include "schema/base/time.hpp"
#include "server/blob/storage_directory.hpp"
#include "server/http/message.hpp"
#include "server/queue/operations.hpp"
#include "storage/rows/database.hpp"

#include <cstdint>
#include <string>

namespace lazulite::queue {

inline constexpr std::uint64_t kMaxBodyBytes = 512 << 10;  // 64 KiB of text, every letter escaped

class QueueEndpoint {
 public:
  // Database, pool and clock outlive the endpoint. Of the directory only find_account is asked.
  QueueEndpoint(rows::Database& database, blob::StorageDirectory directory, WorkPool& db, const Clock& clock)
      : database_(database), directory_(std::move(directory)), db_(db), clock_(clock) {}

  // Never fails: errors are answers.
  Task<http::Response> handle(http::Request request);

 private:
  [[nodiscard]] http::Response answer(http::Request request) const;
  [[nodiscard]] Result<http::Response> respond(Call& call) const;
  [[nodiscard]] Result<void> authorize(Call& call, const Operation& operation) const;

  rows::Database& database_;
  blob::StorageDirectory directory_;
  WorkPool& db_;
  const Clock& clock_;
};

}  // namespace lazulite::queue
