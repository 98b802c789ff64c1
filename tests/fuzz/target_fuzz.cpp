// Paths of the REST API and references in bodies (api.md 1.1, rules 3 to 5 and 21).
#include "schema/odata/target_parser.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto target = odata::parse_target(text); fuzz::accepted(target) && target->type != nullptr)
    fuzz::must(target->root != nullptr, "an addressed type has a set it is reached from");
  if (const auto reference = odata::parse_reference(text); fuzz::accepted(reference)) {
    const auto again = odata::parse_reference(odata::entity_path(*reference->type, reference->key));
    fuzz::must(again && again->type == reference->type && again->key == reference->key,
               "a reference written and read again is the same");
  }
  return 0;
}
