#include "packager/ts/ts_writer.hpp"

#include "packager/ts/pes.hpp"
#include "schema/base/text.hpp"
#include "tests/support/command.hpp"
#include "tests/unit/packager/ts/ts_reader.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <sstream>

using namespace lazulite;
using namespace lazulite::packager::ts;

namespace {

std::string hex(std::span<const std::uint8_t> bytes) { return to_hex(bytes); }

std::vector<std::uint8_t> bytes(std::string_view text) { return from_hex(text).value(); }

// A sample of one NAL unit of `type` and `size` bytes, behind a length prefix.
std::vector<std::uint8_t> sample_of(std::uint8_t type, std::size_t size, unsigned length_size = 4) {
  std::vector<std::uint8_t> out;
  for (unsigned i = length_size; i-- > 0;) out.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
  out.push_back(type);
  for (std::size_t i = 1; i < size; ++i) out.push_back(static_cast<std::uint8_t>(0x80 + i % 100));
  return out;
}

VideoTrack test_video(unsigned length_size = 4) { return {bytes("00000001674d401e0000000168eb"), length_size}; }

AudioTrack test_audio() { return AudioTrack::from_audio_specific_config(bytes("1210")).value(); }

std::vector<std::uint8_t> written(const SegmentInput& input) {
  const auto segment = Segment::plan(input).value();
  std::vector<std::uint8_t> out(segment.size() + 64, 0xEE);
  segment.write(std::span{out}.first(segment.size()));
  for (std::size_t i = segment.size(); i < out.size(); ++i) REQUIRE(out[i] == 0xEE);  // never writes past its size
  out.resize(segment.size());
  return out;
}

}  // namespace

TEST_CASE("program tables are the bytes of delivery.md 2.7", "[unit][packager]") {
  const Packet pat = pat_packet();
  CHECK(hex(std::span{pat}.first(21)) == "474000100000b00d0001c100000001f0002ab104b2");
  CHECK(pat[21] == 0xFF);
  const Packet pmt = pmt_packet(StreamType::kH264, StreamType::kAacAdts);
  CHECK(hex(std::span{pmt}.first(31)) == "475000100002b0170001c10000e100f0001be100f0000fe101f0002f44b99b");
  const Packet audio = pmt_packet(StreamType::kNone, StreamType::kAacAdts);
  CHECK(hex(std::span{audio}.subspan(5, 17)) == "02b0120001c10000e101f0000fe101f000");
}

TEST_CASE("timestamps and clock references are the bytes of delivery.md 2.7", "[unit][packager]") {
  CHECK(hex(pes_header(0xE0, 0, 900000, 900000).view().subspan(9)) == "2100377741");
  CHECK(hex(pes_header(0xE0, 0, 907508, 900000).view().subspan(9)) == "310037b1e91100377741");
  std::array<std::uint8_t, 6> pcr{};
  put_pcr(pcr.data(), 837000);
  CHECK(hex(pcr) == "000662c47e00");
}

TEST_CASE("the clock floors, is offset and wraps at 33 bits", "[unit][packager]") {
  CHECK(clock_90khz(0) == 900000);
  CHECK(clock_90khz(20053333) == 900000 + 180479);
  CHECK(clock_90khz(-1) == 899999);
  CHECK(clock_90khz(-1000) == 899991);
  CHECK(clock_90khz(954337176888) == 8589934591);  // the last tick before 2^33
  CHECK(clock_90khz(954337176889) == 0);
  CHECK(clock_90khz(954437176889) == 900000);
}

TEST_CASE("an ADTS header names rate, channels and length", "[unit][packager]") {
  CHECK(hex(test_audio().adts) == "fff15080001ffc");
  CHECK(hex(AudioTrack::from_audio_specific_config(bytes("1190")).value().adts) == "fff14c80001ffc");
  CHECK(hex(AudioTrack::from_audio_specific_config(bytes("2b920800")).value().adts) ==
        "fff15c80001ffc");  // HE-AAC, core 22.05 kHz
  for (const char* refused : {"", "12", "1200", "f810", "1f80", "1780000010"}) {
    INFO(refused);
    CHECK(AudioTrack::from_audio_specific_config(bytes(refused)).has_error());
  }
}

TEST_CASE("parameter sets come from avcC, which may be cut short", "[unit][packager]") {
  const auto record = bytes("014d401effe10004674d401e01000268eb");
  const auto track = VideoTrack::from_avcc(record).value();
  CHECK(hex(track.parameter_sets) == "00000001674d401e0000000168eb");
  CHECK(track.nal_length_size == 4);
  for (std::size_t size = 0; size < record.size(); ++size)
    CHECK(VideoTrack::from_avcc(std::span{record}.first(size)).has_error());
}

TEST_CASE("every payload size is stuffed to whole packets", "[unit][packager]") {
  const VideoTrack video = test_video();
  for (std::size_t size = 1; size < 400; ++size) {
    const auto data = sample_of(1, size);
    const std::vector<TsSample> samples{{data, 0, 0, false}, {data, 400000, 1200000, false}};
    const auto ts = written({&video, samples, nullptr, {}});
    const auto pes = test::read_ts(ts);
    REQUIRE(pes.size() == 2);
    REQUIRE(pes[1].payload.size() == 6 + 4 + size);
    REQUIRE(hex(pes[1].payload).substr(0, 20) == "0000000109f000000001");
    REQUIRE(std::equal(data.begin() + 4, data.end(), pes[1].payload.begin() + 10));
    REQUIRE(pes[1].dts == 903600);
    REQUIRE(pes[1].pts == 910800);
  }
}

TEST_CASE("length prefixes of 1 to 4 bytes become start codes", "[unit][packager]") {
  for (unsigned length_size = 1; length_size <= 4; ++length_size) {
    const VideoTrack video = test_video(length_size);
    auto data = sample_of(6, 5, length_size);
    const auto slice = sample_of(5, 200, length_size);
    data.insert(data.end(), slice.begin(), slice.end());
    const std::vector<TsSample> samples{{data, 0, 0, true}};
    const auto pes = test::read_ts(written({&video, samples, nullptr, {}}));
    REQUIRE(pes.size() == 1);
    CHECK(hex(pes[0].payload).substr(0, 68) ==
          "0000000109f0"
          "00000001674d401e"
          "0000000168eb"
          "000000010681828384"
          "0000000105");
    CHECK(pes[0].payload.size() == 6 + 14 + 9 + 204);
    CHECK(pes[0].random_access);
    CHECK(pes[0].pcr == 837000);
  }
}

TEST_CASE("delimiters and parameter sets of the source are not doubled", "[unit][packager]") {
  const VideoTrack video = test_video();
  auto with_delimiter = bytes(
      "0000000209f0"
      "00000002"
      "0588");
  auto with_sets = bytes(
      "0000000209f0"
      "0000000267aa"
      "0000000268bb"
      "000000020588");
  const std::vector<TsSample> samples{{with_delimiter, 0, 0, true}, {with_sets, 400000, 400000, true}};
  const auto pes = test::read_ts(written({&video, samples, nullptr, {}}));
  REQUIRE(pes.size() == 2);
  CHECK(hex(pes[0].payload) ==
        "0000000109f0"
        "00000001674d401e0000000168eb"
        "000000010588");
  CHECK(hex(pes[1].payload) ==
        "0000000109f0"
        "0000000167aa"
        "0000000168bb"
        "000000010588");
}

TEST_CASE("a NAL unit that leaves its sample is refused", "[unit][packager]") {
  const VideoTrack video = test_video();
  for (const char* bad : {"00000003"
                          "0588",
                          "000000020588"
                          "0000",
                          "ffffffff05"}) {
    const auto data = bytes(bad);
    const std::vector<TsSample> samples{{data, 0, 0, true}};
    const auto planned = Segment::plan({&video, samples, nullptr, {}});
    REQUIRE(planned.has_error());
    CHECK(planned.error().detail == "MPE_INVALID_NALU_SIZE");
  }
}

TEST_CASE("clock references are at most 100 ms apart", "[unit][packager]") {
  const VideoTrack video = test_video();
  const AudioTrack audio = test_audio();
  const auto data = sample_of(1, 300);
  const std::vector<std::uint8_t> frame(150, 0x21);
  for (const std::int64_t frame_ticks : {166667, 333333, 400000, 416667, 555556, 900000}) {
    std::vector<TsSample> samples;
    for (int i = 0; i < 60; ++i) samples.push_back({data, i * frame_ticks, i * frame_ticks, i == 0});
    std::uint64_t last = 837000;
    for (const auto& pes : test::read_ts(written({&video, samples, nullptr, {}}))) {
      if (!pes.pcr) continue;
      CHECK(*pes.pcr <= last + 9000);
      CHECK(*pes.pcr == pes.dts - 63000);
      last = *pes.pcr;
    }
    CHECK(last + 9000 >= 837000 + static_cast<std::uint64_t>(59 * frame_ticks * 9 / 1000));
  }
  std::vector<TsSample> frames;
  for (int i = 0; i < 87; ++i) frames.push_back({frame, i * 232200, i * 232200, true});
  const auto pes = test::read_ts(written({nullptr, {}, &audio, frames}));
  REQUIRE(pes.size() == 22);  // runs of four frames, 93 ms
  for (const auto& run : pes) CHECK(run.pcr);
  CHECK(pes[0].random_access);
  CHECK(pes[0].payload.size() == 4 * 157);
  CHECK(hex(std::span{pes[0].payload}.first(7)) == "fff1508013bffc");
}

TEST_CASE("audio and video are muxed by decode time", "[unit][packager]") {
  const VideoTrack video = test_video();
  const AudioTrack audio = test_audio();
  const auto data = sample_of(1, 1000);
  const std::vector<std::uint8_t> frame(300, 0x21);
  std::vector<TsSample> samples, frames;
  for (int i = 0; i < 50; ++i) samples.push_back({data, i * 400000, i * 400000, i == 0});
  for (int i = 0; i < 87; ++i) frames.push_back({frame, i * 232200, i * 232200, true});
  std::uint64_t last = 0;
  std::size_t audio_bytes = 0, video_units = 0;
  for (const auto& pes : test::read_ts(written({&video, samples, &audio, frames}))) {
    CHECK(pes.dts >= last);
    last = pes.dts;
    if (pes.pid == kAudioPid) {
      audio_bytes += pes.payload.size();
      CHECK(pes.stream_id == 0xC0);
      CHECK(pes.payload.size() <= 8 * 307);
      CHECK_FALSE(pes.pcr);
    } else {
      ++video_units;
    }
  }
  CHECK(audio_bytes == 87 * 307);
  CHECK(video_units == 50);
}

TEST_CASE("audio runs keep to the length that a PES can say", "[unit][packager]") {
  const VideoTrack video = test_video();
  const AudioTrack audio = test_audio();
  const auto data = sample_of(1, 10);
  const std::vector<std::uint8_t> frame(8184, 0x21), too_long(8185, 0x21);
  const std::vector<TsSample> samples{{data, 0, 0, true}};
  std::vector<TsSample> frames;
  for (int i = 0; i < 20; ++i) frames.push_back({frame, i * 1000, i * 1000, true});
  std::size_t total = 0;
  for (const auto& pes : test::read_ts(written({&video, samples, &audio, frames}))) {
    if (pes.pid == kAudioPid) total += pes.payload.size();
  }
  CHECK(total == 20 * 8191);
  frames[0].data = too_long;
  CHECK(Segment::plan({&video, samples, &audio, frames}).error().detail == "MPE_AUDIO_ENCODING_NOT_SUPPORTED");
}

TEST_CASE("a segment of encoded media decodes without a complaint", "[unit][packager]") {
  const test::TemporaryFolder folder;
  const std::string mp4 = (folder.path() / "a.mp4").string(), ts = (folder.path() / "a.ts").string();
  const auto made = test::run_command(
      "ffmpeg -v error -y -f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i sine=r=44100:d=3 -c:v libx264 -preset "
      "veryfast -g 50 -bf 2 "
      "-c:a aac -ac 2 -b:a 96k -movflags +faststart " +
      mp4);
  REQUIRE(made.status == 0);
  const std::string file = test::read_text(mp4);
  const auto avcc = file.find("avcC");
  REQUIRE(avcc != std::string::npos);
  const VideoTrack video = VideoTrack::from_avcc(as_bytes(std::string_view{file}.substr(avcc + 4, 200))).value();
  const AudioTrack audio = test_audio();

  std::vector<TsSample> samples, frames;
  const auto probe = test::run_command(
      "ffprobe -v error -show_entries packet=codec_type,pts_time,dts_time,size,pos,flags -of csv=p=0 " + mp4);
  std::istringstream lines{probe.text};
  for (std::string line; std::getline(lines, line);) {
    const auto field = split(line, ',');
    if (field.size() < 6) continue;  // side data
    const auto ticks = [](std::string_view text) { return std::llround(std::stod(std::string{text}) * 1e7) + 1000000; };
    const auto data =
        as_bytes(std::string_view{file}.substr(std::stoul(std::string{field[4]}), std::stoul(std::string{field[3]})));
    const TsSample sample{data, ticks(field[2]), ticks(field[1]), field[5].find('K') != std::string_view::npos};
    (field[0] == "video" ? samples : frames).push_back(sample);
  }
  REQUIRE(samples.size() == 75);
  const auto check = [&](const SegmentInput& input, std::size_t video_frames, std::size_t audio_frames) {
    const auto out = written(input);
    test::read_ts(out);
    test::write_text(ts, std::string{as_text(out)});
    const auto decoded = test::run_command("ffmpeg -v warning -xerror -i " + ts + " -map 0 -f null -");
    CHECK(decoded.text.empty());
    CHECK(decoded.status == 0);
    const auto count = [&](const char* kind) {
      return test::run_command("ffprobe -v error -count_frames -select_streams " + std::string{kind} +
                               " -show_entries stream=nb_read_frames -of csv=p=0 " + ts)
          .text;
    };
    CHECK(std::strtoul(count("v").c_str(), nullptr, 10) == video_frames);
    CHECK(std::strtoul(count("a").c_str(), nullptr, 10) == audio_frames);
  };
  check({&video, samples, &audio, frames}, samples.size(), frames.size());
  check({&video, samples, nullptr, {}}, samples.size(), 0);
  check({nullptr, {}, &audio, frames}, 0, frames.size());
  check({&video, std::span{samples}.first(1), nullptr, {}}, 1, 0);
}
