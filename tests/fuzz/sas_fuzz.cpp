// Shared access signatures in query strings (accounts-storage.md C.5).
#include "server/auth/sas.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepted(auth::parse_sas(fuzz::text_of(data, size)));
  return 0;
}
