#include "storage/rows/group_counts.hpp"

#include "storage/rows/sql_text.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {

Result<std::vector<GroupCount>> count_groups(Session& session, std::string_view account, const model::EntityType& type,
                                             std::string_view group, std::string_view member,
                                             const SqlFragment& condition) {
  static constexpr std::array kColumns = {model::EdmType::kString, model::EdmType::kInt64, model::EdmType::kInt64};
  SqlText sql;
  sql.text = fmt::format("SELECT {0}, {1}, count(*) FROM {2} WHERE account = ", sql_name(group), sql_name(member),
                         sql_name(type.set_name));
  sql.text += sql.bind(account) + " AND (";
  sql.append(condition);
  sql.text += fmt::format(") GROUP BY {0}, {1}", sql_name(group), sql_name(member));
  LAZULITE_TRY(const auto rows, select(session, sql.text, sql.values, kColumns));
  std::vector<GroupCount> out;
  for (const auto& row : rows)
    out.push_back({*row[0].as<std::string>(), *row[1].as<std::int64_t>(), *row[2].as<std::int64_t>()});
  return out;
}

}  // namespace lazulite::rows
