// Server manifests (delivery.md 1): foreign ones are uploaded, and written again by us.
#include "schema/manifests/server_manifest.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = manifests::parse_server_manifest(fuzz::text_of(data, size));
  if (!fuzz::accepted(manifest)) return 0;
  const auto again = manifests::parse_server_manifest(manifests::write_server_manifest(*manifest));
  fuzz::must(again && *again == *manifest, "a manifest written and read again is the same");
  return 0;
}
