// How many CPU threads a task gets from the reserved units of its account (processing.md 6.1). How many tasks run at
// once is decided where they are claimed, storage/rows/task_leases.
#pragma once

#include "schema/entities/encoding_reserved_unit_type.hpp"

namespace lazulite::encoder {

// S1 a quarter of the cores, S2 half, S3 all, at least one. The share is a minimum: with one unit or none the account
// runs one task at a time, and that one may use the whole machine. `setting` above 0 overrides all that.
unsigned threads_for_task(const EncodingReservedUnitType& units, unsigned cores, unsigned setting);

}  // namespace lazulite::encoder
