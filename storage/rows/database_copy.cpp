#include "storage/rows/database_copy.hpp"

#include "storage/rows/dialect.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <array>

namespace lazulite::rows {

Result<void> copy_database(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  if (!std::filesystem::exists(from, error))
    return fail(ErrorCode::kNotFound, "there is no database {}", from.string());
  DatabaseOptions options;
  options.path = from;
  LAZULITE_TRY(const auto session, Session::open(kSqlite, options, SessionRole::kWriter));
  const std::array values = {model::Value{to.string()}};
  LAZULITE_CHECK(execute(*session, "VACUUM INTO :p1", values));
  std::filesystem::permissions(to, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  if (error) return fail(ErrorCode::kIo, "cannot make {} private: {}", to.string(), error.message());
  return {};
}

}  // namespace lazulite::rows
