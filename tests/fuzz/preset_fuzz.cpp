// Task configurations: MES presets in JSON and XML (processing.md 3c).
#include "encoder/presets/preset.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepted(encoder::compile_preset(fuzz::text_of(data, size)));
  return 0;
}
