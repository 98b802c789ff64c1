// $batch envelopes (api.md 4.4). The boundary is that of the corpus: "b".
#include "schema/odata/batch_reader.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  fuzz::accepted(odata::read_batch(text, ""));
  const auto parts = odata::read_batch("multipart/mixed; boundary=b", text);
  if (!fuzz::accepted(parts)) return 0;
  for (const auto& part : *parts) {
    fuzz::must(part.changeset || part.requests.size() == 1, "a part outside of a changeset is one request");
    for (const auto& request : part.requests) (void)odata::batch_path(request.uri);
  }
  return 0;
}
