// MP4 files: indexed, or refused (packager/mp4).
#include "packager/media_index.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace lazulite;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto index = packager::build_media_index({data, size});
  if (!fuzz::accepted(index)) return 0;
  for (const auto& track : (*index)->tracks()) {
    for (auto c = track.samples.samples(0, track.samples.count()); !c.done(); c.next())
      fuzz::must(c.view().file_offset + c.view().size <= size, "every sample lies in the file");
  }
  return 0;
}
