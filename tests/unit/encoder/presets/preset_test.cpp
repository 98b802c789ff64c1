// Presets to plans: named data, JSON and XML as clients write them, and what is refused (processing.md 3b, 3c).
#include "encoder/presets/preset.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

namespace lazulite::encoder {
namespace {

using std::chrono::milliseconds;

std::string preset_with(const std::string& video, const std::string& layer, const std::string& audio = "") {
  return fmt::format(R"({{"Version": 1.0, "Codecs": [{{"Type": "H264Video", {} "H264Layers": [{}]}}{}],
    "Outputs": [{{"FileName": "{{Basename}}_{{VideoBitrate}}.mp4", "Format": {{"Type": "MP4Format"}}}}]}})",
                     video, layer, audio);
}

void check_refused(const std::string& configuration, const std::string& word) {
  const auto plan = compile_preset(configuration);
  INFO(configuration.substr(0, 300));
  REQUIRE_FALSE(plan);
  CHECK(plan.error().detail == "ErrorParsingConfiguration");
  INFO(plan.error().message);
  CHECK(plan.error().message.find(word) != std::string::npos);
}

TEST_CASE("every named preset compiles", "[unit][encoder]") {
  REQUIRE(named_presets(PresetFamily::kMediaEncoderStandard).size() == 37);
  for (const NamedPreset& preset : named_presets(PresetFamily::kMediaEncoderStandard)) {
    INFO(preset.name);
    const auto plan = compile_preset(preset.name);
    REQUIRE(plan);
    CHECK(plan->video.has_value() == (preset.name.find("H264") != std::string_view::npos));
    CHECK(plan->audio.has_value() == (preset.name.find("Video Only") == std::string_view::npos));
    if (plan->audio && preset.name.find("5.1") != std::string_view::npos) CHECK(plan->audio->channels == 6);
    if (plan->video) {
      CHECK((plan->video->layers.size() > 1) == (preset.name.find("Multiple") != std::string_view::npos));
      CHECK(plan->video->scene_change_detection == (plan->video->layers.size() == 1));
    }
  }
}

TEST_CASE("the 720p ladder is what the service documents", "[unit][encoder]") {
  const auto plan = compile_preset("\xEF\xBB\xBF h264 MULTIPLE bitrate 720p \r\n");
  REQUIRE(plan);
  REQUIRE(plan->video);
  CHECK(plan->video->key_frame_interval == milliseconds{2000});
  std::string ladder;
  for (const VideoLayer& layer : plan->video->layers) {
    ladder += fmt::format("{}x{} {};", layer.width.value, layer.height.value, layer.bitrate_kbps);
    CHECK(layer.max_bitrate_kbps == layer.bitrate_kbps);
    CHECK(layer.buffer_window == milliseconds{5000});
    CHECK(layer.b_frames == 3);
    CHECK(layer.reference_frames == 3);
  }
  CHECK(ladder == "1280x720 3400;960x540 2250;960x540 1500;640x360 1000;640x360 650;320x180 400;");
  REQUIRE(plan->audio);
  CHECK(plan->audio->bitrate_kbps == 128);
  CHECK(plan->interleaved);
}

TEST_CASE("Adaptive Streaming is a plan without layers", "[unit][encoder]") {
  const auto plan = compile_preset("adaptive streaming");
  REQUIRE(plan);
  CHECK(plan->automatic_ladder);
  CHECK_FALSE(plan->interleaved);
}

TEST_CASE("JSON is read as clients write it", "[unit][encoder]") {
  const std::string json = R"({ // a comment
    'version': '1.0', "codecs": [
      {"type": "h264video", 'KEYFRAMEINTERVAL': "00:00:04", "SceneChangeDetection": "false", "TwoPass": true,
       "H264Layers": [{"Bitrate": "1500", "Width": "50%", "FrameRate": "25", "Profile": "main", "Level": "3.1", "Type": "H264Layer",},],},
      /* sound */ {"Type": "AACAudio", "Profile": "AACLC", "Channels": "2", "SamplingRate": "44100", "Bitrate": "96"},
    ],
    "Outputs": [{"FileName": 'it\'s_"{Basename}"_{Resolution}.mp4', "Format": {"Type": "MP4Format"}}]})";
  const auto plan = compile_preset(json);
  REQUIRE(plan);
  REQUIRE(plan->video);
  CHECK(plan->video->key_frame_interval == milliseconds{4000});
  REQUIRE(plan->video->layers.size() == 1);
  const VideoLayer& layer = plan->video->layers[0];
  CHECK(layer.bitrate_kbps == 1500);
  CHECK(layer.width == Dimension{Dimension::Unit::kPercent, 50});
  CHECK(layer.height.unit == Dimension::Unit::kAbsent);
  CHECK(layer.profile == H264Profile::kMain);
  CHECK(layer.level == "3.1");
  CHECK(plan->video->frame_rate == Fraction{25, 1});
  CHECK(plan->audio->sampling_rate == 44100);
  CHECK(plan->file_name == "it's_\"{Basename}\"_{Resolution}.mp4");
}

TEST_CASE("XML carries the same model", "[unit][encoder]") {
  const std::string xml = R"(<?xml version="1.0" encoding="utf-16"?>
<Preset xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns="http://www.windowsazure.com/media/encoding/Preset/2014/03" Version="1.0">
  <Encoding>
    <Chapters/>
    <H264Video>
      <KeyFrameInterval>00:00:02</KeyFrameInterval>
      <StretchMode>AutoFit</StretchMode>
      <H264Layers>
        <H264Layer><Bitrate>3400</Bitrate><Width>1280</Width><Height>720</Height><FrameRate>0/1</FrameRate><Profile>Auto</Profile>
          <Level>auto</Level><BFrames>3</BFrames><ReferenceFrames>3</ReferenceFrames><Slices>0</Slices><AdaptiveBFrame>true</AdaptiveBFrame>
          <EntropyMode>Cabac</EntropyMode><BufferWindow>00:00:05</BufferWindow><MaxBitrate>4000</MaxBitrate></H264Layer>
        <H264Layer><Bitrate>400</Bitrate><Width>320</Width><Height>180</Height></H264Layer>
      </H264Layers>
    </H264Video>
    <AACAudio><Profile>AACLC</Profile><Channels>6</Channels><SamplingRate>48000</SamplingRate><Bitrate>384</Bitrate></AACAudio>
  </Encoding>
  <Outputs><Output FileName="{Basename}_{Width}x{Height}_{VideoBitrate}.mp4"><MP4Format/></Output></Outputs>
</Preset>)";
  const auto plan = compile_preset(xml);
  REQUIRE(plan);
  REQUIRE(plan->video);
  REQUIRE(plan->video->layers.size() == 2);
  CHECK(plan->video->layers[0].max_bitrate_kbps == 4000);
  CHECK(plan->video->stretch == StretchMode::kAutoFit);
  CHECK(plan->audio->channels == 6);
  CHECK(plan->file_name == "{Basename}_{Width}x{Height}_{VideoBitrate}.mp4");
  CHECK(compile_preset(base64_encode(as_bytes(xml))));  // some clients wrap it, processing.md 2.2
}

TEST_CASE("a layer's defaults follow its profile", "[unit][encoder]") {
  const auto plan = compile_preset(preset_with("", R"({"Bitrate": 500, "Profile": "Baseline", "BFrames": 2})"));
  REQUIRE(plan);
  CHECK(plan->video->layers[0].b_frames == 0);
  CHECK_FALSE(plan->video->layers[0].cabac);
  CHECK(plan->video->layers[0].max_bitrate_kbps == 500);
}

TEST_CASE("faulty presets are refused and say why", "[unit][encoder]") {
  check_refused("", "empty");
  check_refused("H264 Multiple Bitrate 999p", "H264 Multiple Bitrate 999p");
  check_refused("{\"Version\": 1.0,", "does not parse");
  check_refused("<Preset Version=\"1.0\"><Encoding></Preset>", "does not parse");
  check_refused("<Presets/>", "Preset");
  check_refused("{}", "Version");
  check_refused(R"({"Version": 1.0})", "Codecs");
  check_refused(R"({"Version": 2.0, "Codecs": [], "Outputs": []})", "Version");
  check_refused(preset_with("", R"({"Width": 640})"), "Bitrate");
  check_refused(preset_with("", R"({"Bitrate": 0})"), "Bitrate");
  check_refused(preset_with("", R"({"Bitrate": "fast"})"), "Bitrate");
  check_refused(preset_with("", R"({"Bitrate": 500, "Width": 100000})"), "Width");
  check_refused(preset_with("", R"({"Bitrate": 500, "Width": "150%"})"), "Width");
  check_refused(preset_with("", R"({"Bitrate": 500, "Level": "9.9"})"), "Level");
  check_refused(preset_with("", R"({"Bitrate": 500, "Profile": "High10"})"), "Profile");
  check_refused(preset_with("", R"({"Bitrate": 500, "FrameRate": "1/0"})"), "FrameRate");
  check_refused(preset_with("", R"({"Bitrate": 500, "BFrames": 99})"), "BFrames");
  check_refused(preset_with("", R"({"Bitrate": 500, "Colour": "red"})"), "Colour");
  check_refused(preset_with("", R"({"Bitrate": 500, "FrameRate": "25"}, {"Bitrate": 400, "FrameRate": "30"})"),
                "FrameRate");
  check_refused(preset_with(R"("SceneChangeDetection": true,)", R"({"Bitrate": 500}, {"Bitrate": 400})"),
                "SceneChangeDetection");
  check_refused(preset_with(R"("KeyFrameInterval": "two seconds",)", R"({"Bitrate": 500})"), "KeyFrameInterval");
  check_refused(preset_with(R"("Condition": "InsertRedIfNoVideo",)", R"({"Bitrate": 500})"), "Condition");
  check_refused(preset_with("", ""), "H264Layers");
}

TEST_CASE("parts of the schema that are not served are refused by name", "[unit][encoder]") {
  const std::string layer = R"({"Bitrate": 500})";
  check_refused(preset_with("", layer, R"(, {"Type": "WebpImage", "Start": "{Best}"})"), "WebpImage");
  check_refused(preset_with("", layer, R"(, {"Type": "CopyVideo"})"), "CopyVideo");
  std::string sources = preset_with("", layer);
  sources.insert(1, R"("Sources": [{"StartTime": "00:00:04", "Filters": {"Emboss": {}}}],)");
  check_refused(sources, "Emboss");
  std::string images = preset_with("", layer);
  images.replace(images.find("MP4Format"), 9, "GifFormat");
  check_refused(images, "GifFormat");
}

std::string image_preset(const std::string& codec, const std::string& name = "{Basename}_{Index}{Extension}",
                         const std::string& format = "JpgFormat") {
  return fmt::format(
      R"({{"Version": 1.0, "Codecs": [{}], "Outputs": [{{"FileName": "{}", "Format": {{"Type": "{}"}}}}]}})", codec,
      name, format);
}

TEST_CASE("pictures compile from JSON and from XML", "[unit][encoder]") {
  const auto json = compile_preset(image_preset(
      R"({"Type": "JpgImage", "Start": "00:00:01", "Step": "5%", "Range": "300", "SpriteColumn": 5,
          "JpgLayers": [{"Type": "JpgLayer", "Quality": 80, "Width": "25%", "Height": "25%"}]})"));
  REQUIRE(json);
  const std::string xml = R"(<Preset Version="1.0" xmlns="http://www.windowsazure.com/media/encoding/Preset/2014/03">
    <Encoding><JpgImage Start="00:00:01" Step="5%" Range="300"><SpriteColumn>5</SpriteColumn>
      <JpgLayers><JpgLayer><Width>25%</Width><Height>25%</Height><Quality>80</Quality></JpgLayer></JpgLayers></JpgImage></Encoding>
    <Outputs><Output FileName="{Basename}_{Index}{Extension}"><JpgFormat/></Output></Outputs></Preset>)";
  const auto same = compile_preset(xml);
  REQUIRE(same);
  for (const auto* plan : {&*json, &*same}) {
    CHECK_FALSE(plan->video);
    CHECK_FALSE(plan->server_manifest);
    REQUIRE(plan->images.size() == 1);
    const ImagePlan& images = plan->images[0];
    CHECK(images.sprite_columns == 5);
    REQUIRE(images.spans.size() == 1);
    CHECK(images.spans[0].start.unit == ImageTime::Unit::kSeconds);
    CHECK(images.spans[0].start.value == 1);
    CHECK(images.spans[0].step->unit == ImageTime::Unit::kPercent);
    CHECK(images.spans[0].end->unit == ImageTime::Unit::kFrame);
    REQUIRE(images.layers.size() == 1);
    CHECK(images.layers[0].quality == 80);
    CHECK(images.layers[0].width == Dimension{Dimension::Unit::kPercent, 25});
  }
}

TEST_CASE("sources compile from JSON", "[unit][encoder]") {
  std::string json = preset_with("", R"({"Bitrate": 500})");
  json.insert(
      1, R"("Sources": [{"AssetID": "nb:cid:UUID:AAAAAAAA-0000-0000-0000-000000000000", "StartTime": "1.02:00:00.5",
    "Duration": "PT1M4S", "Streams": [{"Type": "AudioStream", "Value": "LowestBitrate"}], "Filters": {"Rotation": "270",
    "Deinterlace": {"Mode": "Off"}, "Crop": {"X": 2, "Y": 4, "Width": 640, "Height": 360}}}, {}],)");
  const auto plan = compile_preset(json);
  REQUIRE(plan);
  REQUIRE(plan->sources.size() == 2);
  const SourcePlan& source = plan->sources[0];
  CHECK(source.asset_guid == "aaaaaaaa-0000-0000-0000-000000000000");
  CHECK(source.start_seconds == 26 * 3600 + 0.5);
  CHECK(source.duration_seconds == 64);
  CHECK(source.audio.kind == StreamPick::Kind::kLowest);
  CHECK(source.video.kind == StreamPick::Kind::kTop);
  CHECK(source.filters.rotation == 270);
  CHECK(source.filters.deinterlace == Deinterlace::kOff);
  REQUIRE(source.filters.crop);
  CHECK(source.filters.crop->height == 360);
}

TEST_CASE("faulty pictures are refused and say why", "[unit][encoder]") {
  check_refused(image_preset(R"({"Type": "JpgImage"})"), "Start");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "soon"})"), "Start");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "101%"})"), "Start");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "0", "Step": "0"})"), "Step");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "0", "JpgLayers": [{"Quality": 101}]})"), "Quality");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "0", "Step": "5"})", "a.jpg"), "{Index}");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "0"})", "{Index}{Index}.jpg"), "{Index}");
  check_refused(image_preset(R"({"Type": "JpgImage", "Start": "0"})", "{Index}.png", "PngFormat"), "JpgFormat");
  check_refused(image_preset(R"({"Type": "PngImage", "Start": "0", "SpriteColumn": 3})", "{Index}.png", "PngFormat"),
                "SpriteColumn");
}

TEST_CASE("the strings of the older encoder compile to their own plans", "[unit][encoder]") {
  const auto family = PresetFamily::kAzureMediaEncoder;
  REQUIRE(named_presets(family).size() == 31);
  for (const NamedPreset& preset : named_presets(family)) {
    INFO(preset.name);
    const auto plan = compile_preset(preset.name, family);
    if (preset.name.starts_with("VC1") || preset.name.starts_with("WMA")) {
      REQUIRE_FALSE(plan);
      CHECK(plan.error().detail == "ErrorExecutingTaskUnsupportedFormat");
      continue;
    }
    REQUIRE(plan);
    CHECK(plan->video.has_value() == preset.name.starts_with("H264"));
  }
  const auto ladder = compile_preset("h264 adaptive bitrate mp4 set 720P", family);
  REQUIRE(ladder);
  REQUIRE(ladder->video->layers.size() == 6);
  CHECK(ladder->video->layers[0].bitrate_kbps == 3400);
  CHECK(ladder->video->layers[0].profile == H264Profile::kMain);
  CHECK(ladder->video->layers[0].reference_frames == 4);
  CHECK(ladder->video->key_frame_interval == milliseconds{2000});
  CHECK(ladder->audio->bitrate_kbps == 96);
  REQUIRE(ladder->audio_files.size() == 2);
  CHECK(ladder->audio_files[1].bitrate_kbps == 56);
  // The same name means another rate to each encoder.
  CHECK(compile_preset("AAC Good Quality Audio", family)->audio_files.at(0).sampling_rate == 44100);
  CHECK(compile_preset("AAC Good Quality Audio")->audio->sampling_rate == 48000);
  CHECK(compile_preset("H264 Broadband 720p"));  // Media Encoder Standard knows them too
}

TEST_CASE("what the older encoder's XML asks for and cannot be is refused by name", "[unit][encoder]") {
  const auto media_file = [](const std::string& attributes, const std::string& inside) {
    return "<Presets><Preset><MediaFile " + attributes + ">" + inside + "</MediaFile></Preset></Presets>";
  };
  check_refused(media_file(R"(OverlayFileName="logo.png" OverlayRect="1, 2")", ""), "OverlayRect");
  check_refused(media_file(R"(OverlayFileName="logo.png" OverlayOpacity="2")", ""), "OverlayOpacity");
  check_refused(media_file(R"(OverlayFileName="logo.png" OverlayLayoutMode="Often")", ""), "OverlayLayoutMode");
  check_refused(media_file(R"(ThumbnailMode="Often")", ""), "ThumbnailMode");
  check_refused(media_file(R"(ThumbnailMode="FirstFrame" ThumbnailCodec="Gif")", ""), "ThumbnailCodec");
  check_refused(media_file(R"(CropRect="1, 2, 30%, 40")", ""), "CropRect");
  check_refused(media_file(R"(DeinterlaceMode="InverseTelecine")", ""), "InverseTelecine");
  check_refused(media_file(R"(CropRect="1, 2, 3")", ""), "CropRect");
  check_refused(media_file("", "<Effects/>"), "Effects");
  check_refused(media_file("", R"(<Sources><Source MediaFile="film.mp4"/></Sources>)"), "film.mp4");
  check_refused(
      media_file(
          "", R"(<Sources><Source><Clips><Clip StartTime="00:00:03" EndTime="00:00:02"/></Clips></Source></Sources>)"),
      "EndTime");
  check_refused(media_file("", "<OutputFormat><FlashOutputFormat/></OutputFormat>"), "FlashOutputFormat");
  check_refused("<Presets><Preset/></Presets>", "MediaFile");
  check_refused("<Thumbnail Size=\"big\"><Time Value=\"0:0:1\"/></Thumbnail>", "Size");
  check_refused("<Thumbnail Type=\"Gif\"><Time Value=\"0:0:1\"/></Thumbnail>", "Gif");
}

TEST_CASE("StretchMode beside the codecs holds for those that do not say their own", "[unit][encoder]") {
  const auto plan = compile_preset(R"({"Version": 1.0, "StretchMode": "AutoFit", "Codecs": [
      {"Type": "PngImage", "Start": "00:00:00", "PngLayers": [{"Width": 64}]},
      {"Type": "H264Video", "H264Layers": [{"Bitrate": 300}]},
      {"Type": "JpgImage", "Start": "00:00:00", "StretchMode": "None", "JpgLayers": [{"Width": 64}]}],
    "Outputs": [{"FileName": "a_{Index}.png", "Format": {"Type": "PngFormat"}},
                {"FileName": "a_{Index}.jpg", "Format": {"Type": "JpgFormat"}},
                {"FileName": "a.mp4", "Format": {"Type": "MP4Format"}}]})");
  REQUIRE(plan);
  CHECK(plan->video->stretch == StretchMode::kAutoFit);
  CHECK(plan->images.at(0).stretch == StretchMode::kAutoFit);
  CHECK(plan->images.at(1).stretch == StretchMode::kNone);
}

TEST_CASE("AAC rates outside the table are refused", "[unit][encoder]") {
  const auto audio = [](const char* profile, int channels, int rate, int kbps) {
    return fmt::format(
        R"({{"Version": 1.0, "Codecs": [{{"Type": "AACAudio", "Profile": "{}", "Channels": {}, "SamplingRate": {},
      "Bitrate": {}}}], "Outputs": [{{"FileName": "a.mp4", "Format": {{"Type": "MP4Format"}}}}]}})",
        profile, channels, rate, kbps);
  };
  CHECK(compile_preset(audio("AACLC", 2, 48000, 96)));
  CHECK(compile_preset(audio("AACLC", 2, 48000, 576)));
  CHECK(compile_preset(audio("HEAACV2", 2, 48000, 24)));
  check_refused(audio("AACLC", 2, 48000, 95), "96 to 576");
  check_refused(audio("AACLC", 2, 48000, 577), "96 to 576");
  check_refused(audio("AACLC", 3, 48000, 128), "3 channels");
  check_refused(audio("AACLC", 2, 8000, 16), "8000");
  check_refused(audio("HEAACV2", 1, 48000, 32), "1 channels");
}

TEST_CASE("hostile preset texts are bounded", "[unit][encoder]") {
  check_refused("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}", "does not parse");
  check_refused(std::string(500'000, '{'), "longer");
  std::string deep = "<Preset Version=\"1.0\">";
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  check_refused(deep, "does not parse");
  std::string wide = "<Preset Version=\"1.0\">";
  for (int i = 0; i < 3000; ++i) wide += fmt::format("<a{}/>", i);
  check_refused(wide + "</Preset>", "elements");
}

}  // namespace
}  // namespace lazulite::encoder
