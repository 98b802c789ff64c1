#include "storage/rows/many_links.hpp"

#include "storage/rows/ddl.hpp"
#include "storage/rows/sql_text.hpp"
#include "storage/rows/statement.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {

Result<std::vector<Link>> links_of_many(Session& session, std::string_view account, const model::EntityType& source,
                                        const model::Navigation& navigation, std::span<const std::string> source_keys,
                                        std::int64_t limit) {
  static constexpr std::array kColumns = {model::EdmType::kString, model::EdmType::kString};
  if (source_keys.empty()) return std::vector<Link>{};
  SqlText sql;
  const std::string account_parameter = sql.bind(account);
  const std::string keys = sql.bind_list(source_keys);
  sql.text = fmt::format(
      "SELECT source, target FROM {} WHERE account = {} AND source IN {} ORDER BY source, position "
      "LIMIT {}",
      sql_name(link_table(source, navigation)), account_parameter, keys, sql.bind(model::Value{limit}));
  LAZULITE_TRY(const auto rows, select(session, sql.text, sql.values, kColumns));
  std::vector<Link> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back({*row[0].as<std::string>(), *row[1].as<std::string>()});
  return out;
}

}  // namespace lazulite::rows
