// The query part of a request (api.md 3): system options against an EntityType, everything else as custom options.
// Names compare without regard to case (rule 4); spaces come as %20 or +. Pure text; bounded (64 options, 20 $orderby
// keys, 50 $select items, 50 $expand paths of at most 5 levels).
#pragma once

#include "schema/odata/codec.hpp"
#include "schema/odata/filter_ast.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::odata {

struct OrderKey {
  const model::Property* property = nullptr;
  bool descending = false;
};

// Name in lower case and decoded value, in the order sent.
using RawOptions = std::vector<std::pair<std::string, std::string>>;

// One navigation of $expand, and what is expanded of the entities it leads to: "Tasks/OutputMediaAssets".
struct ExpandItem {
  const model::Navigation* navigation = nullptr;
  std::vector<ExpandItem> nested;
};

struct QueryOptions {
  std::optional<FilterExpression> filter;
  std::vector<OrderKey> order;
  std::optional<std::int64_t> top, skip;
  std::string skip_token;  // opaque here
  Selection selection;
  std::vector<ExpandItem> expand;
  bool inline_count = false;
};

// InvalidArgument for a bad encoding, text that is not UTF-8, or an unknown option that begins with $.
Result<RawOptions> split_query(std::string_view query);

// The value of an option, or nullptr. name: lower case.
const std::string* find_option(const RawOptions& options, std::string_view name);

// Options for a list or an entity of `type`.
Result<QueryOptions> parse_query_options(const model::EntityType& type, const RawOptions& options);

// Arguments of a service operation: strings in quotes, numbers bare (api.md 3, last line). InvalidArgument when one is
// missing.
Result<std::vector<model::Value>> parse_function_arguments(const model::Function& function, const RawOptions& options);

}  // namespace lazulite::odata
