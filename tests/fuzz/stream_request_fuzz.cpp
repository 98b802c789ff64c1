// Streaming addresses after the .ism (delivery.md 1.2).
#include "packager/stream_request.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = packager::parse_stream_request(fuzz::text_of(data, size));
  if (!fuzz::accepted(request))
    fuzz::must(!request.error().detail.empty(), "every refusal has a name (delivery.md 3.7)");
  return 0;
}
