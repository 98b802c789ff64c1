#include "packager/mp4/boxes.hpp"

#include "packager/mp4/box_walk.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::packager::mp4;

namespace {

// Writes the box, checks its announced size, reads it back and writes that again: size, write and read agree.
template <class Box>
std::string round_trip(const Box& box) {
  std::string bytes;
  write_box(bytes, box);
  CHECK(bytes.size() == box_size(box));
  CHECK(read_be(as_bytes(bytes).data(), 4) == bytes.size());
  const auto read = read_box<Box>(as_bytes(bytes).subspan(8));
  REQUIRE(read);
  std::string again;
  write_box(again, *read);
  CHECK(to_hex(as_bytes(again)) == to_hex(as_bytes(bytes)));
  for (std::size_t cut = 8; cut + 1 < bytes.size();
       ++cut) {  // any shorter payload is refused or read within its bounds
    (void)read_box<Box>(as_bytes(bytes).subspan(8, bytes.size() - cut - 1));
  }
  return to_hex(as_bytes(bytes));
}

}  // namespace

TEST_CASE("tfxd and tfdt are the bytes of delivery.md 2.5 and 2.6", "[unit][packager]") {
  TrackFragmentExtendedHeader tfxd;
  tfxd.start = tfxd.duration = 20053333;
  CHECK(round_trip(tfxd) == "0000002c757569646d1d9b0542d544e680e2141daff757b201000000000000000131fd55000000000131fd55");
  TrackFragmentDecodeTime tfdt;
  tfdt.base_media_decode_time = 20053333;
  CHECK(round_trip(tfdt) == "000000147466647401000000000000000131fd55");
}

TEST_CASE("every box is written and read by one list of fields", "[unit][packager]") {
  CHECK(round_trip(FileType{fourcc("iso6"), 1, {fourcc("dash"), fourcc("msdh")}}) ==
        "000000186674797069736f3600000001646173686d736468");
  MovieHeader mvhd;
  mvhd.version = 1;
  mvhd.timescale = 10'000'000;
  mvhd.duration = 0x123456789aULL;
  CHECK(round_trip(mvhd).size() == 2 * 120);
  TrackHeader tkhd;
  tkhd.track_id = 7;
  tkhd.width = 640U << 16U;
  CHECK(round_trip(tkhd).size() == 2 * 92);
  MediaHeader mdhd;
  mdhd.timescale = 44100;
  CHECK(round_trip(mdhd) == "000000206d6468640000000000000000000000000000ac440000000055c40000");
  HandlerReference hdlr;
  hdlr.handler_type = fourcc("vide");
  hdlr.name = {'x', 0};
  CHECK(round_trip(hdlr).size() == 2 * 34);
  EditList elst;
  elst.entry_count = 2;
  elst.entries = {{5, -1}, {1000, 2048}};
  CHECK(round_trip(elst) ==
        "0000002"
        "8656c73740000000000000002"
        "00000005ffffffff00010000"
        "000003e80000080000010000");
  TrackExtends trex;
  trex.track_id = 1;
  CHECK(round_trip(trex).size() == 2 * 32);
  round_trip(VideoMediaHeader{});
  round_trip(SoundMediaHeader{});
  round_trip(DataEntryUrl{});
  round_trip(EmptySampleSize{});
}

TEST_CASE("fragment boxes have the sizes of delivery.md 2.5", "[unit][packager]") {
  MovieFragmentHeader mfhd;
  mfhd.sequence_number = 3;
  CHECK(round_trip(mfhd) == "000000106d6668640000000000000003");
  TrackFragmentHeader tfhd;
  tfhd.track_id = 1;
  tfhd.default_sample_flags = kOtherSampleFlags;
  CHECK(round_trip(tfhd) == "0000001474666864000000200000000101010000");
  TrackRun run;
  run.version = 1;
  run.flags |= TrackRun::kFlags | TrackRun::kOffset;
  run.sample_count = 2;
  run.samples = {{400000, 900, kSyncSampleFlags, 0}, {400000, 80, kOtherSampleFlags, -400000}};
  CHECK(run.flags == 0xF01);
  CHECK(round_trip(run).size() == 2 * (20 + 16 * 2));
  run.flags = 0x301;
  run.version = 0;
  CHECK(round_trip(run).size() == 2 * (20 + 8 * 2));
}

TEST_CASE("a box list is never longer than its bytes", "[unit][packager]") {
  const auto payload = from_hex("00000f01ffffffff00000000").value();  // trun of 2^32 - 1 samples
  CHECK_FALSE(read_box<TrackRun>(payload));
}

TEST_CASE("boxes are walked whatever their sizes say", "[unit][packager]") {
  const auto walk = [](const char* hex) { return child_boxes(from_hex(hex).value()); };
  const auto two = walk(
      "0000000866726565"
      "000000016d64617400000000000000120102");
  REQUIRE(two);
  REQUIRE(two->size() == 2);
  CHECK((*two)[1].type == fourcc("mdat"));
  CHECK((*two)[1].payload.size() == 2);  // a 64-bit size
  const auto to_end = walk("0000000066726565010203");
  REQUIRE(to_end);
  CHECK(to_end->front().payload.size() == 3);             // size 0: to the end
  CHECK_FALSE(walk("0000000766726565"));                  // smaller than its header
  CHECK_FALSE(walk("000000016d646174000000000000000f"));  // the same of a 64-bit size
  CHECK_FALSE(walk("0000001066726565"));                  // beyond its container
  CHECK_FALSE(walk("000000016d646174ffffffffffffffff"));  // 2^64 - 1
  CHECK(walk("00000008")->empty());                       // no room for a header
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "0000000866726565";
  CHECK_FALSE(walk(many.c_str()));
}
