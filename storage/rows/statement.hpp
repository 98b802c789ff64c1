// Bound SQL for the files of storage/rows that need more than the repository (leases, the directory): text in, values
// out, no SOCI type. Statements are prepared once per session and text. A placeholder is ":p1", ":p2", …: the n-th
// takes values[n - 1]; use each once.
//
// Values bind as they are stored: bool as 0 or 1, Timestamp as microseconds since 1970 UTC, null as NULL. Complex and
// collection values have no place here (the repository writes them as JSON text).
#pragma once

#include "schema/base/result.hpp"
#include "schema/model/edm.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lazulite::rows {

class Session;
using Row = std::vector<model::Value>;

// All rows of a SELECT or of a statement with RETURNING, applied once. columns: how to read each result column, in
// order; it alone decides the kind of the value, whatever type the engine gives the expression (a NULL is a null
// Value). kComplex reads as text. Conflict for a unique or primary key, InvalidArgument for another constraint, Io
// otherwise (detail "InsufficientStorage": disk full).
Result<std::vector<Row>> select(Session& session, std::string_view sql, std::span<const model::Value> values,
                                std::span<const model::EdmType> columns);

// Runs a statement without result rows; returns how many rows it changed. Errors as select().
Result<std::int64_t> execute(Session& session, std::string_view sql, std::span<const model::Value> values = {});

// How many statements the session has run so far: for tests of code that must not ask row by row.
std::int64_t statements_run(const Session& session);

// "Now" by the database's clock (milliseconds): what leases compare with each other (rows of several processes share
// it).
Result<Timestamp> database_now(Session& session);

}  // namespace lazulite::rows
