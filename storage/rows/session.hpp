// One connection and its prepared statements, the most recently used ones kept. Owned by the Database; used by one
// thread at a time. For the .cpp files of storage/rows only, and of those most need no more than statement.hpp.
#pragma once

#include "storage/rows/dialect.hpp"

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lazulite::rows {

class Session {
 public:
  static Result<std::unique_ptr<Session>> open(const Dialect& dialect, const DatabaseOptions& options,
                                               SessionRole role);

  [[nodiscard]] const Dialect& dialect() const { return dialect_; }
  [[nodiscard]] bool in_transaction() { return dialect_.in_transaction(connection_); }

  // The statement of that text with no variables bound. Throws soci::soci_error when the engine refuses the text. Valid
  // until the next call of prepare().
  soci::statement& prepare(std::string_view sql);
  // After an error a statement may hold locks: it is closed, and prepared anew when it is next used.
  void forget(std::string_view sql);
  [[nodiscard]] std::int64_t statements_run() const { return statements_run_; }

 private:
  struct Prepared {
    std::string sql;
    soci::statement statement;
  };
  static constexpr std::size_t kMaxPrepared = 256;

  explicit Session(const Dialect& dialect) : dialect_(dialect) {}

  const Dialect& dialect_;
  soci::session connection_;
  std::int64_t statements_run_ = 0;
  std::list<Prepared> prepared_;  // most recently used first; declared after the connection, so closed before it
  std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_sql_;
};

// The Error of a SOCI exception, without the statement's parameters (they may be secrets).
Error to_error(const Dialect& dialect, const soci::soci_error& error);

}  // namespace lazulite::rows
