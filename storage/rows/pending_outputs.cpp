#include "storage/rows/pending_outputs.hpp"

#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

using model::EdmType;
using model::Value;

constexpr std::string_view kInsert =
    "INSERT INTO pending_outputs (task, account, asset, storage_account, container, blob) VALUES (:p1, :p2, :p3, :p4, "
    ":p5, :p6) ON CONFLICT (task, storage_account, container, blob) DO NOTHING";
constexpr std::string_view kSelect =
    "SELECT account, asset, storage_account, container, blob FROM pending_outputs WHERE task = :p1 ORDER BY "
    "storage_account, container, blob";
constexpr std::string_view kAbandoned =
    "SELECT DISTINCT p.task FROM pending_outputs p WHERE NOT EXISTS (SELECT 1 FROM task_leases t WHERE t.id = p.task "
    "AND t.state = 2)";
constexpr std::string_view kDelete = "DELETE FROM pending_outputs WHERE task = :p1";

}  // namespace

Result<void> create_pending_output_table(Session& session) {
  const Dialect& dialect = session.dialect();
  LAZULITE_CHECK(execute(
      session, fmt::format("CREATE TABLE pending_outputs (task {0} NOT NULL, account {0} NOT NULL, asset {0} NOT NULL, "
                           "storage_account {0} NOT NULL, container {0} NOT NULL, blob {0} NOT NULL, PRIMARY KEY "
                           "(task, storage_account, container, blob)){1}",
                           dialect.text_type, dialect.table_suffix)));
  return {};
}

Result<void> note_pending_outputs(Session& session, std::string_view task, std::span<const PendingOutput> outputs) {
  for (const auto& each : outputs) {
    const std::array values = {Value{std::string(task)},    Value{each.account},   Value{each.asset},
                               Value{each.storage_account}, Value{each.container}, Value{each.blob}};
    LAZULITE_CHECK(execute(session, kInsert, values));
  }
  return {};
}

Result<std::vector<PendingOutput>> list_pending_outputs(Session& session, std::string_view task) {
  static constexpr std::array kColumns = {EdmType::kString, EdmType::kString, EdmType::kString, EdmType::kString,
                                          EdmType::kString};
  LAZULITE_TRY(const auto rows, select(session, kSelect, std::array{Value{std::string(task)}}, kColumns));
  std::vector<PendingOutput> out;
  for (const auto& row : rows) {
    const auto text = [&](std::size_t i) { return *row[i].as<std::string>(); };
    out.push_back({text(0), text(1), text(2), text(3), text(4)});
  }
  return out;
}

Result<std::vector<std::string>> tasks_with_abandoned_outputs(Session& session) {
  static constexpr std::array kColumns = {EdmType::kString};
  LAZULITE_TRY(const auto rows, select(session, kAbandoned, {}, kColumns));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(*row[0].as<std::string>());
  return out;
}

Result<void> forget_pending_outputs(Session& session, std::string_view task) {
  LAZULITE_CHECK(execute(session, kDelete, std::array{Value{std::string(task)}}));
  return {};
}

}  // namespace lazulite::rows
