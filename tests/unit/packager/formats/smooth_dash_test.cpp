// The manifests of delivery.md 1.5 and the fragments of 2.5 and 2.6, to the number and the byte.
#include "packager/index_store.hpp"
#include "packager/mp4/box_walk.hpp"
#include "packager/mp4/boxes.hpp"
#include "packager/origin.hpp"
#include "schema/base/text.hpp"
#include "tests/support/mp4_builder.hpp"
#include "tests/support/result.hpp"

#include <numeric>

using namespace lazulite;
using namespace lazulite::packager;
using namespace lazulite::packager::mp4;

namespace {

std::shared_ptr<const Presentation> load(const std::map<std::string, std::string>& files) {
  IndexStore store;
  auto loaded = load_presentation("clip.ism", test::memory_lookup(files), store);
  REQUIRE(loaded);
  return *loaded;
}

std::shared_ptr<const Presentation> example() {
  static const auto presentation = load(test::example_asset());
  return presentation;
}

Answer get(const Presentation& presentation, std::string_view tail) {
  CAPTURE(tail);
  auto got = answer(presentation, tail);
  REQUIRE(got);
  return std::move(*got);
}

std::string error_of(const Presentation& presentation, std::string_view tail) {
  const auto got = answer(presentation, tail);
  return got ? "" : std::string(error_code_name(got.error().code)) + " " + got.error().detail;
}

// Without white space between elements, and one space between attributes.
std::string squeezed(std::string_view xml) {
  std::string out;
  for (const char c : xml) {
    const bool space = c == ' ' || c == '\n';
    if (space && (out.empty() || out.back() == ' ' || out.back() == '>')) continue;
    if (c == '<' && !out.empty() && out.back() == ' ') out.pop_back();
    out += space ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

constexpr const char* kSmooth = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<SmoothStreamingMedia MajorVersion="2" MinorVersion="2" Duration="120047165" TimeScale="10000000">
  <StreamIndex Chunks="6" Type="video" Url="QualityLevels({bitrate})/Fragments(video={start time})" QualityLevels="2">
    <QualityLevel Index="0" Bitrate="1964000" FourCC="H264" MaxWidth="1280" MaxHeight="720" CodecPrivateData="00000001674D401F0000000168EBEF" />
    <QualityLevel Index="1" Bitrate="640000" FourCC="H264" MaxWidth="640" MaxHeight="360" CodecPrivateData="00000001674D401E0000000168EBEF" />
    <c t="0" d="20000000" r="6" />
  </StreamIndex>
  <StreamIndex Chunks="6" Type="audio" Url="QualityLevels({bitrate})/Fragments(AAC_und_ch2_128kbps={start time})" QualityLevels="1" Name="AAC_und_ch2_128kbps">
    <QualityLevel AudioTag="255" Index="0" BitsPerSample="16" Bitrate="125588" FourCC="AACL" CodecPrivateData="1210" Channels="2" PacketSize="4" SamplingRate="44100" />
    <c t="0" d="20201360" /><c d="20201361" /><c d="20201360" /><c d="20201361" /><c d="20201360" /><c d="19040363" />
  </StreamIndex>
</SmoothStreamingMedia>)xml";

constexpr const char* kDash = R"xml(<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
     profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="PT12.005S" minBufferTime="PT3S">
  <Period>
    <AdaptationSet id="1" group="1" profiles="ccff" bitstreamSwitching="false" segmentAlignment="true" contentType="video"
                   mimeType="video/mp4" codecs="avc1.4D401F" maxWidth="1280" maxHeight="720" startWithSAP="1">
      <SegmentTemplate timescale="10000000"
          media="QualityLevels($Bandwidth$)/Fragments(video=$Time$,format=mpd-time-csf)"
          initialization="QualityLevels($Bandwidth$)/Fragments(video=i,format=mpd-time-csf)">
        <SegmentTimeline><S d="20000000" r="5" /></SegmentTimeline>
      </SegmentTemplate>
      <Representation id="1_V_video_1" bandwidth="1964000" width="1280" height="720" />
      <Representation id="1_V_video_2" bandwidth="640000" codecs="avc1.4D401E" width="640" height="360" />
    </AdaptationSet>
    <AdaptationSet id="2" group="5" profiles="ccff" bitstreamSwitching="false" segmentAlignment="true" contentType="audio"
                   mimeType="audio/mp4" codecs="mp4a.40.2">
      <SegmentTemplate timescale="10000000"
          media="QualityLevels($Bandwidth$)/Fragments(AAC_und_ch2_128kbps=$Time$,format=mpd-time-csf)"
          initialization="QualityLevels($Bandwidth$)/Fragments(AAC_und_ch2_128kbps=i,format=mpd-time-csf)">
        <SegmentTimeline>
          <S d="20201360" /><S d="20201361" /><S d="20201360" /><S d="20201361" /><S d="20201360" /><S d="19040363" />
        </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="5_A_AAC_und_ch2_128kbps_1" bandwidth="125588" audioSamplingRate="44100" />
    </AdaptationSet>
  </Period>
</MPD>)xml";

// A fragment taken apart.
struct Parsed {
  std::vector<std::string> order;  // box types in moof/traf
  MovieFragmentHeader mfhd;
  TrackFragmentHeader tfhd;
  TrackFragmentDecodeTime tfdt;
  TrackRun run;
  TrackFragmentExtendedHeader tfxd;
  std::size_t moof_offset = 0, moof_size = 0, media_offset = 0;
  std::string media;
};

Parsed take_apart(const std::string& bytes) {
  Parsed parsed;
  const auto top = child_boxes(as_bytes(bytes)).value();
  const BoxView* moof = find_box(top, fourcc("moof"));
  const BoxView* mdat = find_box(top, fourcc("mdat"));
  REQUIRE(moof != nullptr);
  REQUIRE(mdat != nullptr);
  parsed.moof_offset = moof->offset;
  parsed.moof_size = moof->whole.size();
  parsed.media = as_text(mdat->payload);
  parsed.media_offset = bytes.size() - parsed.media.size();
  const auto in_moof = child_boxes(moof->payload).value();
  parsed.mfhd = read_box<MovieFragmentHeader>(in_moof.at(0).payload).value();
  for (const auto& box : child_boxes(in_moof.at(1).payload).value()) {
    parsed.order.push_back(fourcc_text(box.type));
    if (box.type == fourcc("tfhd")) parsed.tfhd = read_box<TrackFragmentHeader>(box.payload).value();
    if (box.type == fourcc("tfdt")) parsed.tfdt = read_box<TrackFragmentDecodeTime>(box.payload).value();
    if (box.type == fourcc("trun")) parsed.run = read_box<TrackRun>(box.payload).value();
    if (box.type == fourcc("uuid")) parsed.tfxd = read_box<TrackFragmentExtendedHeader>(box.payload).value();
  }
  return parsed;
}

std::uint64_t total_duration(const TrackRun& run) {
  return std::accumulate(run.samples.begin(), run.samples.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const TrackRun::Sample& sample) { return sum + sample.duration; });
}

}  // namespace

TEST_CASE("the Smooth manifest is that of delivery.md 1.5", "[golden][packager]") {
  const auto manifest = get(*example(), "Manifest");
  CHECK(squeezed(manifest.body.text()) == squeezed(kSmooth));
  CHECK(manifest.content_type == "text/xml");
  CHECK_FALSE(manifest.immutable_media);
}

TEST_CASE("fmp4-v20 is version 2.0 without repeat counts", "[golden][packager]") {
  const std::string manifest = get(*example(), "Manifest(format=fmp4-v20)").body.text();
  CHECK_THAT(manifest, Catch::Contains(R"(MajorVersion="2" MinorVersion="0")"));
  CHECK_THAT(manifest, Catch::Contains(R"(<c t="0" d="20000000" /><c d="20000000" /><c d="20000000" />)"));
  CHECK_THAT(manifest, !Catch::Contains(" r="));
}

TEST_CASE("the MPD is that of delivery.md 1.5", "[golden][packager]") {
  const auto manifest = get(*example(), "Manifest(format=mpd-time-csf)");
  CHECK(squeezed(manifest.body.text()) == squeezed(kDash));
  CHECK(manifest.content_type == "application/dash+xml");
  CHECK(get(*example(), "manifest%28format%3Dmpd-time-csf%29.mpd").body.text() == manifest.body.text());
  const std::string cmaf = get(*example(), "Manifest(format=mpd-time-cmaf)").body.text();
  CHECK_THAT(cmaf, Catch::Contains("video=$Time$,format=mpd-time-cmaf)") && !Catch::Contains("ccff"));
}

TEST_CASE("languages, roles and odd names reach both manifests", "[golden][packager]") {
  auto files = test::example_asset();
  files["clip.ism"] = R"(<smil><body><switch><audio src="clip_640.mp4" title="Fran&#231;ais &quot;1&quot;">
      <param name="systemLanguage" value="fra"/><param name="trackName" value="fr &amp; 1"/>
      <param name="role" value="commentary"/><param name="accessibility" value="description"/></audio>
      <video src="clip_1964.mp4"/></switch></body></smil>)";
  const auto presentation = load(files);
  const auto name = presentation->streams()[0].name;
  const std::string smooth = get(*presentation, "Manifest").body.text();
  CHECK_THAT(smooth, Catch::Contains(R"(Name=")" + xml_escape(name) + R"(" Language="fra" Role="commentary")"));
  CHECK_THAT(smooth, Catch::Contains("Fragments(" + percent_encode(name) + "={start time})"));
  const std::string dash = get(*presentation, "Manifest(format=mpd-time-csf)").body.text();
  CHECK_THAT(dash, Catch::Contains(R"(id="1" group="5")") && Catch::Contains(R"(lang="fr")"));
  CHECK_THAT(dash, Catch::Contains(R"(<Role schemeIdUri="urn:mpeg:dash:role:2011" value="commentary" />)"));
  const auto bitrate = std::to_string(presentation->streams()[0].levels[0].bitrate);
  get(*presentation, "QualityLevels(" + bitrate + ")/Fragments(" + percent_encode(name) + "=0)");
}

TEST_CASE("a Smooth video fragment is laid out as delivery.md 2.5", "[unit][packager]") {
  const auto got = get(*example(), "QualityLevels(640000)/Fragments(video=20000000)");
  CHECK(got.content_type == "video/mp4");
  CHECK(got.immutable_media);
  const std::string bytes = got.body.text();
  CHECK(bytes.size() == got.body.size());
  const Parsed parsed = take_apart(bytes);
  CHECK(parsed.order == std::vector<std::string>{"tfhd", "trun", "uuid"});
  CHECK(parsed.moof_size == 8 + 16 + 8 + 20 + 20 + 16 * 50 + 44);
  CHECK(parsed.mfhd.sequence_number == 2);
  CHECK(parsed.tfhd.flags == 0x20);
  CHECK(parsed.tfhd.default_sample_flags == 0x01010000);
  CHECK(parsed.run.flags == 0xF01);
  CHECK(parsed.run.version == 0);
  CHECK(parsed.run.data_offset == static_cast<std::int32_t>(parsed.moof_size + 8));
  CHECK(parsed.tfxd.start == 20000000);
  CHECK(parsed.tfxd.duration == 20000000);
  CHECK(total_duration(parsed.run) == 20000000);
  CHECK(parsed.run.samples[0].flags == 0x02000000);
  CHECK(parsed.run.samples[1].flags == 0x01010000);
  std::uint64_t sizes = 0;
  for (const auto& sample : parsed.run.samples) sizes += sample.size;
  CHECK(sizes == parsed.media.size());
  CHECK(parsed.media[4] == 0x65);  // the key frame of the builder
}

TEST_CASE("a Smooth audio fragment is laid out as delivery.md 2.5", "[unit][packager]") {
  const auto got = get(*example(), "QualityLevels(125588)/Fragments(AAC_und_ch2_128kbps=20201360)");
  CHECK(got.content_type == "audio/mp4");
  const Parsed parsed = take_apart(got.body.text());
  CHECK(parsed.moof_size == 8 + 16 + 8 + 20 + 20 + 8 * 87 + 44);
  CHECK(parsed.run.flags == 0x301);
  CHECK(parsed.tfhd.default_sample_flags == 0x02000000);
  CHECK(parsed.tfxd.start == 20201360);
  CHECK(parsed.tfxd.duration == 20201361);
  CHECK(total_duration(parsed.run) == 20201361);
}

TEST_CASE("CSF and CMAF fragments carry tfdt before trun", "[unit][packager]") {
  const Parsed csf = take_apart(
      get(*example(), "QualityLevels(125588)/Fragments(AAC_und_ch2_128kbps=20201360,format=mpd-time-csf)").body.text());
  CHECK(csf.order == std::vector<std::string>{"tfhd", "tfdt", "trun"});
  CHECK(csf.tfdt.base_media_decode_time == 20201360);
  CHECK(csf.tfhd.flags == 0x020020);
  CHECK(csf.moof_offset == 0);
  const Parsed cmaf =
      take_apart(get(*example(), "QualityLevels(640000)/Fragments(video=0,format=mpd-time-cmaf)").body.text());
  CHECK(cmaf.moof_offset == 24);  // styp
  CHECK(cmaf.run.data_offset == static_cast<std::int32_t>(cmaf.moof_size + 8));
}

TEST_CASE("all fragments of a level hold its samples once and in order", "[unit][packager]") {
  const auto presentation = example();
  const auto files = test::example_asset();
  for (const Stream& stream : presentation->streams()) {
    for (const Level& level : stream.levels) {
      std::string media, expected;
      std::uint64_t time = 0;
      for (const auto& fragment : level.plan.fragments()) {
        const auto tail = "QualityLevels(" + std::to_string(level.bitrate) + ")/Fragments(" + stream.name + "=" +
                          std::to_string(fragment.start) + ")";
        const Parsed parsed = take_apart(get(*presentation, tail).body.text());
        CHECK(parsed.tfxd.start == time);
        time += total_duration(parsed.run);
        media += parsed.media;
      }
      CHECK(time == stream.timeline().end());
      const std::string& file = files.at(level.source->name);
      for (auto c = level.samples().samples(0, level.samples().count()); !c.done(); c.next()) {
        expected += file.substr(c.view().file_offset, c.view().size);
      }
      CHECK(media == expected);
    }
  }
}

TEST_CASE("neighbouring samples become one file range", "[unit][packager]") {
  const auto contiguous = get(*example(), "QualityLevels(1964000)/Fragments(video=0)");
  CHECK(contiguous.body.parts().size() == 2);  // header, media
  const auto interleaved = get(*example(), "QualityLevels(640000)/Fragments(video=0)");
  CHECK(interleaved.body.parts().size() == 1 + 5);  // 50 samples in chunks of 12
}

TEST_CASE("presentation offsets follow the edit list", "[unit][packager]") {
  auto video = test::video_track(100, 12800, 512, 50, 90'000);
  for (int i = 0; i < 100; ++i) video.offsets.push_back(i % 3 == 0 ? 1024 : i % 3 == 1 ? 1536 : 0);
  video.media_time = 1024;
  auto audio = test::audio_track(180, 44100, 40'000);
  audio.media_time = 1024;
  std::map<std::string, std::string> files;
  files["a.mp4"] = test::build_mp4({.tracks = {video, audio}});
  files["clip.ism"] = R"(<smil><body><video src="a.mp4"/><audio src="a.mp4"/></body></smil>)";
  const auto presentation = load(files);
  const auto& streams = presentation->streams();
  const auto level = [&](std::size_t i) {
    return "QualityLevels(" + std::to_string(streams[i].levels[0].bitrate) + ")/Fragments(" + streams[i].name;
  };
  const Parsed parsed = take_apart(get(*presentation, level(0) + "=0)").body.text());
  CHECK(parsed.run.version == 1);
  CHECK(parsed.run.samples[0].composition_time_offset == 0);
  CHECK(parsed.run.samples[1].composition_time_offset == 400000);
  CHECK(parsed.run.samples[2].composition_time_offset == -800000);
  const Parsed csf = take_apart(get(*presentation, level(0) + "=0,format=mpd-time-csf)").body.text());
  CHECK(csf.run.version == 0);
  CHECK(csf.run.samples[0].composition_time_offset == 800000);
  CHECK(csf.run.samples[2].composition_time_offset == 0);
  const Parsed cmaf = take_apart(get(*presentation, level(0) + "=0,format=mpd-time-cmaf)").body.text());
  CHECK(cmaf.run.samples[2].composition_time_offset == -800000);
  const auto elst = [&](std::size_t i) {
    const std::string init = get(*presentation, level(i) + "=i,format=mpd-time-csf)").body.text();
    const auto at = init.find("elst");
    return at == std::string::npos ? 0 : read_be(as_bytes(init).data() + at + 16, 4);
  };
  CHECK(elst(0) == 800000);  // takes off what keeps the offsets of CSF from being negative
  CHECK(elst(1) == 232199);  // audio, which has no offsets there, by its edit list
}

TEST_CASE("renditions that are off by part of a frame keep the chunk durations", "[unit][packager]") {
  auto late = test::video_track(150, 12800, 512, 50, 80'000);
  late.durations[49] = 640;
  late.durations[50] = 384;
  std::map<std::string, std::string> files;
  files["a.mp4"] = test::build_mp4({.tracks = {test::video_track(150, 12800, 512, 50, 90'000)}});
  files["b.mp4"] = test::build_mp4({.tracks = {late}});
  files["clip.ism"] = R"(<smil><body><video src="a.mp4"/><video src="b.mp4"/></body></smil>)";
  const auto presentation = load(files);
  const auto bitrate = std::to_string(presentation->video()->levels[1].bitrate);
  for (const auto* time : {"0", "20000000", "40000000"}) {
    const Parsed parsed =
        take_apart(get(*presentation, "QualityLevels(" + bitrate + ")/Fragments(video=" + time + ")").body.text());
    CHECK(total_duration(parsed.run) == 20000000);
    CHECK(parsed.run.sample_count == 50);
  }
}

TEST_CASE("a key frame request gives the first sample alone", "[unit][packager]") {
  const Parsed parsed = take_apart(get(*example(), "QualityLevels(640000)/KeyFrames(video=20000000)").body.text());
  CHECK(parsed.run.sample_count == 1);
  CHECK(parsed.run.samples[0].duration == 400000);
  CHECK(parsed.tfxd.duration == 400000);
}

TEST_CASE("requests for what does not exist have the vendor's names", "[unit][packager]") {
  const auto& p = *example();
  CHECK(error_of(p, "QualityLevels(640000)/Fragments(video=1)") == "NotFound MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(error_of(p, "QualityLevels(640000)/Fragments(video=120000000)") == "NotFound MPE_FRAGMENT_TIMESTAMP_NOT_FOUND");
  CHECK(error_of(p, "QualityLevels(1)/Fragments(video=0)") == "NotFound MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND");
  CHECK(error_of(p, "QualityLevels(1)/Fragments(x=0)") == "NotFound MPE_EGRESS_TRACK_NOT_FOUND");
  CHECK(error_of(p, "QualityLevels(640000)/Fragments(video=i)") == "InvalidArgument MPE_BAD_URL_SYNTAX");
  CHECK(error_of(p, "QualityLevels(640000)/Manifest(video,format=mpd-time-csf)") ==
        "InvalidArgument MPE_BAD_URL_SYNTAX");
  CHECK(error_of(p, "Manifest(filter=none)") == "NotFound MPE_EGRESS_FILTER_NOT_FOUND");
  CHECK(error_of(p, "Manifest(encryption=cenc)") == "Forbidden MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY");
}
