#include "storage/rows/container_removals.hpp"

#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

constexpr std::string_view kNote =
    "INSERT INTO container_removals (storage_account, container) VALUES (:p1, :p2) ON CONFLICT (storage_account, "
    "container) DO NOTHING";
constexpr std::string_view kForget = "DELETE FROM container_removals WHERE storage_account = :p1 AND container = :p2";
constexpr std::string_view kList =
    "SELECT storage_account, container FROM container_removals ORDER BY storage_account, container";

Result<void> run(Session& session, std::string_view sql, std::string_view storage_account, std::string_view container) {
  const std::array values = {model::Value{std::string{storage_account}}, model::Value{std::string{container}}};
  LAZULITE_CHECK(execute(session, sql, values));
  return {};
}

}  // namespace

Result<void> note_container_removal(Session& session, std::string_view storage_account, std::string_view container) {
  return run(session, kNote, storage_account, container);
}

Result<void> forget_container_removal(Session& session, std::string_view storage_account, std::string_view container) {
  return run(session, kForget, storage_account, container);
}

Result<std::vector<ContainerRemoval>> noted_container_removals(Session& session) {
  static constexpr std::array kColumns = {model::EdmType::kString, model::EdmType::kString};
  LAZULITE_TRY(const auto rows, select(session, kList, {}, kColumns));
  std::vector<ContainerRemoval> out;
  for (const auto& row : rows) out.push_back({*row[0].as<std::string>(), *row[1].as<std::string>()});
  return out;
}

Result<void> create_container_removals(Session& session) {
  const Dialect& dialect = session.dialect();
  LAZULITE_CHECK(execute(
      session, fmt::format("CREATE TABLE container_removals (storage_account {0} NOT NULL, container {0} NOT NULL, "
                           "PRIMARY KEY (storage_account, container)){1}",
                           dialect.text_type, dialect.table_suffix)));
  return {};
}

}  // namespace lazulite::rows
