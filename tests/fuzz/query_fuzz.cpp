// Query strings: $filter to a syntax tree and on to SQL, $orderby, $select, $expand, paging (api.md 3).
#include "schema/odata/query_options.hpp"
#include "storage/rows/filter_sql.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto raw = odata::split_query(fuzz::text_of(data, size));
  if (!fuzz::accepted(raw)) return 0;
  for (const auto* set : {"Assets", "Jobs", "Files", "Locators"}) {
    const auto& type = *model::find_entity_set(set);
    const auto options = odata::parse_query_options(type, *raw);
    if (!fuzz::accepted(options) || !options->filter || options->filter->uses_computed()) continue;
    fuzz::accepted(rows::filter_to_sql(type, *options->filter));
  }
  return 0;
}
