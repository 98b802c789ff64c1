// Between a property's Value and what its column holds: scalars as they are, complex and collection values as compact
// JSON text. The JSON is lossless: int64 as numbers, doubles as shortest text, instants as microseconds; members by
// name, so that a member added later reads as its type's zero (or null) from older rows.
#pragma once

#include "schema/model/edm.hpp"

namespace lazulite::rows {

// Complex and collection values: their column holds JSON.
bool is_encoded(const model::Property& property);
// How the column is read: kString for JSON.
model::EdmType column_type(const model::Property& property);

// InvalidArgument when null is given for what must have a value (a text becomes empty, a collection an empty one).
Result<model::Value> to_stored(const model::Property& property, const model::Value& value);
// Internal when the stored JSON does not fit the property.
Result<model::Value> from_stored(const model::Property& property, model::Value stored);

}  // namespace lazulite::rows
