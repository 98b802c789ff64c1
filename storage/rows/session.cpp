#include "storage/rows/session.hpp"

namespace lazulite::rows {

Result<std::unique_ptr<Session>> Session::open(const Dialect& dialect, const DatabaseOptions& options,
                                               SessionRole role) {
  std::unique_ptr<Session> session{new Session{dialect}};
  try {
    dialect.connect(session->connection_, options, role);
  } catch (const soci::soci_error& error) {
    return fail(ErrorCode::kIo, "cannot open the database {}: {}", options.path.string(), error.get_error_message());
  }
  return session;
}

soci::statement& Session::prepare(std::string_view sql) {
  ++statements_run_;
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found->second);
    auto& statement = prepared_.front().statement;
    statement.bind_clean_up();
    return statement;
  }
  soci::statement statement{connection_};
  statement.alloc();
  statement.prepare(std::string{sql});
  prepared_.push_front({std::string{sql}, statement});
  by_sql_.emplace(prepared_.front().sql, prepared_.begin());
  if (prepared_.size() > kMaxPrepared) forget(prepared_.back().sql);
  return prepared_.front().statement;
}

void Session::forget(std::string_view sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) return;
  const auto prepared = found->second;
  by_sql_.erase(found);
  prepared_.erase(prepared);
}

Error to_error(const Dialect& dialect, const soci::soci_error& error) {
  const std::string message = error.get_error_message();
  switch (dialect.classify(error)) {
    case RowError::kUnique:
      return fail(ErrorCode::kConflict, "a row with this key or unique value exists already ({})", message);
    case RowError::kConstraint:
      return fail(ErrorCode::kInvalidArgument, "the database refuses the value ({})", message);
    case RowError::kFull:
      return fail_with(ErrorCode::kIo, "InsufficientStorage", "the database's disk is full ({})", message);
    case RowError::kBusy:
      return fail(ErrorCode::kIo, "the database is busy ({})", message);
    case RowError::kOther:
      break;
  }
  return fail(ErrorCode::kIo, "the database failed ({})", message);
}

}  // namespace lazulite::rows
