#include "storage/rows/dialect.hpp"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace lazulite::rows {
namespace {

sqlite_api::sqlite3* sqlite_handle(soci::session& connection) {
  return static_cast<soci::sqlite3_session_backend*>(connection.get_backend())->conn_;
}

// A session is used by one thread at a time, so SQLite need not lock within it. Before its first use in the process.
void disable_session_locks() {
  static const int done = sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
  (void)done;  // refused when SQLite is in use already: then it locks, which is only slower
}

void sqlite_connect(soci::session& connection, const DatabaseOptions& options, SessionRole role) {
  disable_session_locks();
  const std::string path = options.path.string();
  if (path.find('"') != std::string::npos) throw soci::soci_error("a path with a quotation mark cannot be opened");
  connection.open(soci::sqlite3, fmt::format("db=\"{}\" timeout=10", path));
  sqlite_api::sqlite3_extended_result_codes(sqlite_handle(connection), 1);
  connection << "PRAGMA foreign_keys=ON";
  if (role == SessionRole::kReader) {
    connection << "PRAGMA query_only=ON";
    return;
  }
  std::string mode;
  connection << "PRAGMA journal_mode=WAL", soci::into(mode);
  if (mode != "wal")
    throw soci::soci_error("the file system does not support SQLite's write-ahead log (journal mode " + mode + ")");
  connection << (options.synchronous_full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  std::int64_t limit = 0;
  connection << "PRAGMA journal_size_limit=67108864", soci::into(limit);
  // 32 MiB of the log at a time into the database, not 4: a page that many commits change is written once.
  connection << "PRAGMA wal_autocheckpoint=8192", soci::into(limit);
}

bool sqlite_in_transaction(soci::session& connection) {
  return sqlite_api::sqlite3_get_autocommit(sqlite_handle(connection)) == 0;
}

RowError sqlite_classify(const soci::soci_error& error) {
  const auto* sqlite_error = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  if (sqlite_error == nullptr) return RowError::kOther;
  switch (sqlite_error->result()) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
      return RowError::kUnique;
    default:
      break;
  }
  switch (sqlite_error->result() & 0xff) {
    case SQLITE_CONSTRAINT:
      return RowError::kConstraint;
    case SQLITE_BUSY:
      return RowError::kBusy;
    case SQLITE_FULL:
      return RowError::kFull;
    default:
      return RowError::kOther;
  }
}

}  // namespace

// STRICT, so that a value of a wrong kind is an error rather than silently another type. julianday has milliseconds.
const Dialect kSqlite{
    .text_type = "TEXT",
    .integer_type = "INTEGER",
    .real_type = "REAL",
    .table_suffix = " STRICT",
    .begin_write = "BEGIN IMMEDIATE",
    .now_us = "cast(round((julianday('now') - 2440587.5) * 86400000.0) AS bigint) * 1000",
    .fixed_statistics = true,
    .column_names = "SELECT name FROM pragma_table_info(:p1)",
    .account_tables =
        "SELECT m.name FROM sqlite_schema m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM "
        "pragma_table_info(m.name) c WHERE c.name = 'account') ORDER BY m.name",
    .connect = sqlite_connect,
    .in_transaction = sqlite_in_transaction,
    .classify = sqlite_classify,
};

}  // namespace lazulite::rows
