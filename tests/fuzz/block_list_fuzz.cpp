// Bodies of Put Block List and Set Container ACL (accounts-storage.md C.3).
#include "server/blob/blob_xml.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto blocks = blob::read_block_list(text);
  if (fuzz::accepted(blocks)) fuzz::must(blocks->size() <= 50'000, "a block list is of 50,000 blocks at most");
  fuzz::accepted(blob::read_signed_identifiers(text));
  return 0;
}
