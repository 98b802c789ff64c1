// All that differs between database engines, as plain data: SQLite is the one there is. dialect.cpp is the only file
// that includes a SOCI backend's header. For the .cpp files of storage/rows only. Immutable.
#pragma once

#include "storage/rows/database.hpp"

#include <soci/soci.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace lazulite::rows {

enum class RowError : std::uint8_t {
  kUnique,      // a primary key or unique index
  kConstraint,  // NOT NULL, a foreign key, a type
  kBusy,        // another process holds the write lock for longer than the busy time-out
  kFull,        // the disk
  kOther,
};

enum class SessionRole : std::uint8_t { kWriter, kReader };

struct Dialect {
  std::string_view text_type, integer_type, real_type;  // columns; integers are 64 bit
  std::string_view table_suffix;                        // after CREATE TABLE (…)
  std::string_view begin_write;
  std::string_view now_us;          // microseconds since 1970 UTC by the database's clock
  bool fixed_statistics;            // planner_statistics are written
  std::string_view column_names;    // SELECT of the column names of table :p1
  std::string_view account_tables;  // SELECT of the names of all tables with a column `account`
  // Opens the connection and sets it up. Throws soci::soci_error.
  void (*connect)(soci::session& connection, const DatabaseOptions& options, SessionRole role);
  // False also after the engine has rolled back by itself.
  bool (*in_transaction)(soci::session& connection);
  RowError (*classify)(const soci::soci_error& error);
};

extern const Dialect kSqlite;

}  // namespace lazulite::rows
