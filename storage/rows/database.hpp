// The database of one installation: SQLite through SOCI (PostgreSQL later, see dialect.hpp). One writer session that
// commits waiting requests as one group; a few reader sessions, each seeing a consistent snapshot per call. No SOCI
// type appears here.
//
// read() and write() block; run them on the `db` pool. Thread-safe. Calling either from within the other (or itself) is
// a bug that ends the program: f works with the Session it is given.
#pragma once

#include "schema/base/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

namespace lazulite::rows {

class Session;  // a connection and its prepared statements; session.hpp, for storage/rows/*.cpp only

struct DatabaseOptions {
  std::filesystem::path path;    // of the SQLite file; made with mode 0600
  unsigned readers = 4;          // sessions
  bool synchronous_full = true;  // fsync at every (group) commit
};

class Database {
 public:
  // Opens or creates the file and runs the migrations that are missing. Io with the reason.
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  virtual ~Database() = default;

  // Runs f(Session&) -> Result<T> on a reader session, in one snapshot.
  template <class F>
  auto read(F&& f) -> std::invoke_result_t<F, Session&> {
    std::optional<std::invoke_result_t<F, Session&>> out;
    const Result<void> ran = run_read([&](Session& session) -> Result<void> {
      out.emplace(f(session));
      return {};
    });
    if (!ran) return ran.error();
    return std::move(*out);
  }

  // Runs f(Session&) -> Result<T> on the writer session, alone. When it returns an error all its changes are undone;
  // when it succeeds, write() returns after the commit. f may run more than once (busy database): it must change
  // nothing outside the session.
  template <class F>
  auto write(F&& f) -> std::invoke_result_t<F, Session&> {
    std::optional<std::invoke_result_t<F, Session&>> out;
    const Result<void> ran = run_write([&](Session& session) -> Result<void> {
      out.emplace(f(session));
      if (!*out) return out->error();
      return {};
    });
    if (out && !*out) return std::move(*out);
    if (!ran) return ran.error();
    return std::move(*out);
  }

 protected:
  using Work = std::function<Result<void>(Session&)>;
  virtual Result<void> run_read(const Work& work) = 0;
  virtual Result<void> run_write(const Work& work) = 0;
};

}  // namespace lazulite::rows
