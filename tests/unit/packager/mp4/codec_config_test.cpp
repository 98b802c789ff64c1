#include "packager/mp4/codec_config.hpp"

#include "packager/codec_string.hpp"
#include "packager/mp4/box_io.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

using namespace lazulite;
using namespace lazulite::packager;
using namespace lazulite::packager::mp4;

namespace {

std::vector<std::uint8_t> bytes(std::string_view hex) { return from_hex(hex).value(); }

// hvcC of profile 1, level 93, with one VPS, SPS and PPS.
constexpr const char* kHevcRecord =
    "0101600000009000000000005df000fcfdf8f800000f03"
    "20000100024001"
    "21000100034201ab"
    "22000100024401";

}  // namespace

TEST_CASE("avcC gives its parameter sets and NAL length", "[unit][packager]") {
  const auto sets = parse_avc_config(bytes("014d401fffe10004674d401f01000368ebef"), false);
  REQUIRE(sets);
  CHECK(sets->nal_length_size == 4);
  CHECK(to_hex(sets->sps.at(0)) == "674d401f");
  CHECK(to_hex(sets->pps.at(0)) == "68ebef");
  CHECK_FALSE(parse_avc_config(bytes("014d401fffe10004674d40"), false));
  CHECK_FALSE(parse_avc_config(bytes("014d401fffe000"), false));
  CHECK(parse_avc_config(bytes("014d401fffe000"),
                         true));                                                        // avc3: sets are in the stream
  CHECK_FALSE(parse_avc_config(bytes("014d401ffee10004674d401f01000368ebef"), false));  // lengths of 3 bytes
}

TEST_CASE("hvcC gives its parameter sets and the codec string of delivery.md 2.8", "[unit][packager]") {
  const auto sets = parse_hevc_config(bytes(kHevcRecord), false);
  REQUIRE(sets);
  CHECK(to_hex(sets->vps.at(0)) == "4001");
  CHECK(to_hex(sets->sps.at(0)) == "4201ab");
  CHECK(to_hex(sets->pps.at(0)) == "4401");
  TrackInfo info;
  info.codec = Codec::kHevc;
  info.sample_entry = "hvc1";
  info.codec_config = bytes(kHevcRecord);
  info.codec_config[6] = 0xB0;
  CHECK(codec_string(info, HexCase::kUpper) == "hvc1.1.6.L93.B0");
}

TEST_CASE("AudioSpecificConfig gives rate, channels and frame length", "[unit][packager]") {
  struct Row {
    const char* hex;
    int type;
    unsigned rate, channels, frame;
  };
  for (const auto& row :
       {Row{"1210", 2, 44100, 2, 1024}, Row{"1190", 2, 48000, 2, 1024}, Row{"1188", 2, 48000, 1, 1024},
        Row{"2b920800", 5, 44100, 2, 2048}, Row{"eb8a0800", 29, 44100, 2, 2048}, Row{"1214", 2, 44100, 2, 960},
        Row{"11b0", 2, 48000, 6, 1024}}) {
    CAPTURE(row.hex);
    const auto config = parse_audio_config(bytes(row.hex));
    REQUIRE(config);
    CHECK(config->object_type == row.type);
    CHECK(config->sample_rate == row.rate);
    CHECK(config->channels == row.channels);
    CHECK(config->samples_per_frame == row.frame);
  }
  CHECK_FALSE(parse_audio_config(bytes("12")));
  CHECK_FALSE(parse_audio_config({}));
  CHECK_FALSE(parse_audio_config(bytes("1690")));  // frequency index 13 is reserved
}

TEST_CASE("esds carries an AudioSpecificConfig and back", "[unit][packager]") {
  const std::string payload = write_es_descriptor(bytes("1210"), 125588);
  const auto read = parse_es_descriptor(as_bytes(payload));
  REQUIRE(read);
  CHECK(read->object_type_indication == 0x40);
  CHECK(to_hex(read->decoder_specific_info) == "1210");
  for (std::size_t cut = 0; cut + 9 < payload.size(); ++cut) {
    const auto shorter = parse_es_descriptor(as_bytes(payload).first(cut));
    if (shorter) CHECK(to_hex(shorter->decoder_specific_info) != "1210");
  }
}

TEST_CASE("codec strings take the case of their protocol", "[unit][packager]") {
  TrackInfo info;
  info.codec = Codec::kH264;
  info.sample_entry = "avc1";
  info.codec_config = bytes("014d401f");
  CHECK(codec_string(info, HexCase::kUpper) == "avc1.4D401F");
  CHECK(codec_string(info, HexCase::kLower) == "avc1.4d401f");
  info.codec = Codec::kAac;
  info.audio_object_type = 5;
  CHECK(codec_string(info, HexCase::kUpper) == "mp4a.40.5");
}

TEST_CASE("languages are shortened where RFC 5646 has a short form", "[unit][packager]") {
  CHECK(short_language("eng") == "en");
  CHECK(short_language("GER") == "de");
  CHECK(short_language("deu") == "de");
  CHECK(short_language("en-US") == "en-us");
  CHECK(short_language("haw") == "haw");
}
