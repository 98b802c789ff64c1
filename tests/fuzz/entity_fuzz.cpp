// Bodies in JSON of every dialect and in Atom (api.md 2, rules 9 to 11 and 16 to 21).
#include "schema/odata/body_reader.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  for (const auto* set : {"Assets", "Jobs", "AccessPolicies", "StreamingEndpoints"}) {
    const auto input = odata::read_entity(*model::find_entity_set(set), text);
    if (!fuzz::accepted(input)) continue;
    fuzz::must(input->given.size() == input->values.values.size(), "each property is given or not");
  }
  fuzz::accepted(odata::read_link(text));
  for (const auto& function : model::functions()) fuzz::accepted(odata::read_action_parameters(function, text));
  return 0;
}
