#include "storage/rows/database.hpp"

#include "schema/base/log.hpp"
#include "storage/files/file.hpp"
#include "storage/rows/migrations.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <future>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

namespace lazulite::rows {
namespace {

// The database whose work this thread is running. A second call from within would wait for itself, or read an older
// snapshot.
thread_local const Database* running_on = nullptr;

void refuse_nested_call(const Database* database) {
  if (running_on != database) return;
  logger("rows").critical("Database::read or write was called from within a read or write of the same database");
  std::abort();
}

// SQLite gives the -wal and -shm files the mode of the database file.
Result<void> make_private_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::kIo, "cannot open the database {}: {}", path.string(), std::strerror(errno));
  const files::FileDescriptor file{fd};
  return files::flush_directory(path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."});
}

class GroupCommitDatabase final : public Database {
 public:
  explicit GroupCommitDatabase(std::unique_ptr<Session> writer) : writer_session_(std::move(writer)) {}

  // Ends when the queued writes are done. No read may be under way, and no call come after.
  ~GroupCommitDatabase() override {
    {
      const std::lock_guard lock{queue_mutex_};
      stopping_ = true;
    }
    queue_changed_.notify_all();
    if (writer_.joinable()) writer_.join();
  }

  void start(std::vector<std::unique_ptr<Session>> readers) {
    readers_ = std::move(readers);
    writer_ = std::thread{[this] { write_until_stopped(); }};
  }

 protected:
  Result<void> run_read(const Work& work) override {
    refuse_nested_call(this);
    auto session = take_reader();
    auto done = read_in_transaction(*session, work);
    give_back(std::move(session));
    return done;
  }

  Result<void> run_write(const Work& work) override {
    refuse_nested_call(this);
    Request request{&work, {}};
    auto outcome = request.outcome.get_future();
    {
      const std::lock_guard lock{queue_mutex_};
      if (stopping_) return fail(ErrorCode::kCancelled, "the database is closing");
      queue_.push_back(std::move(request));
      queue_changed_.notify_one();  // under the lock: once it is free, the destructor may finish this request and go on
    }
    return outcome.get();
  }

 private:
  // Owned by the queue, then by the writer: a promise must outlive its set_value(), which the caller's stack would not.
  struct Request {
    const Work* work;
    std::promise<Result<void>> outcome;
  };
  static constexpr std::size_t kMaxGroup = 64;

  Result<void> run_guarded(Session& session, const Work& work) {
    running_on = this;
    Result<void> done;
    try {
      done = work(session);
    } catch (const std::exception& error) {
      done = fail(ErrorCode::kInternal, "an exception in a database call: {}", error.what());
    }
    running_on = nullptr;
    return done;
  }

  // ---- readers ----
  std::unique_ptr<Session> take_reader() {
    std::unique_lock lock{readers_mutex_};
    reader_returned_.wait(lock, [this] { return !readers_.empty(); });
    auto session = std::move(readers_.back());
    readers_.pop_back();
    return session;
  }
  void give_back(std::unique_ptr<Session> session) {
    {
      const std::lock_guard lock{readers_mutex_};
      readers_.push_back(std::move(session));
    }
    reader_returned_.notify_one();
  }
  Result<void> read_in_transaction(Session& session, const Work& work) {
    LAZULITE_CHECK(execute(session, "BEGIN"));
    auto done = run_guarded(session, work);
    if (session.in_transaction()) LAZULITE_CHECK(execute(session, "ROLLBACK"));
    return done;
  }

  // ---- the writer ----
  void write_until_stopped() {
    for (;;) {
      std::vector<Request> group;
      {
        std::unique_lock lock{queue_mutex_};
        queue_changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), kMaxGroup));
        std::move(queue_.begin(), queue_.begin() + count, std::back_inserter(group));
        queue_.erase(queue_.begin(), queue_.begin() + count);
      }
      commit_group(group);
    }
  }

  // Answers every request, and a success only after the commit. Hardly any work fails: only when one of several does,
  // all run again, each in a savepoint, so that it fails alone.
  void commit_group(std::vector<Request>& group) {
    std::vector<Result<void>> outcomes;
    auto committed = run_group(group, outcomes, &GroupCommitDatabase::run_with_the_others);
    if (group.size() > 1 && !outcomes.empty() && !outcomes.back()) {
      outcomes.clear();
      committed = run_group(group, outcomes, &GroupCommitDatabase::run_in_savepoint);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const bool failed_alone = i < outcomes.size() && !outcomes[i];
      group[i].outcome.set_value(failed_alone ? outcomes[i] : committed);
    }
  }

  using RunWork = Result<void> (GroupCommitDatabase::*)(Session&, const Work&, std::vector<Result<void>>&);
  Result<void> run_group(const std::vector<Request>& group, std::vector<Result<void>>& outcomes, RunWork run_work) {
    Session& session = *writer_session_;
    LAZULITE_CHECK(execute(session, session.dialect().begin_write));
    Result<void> done;
    for (std::size_t i = 0; i < group.size() && done; ++i) done = (this->*run_work)(session, *group[i].work, outcomes);
    if (done) {
      if (auto committed = execute(session, "COMMIT"); !committed) done = std::move(committed).error();
    }
    if (!done && session.in_transaction()) {
      if (const auto undone = execute(session, "ROLLBACK"); !undone)
        logger("rows").error("rollback failed: {}", undone.error().message);
    }
    return done;
  }

  // Both add the outcome of the work. An error means that the whole group is lost.
  Result<void> run_with_the_others(Session& session, const Work& work, std::vector<Result<void>>& outcomes) {
    outcomes.push_back(run_guarded(session, work));
    if (!outcomes.back()) return outcomes.back().error();
    if (!session.in_transaction()) return fail(ErrorCode::kIo, "the database rolled the transaction back");
    return {};
  }

  Result<void> run_in_savepoint(Session& session, const Work& work, std::vector<Result<void>>& outcomes) {
    LAZULITE_CHECK(execute(session, "SAVEPOINT work"));
    outcomes.push_back(run_guarded(session, work));
    const auto& outcome = outcomes.back();
    // A full disk or an I/O error can make SQLite roll back everything by itself.
    if (!session.in_transaction()) {
      return outcome ? fail(ErrorCode::kIo, "the database rolled the transaction back") : outcome.error();
    }
    if (!outcome) LAZULITE_CHECK(execute(session, "ROLLBACK TO work"));
    LAZULITE_CHECK(execute(session, "RELEASE work"));
    return {};
  }

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::deque<Request> queue_;
  bool stopping_ = false;

  std::mutex readers_mutex_;
  std::condition_variable reader_returned_;
  std::vector<std::unique_ptr<Session>> readers_;

  std::unique_ptr<Session> writer_session_;  // used by writer_ only, once it runs
  std::thread writer_;
};

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  LAZULITE_CHECK(make_private_file(options.path));
  LAZULITE_TRY(auto writer, Session::open(kSqlite, options, SessionRole::kWriter));
  LAZULITE_CHECK(migrate(*writer, migrations()));
  std::vector<std::unique_ptr<Session>> readers;
  for (unsigned i = 0; i < std::max(1U, options.readers); ++i) {
    LAZULITE_TRY(auto reader, Session::open(kSqlite, options, SessionRole::kReader));
    readers.push_back(std::move(reader));
  }
  auto database = std::make_unique<GroupCommitDatabase>(std::move(writer));
  database->start(std::move(readers));
  return std::unique_ptr<Database>{std::move(database)};
}

}  // namespace lazulite::rows
