#include "storage/rows/planner_statistics.hpp"

#include "storage/rows/statement.hpp"

#include <string_view>

namespace lazulite::rows {
namespace {

// sqlite_stat1.stat: rows of the table, then rows per distinct prefix of 1, 2, … columns. One account may own all rows;
// a second column leaves few; a whole key, or three columns with the key at the end, one. Partial indexes (of queues)
// are short, and left to the planner.
constexpr std::string_view kStatistics = R"(
WITH indexes AS (
  SELECT t.name AS tbl, i.name AS idx, i."unique" AS is_unique, (SELECT count(*) FROM pragma_index_info(i.name)) AS n
    FROM sqlite_schema AS t, pragma_index_list(t.name) AS i
   WHERE t.type = 'table' AND i.partial = 0
     AND (SELECT name FROM pragma_index_info(i.name) WHERE seqno = 0) = 'account')
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl, idx,
       '1000000 1000000' || substr(' 10 10 10 10 10 10', 1, max(0, 3 * (n - 2))) ||
       CASE WHEN n < 2 THEN '' WHEN is_unique OR n > 2 THEN ' 1' ELSE ' 10' END
  FROM indexes)";

}  // namespace

Result<void> write_planner_statistics(Session& session) {
  LAZULITE_CHECK(execute(session, "ANALYZE sqlite_schema"));  // makes the table
  LAZULITE_CHECK(execute(session, "DELETE FROM sqlite_stat1"));
  LAZULITE_CHECK(execute(session, kStatistics));
  LAZULITE_CHECK(execute(session, "ANALYZE sqlite_schema"));  // reads it
  return {};
}

}  // namespace lazulite::rows
