// The MES preset schema (processing.md 3c). What is not supported is refused by name.
#include "encoder/presets/audio_limits.hpp"
#include "encoder/presets/mes_images.hpp"
#include "encoder/presets/mes_sources.hpp"
#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/presets/preset_fields.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>

namespace lazulite::encoder {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxLayers = 32, kMaxImageCodecs = 16;

Result<std::string> level(const Fields& fields) {
  constexpr std::array<std::string_view, 20> kLevels = {"1",   "1.1", "1.2", "1.3", "2",   "2.1", "2.2",
                                                        "3",   "3.1", "3.2", "4",   "4.1", "4.2", "5",
                                                        "5.1", "5.2", "6",   "6.1", "6.2", "1b"};
  LAZULITE_TRY(const auto text, fields.text("Level"));
  if (!text || text->empty() || equals_ignoring_case(*text, "Auto")) return std::string{};
  std::string_view value = *text;
  if (value.ends_with(".0")) value.remove_suffix(2);
  if (std::find(kLevels.begin(), kLevels.end(), value) == kLevels.end()) {
    return bad_preset("{}.Level: '{}' is no H.264 level", fields.path(), *text);
  }
  return std::string{value};
}

// "30000/1001", "25" or "0/1" for the source's rate.
Result<Fraction> frame_rate(const Fields& fields) {
  LAZULITE_TRY(const auto text, fields.text("FrameRate"));
  if (!text || text->empty()) return Fraction{};
  const auto parts = split(*text, '/');
  const auto numerator = parse_int64(trim(parts[0]));
  const auto denominator = parts.size() == 2 ? parse_int64(trim(parts[1])) : std::optional<std::int64_t>{1};
  const bool sound = parts.size() <= 2 && numerator && denominator && *numerator >= 0 && *numerator <= 1'000'000 &&
                     *denominator > 0 && *denominator <= 100'000 && *numerator <= 120 * *denominator;
  if (!sound)
    return bad_preset("{}.FrameRate: '{}' is no frame rate up to 120 such as 30000/1001", fields.path(), *text);
  if (*numerator == 0) return Fraction{};
  return Fraction{static_cast<int>(*numerator), static_cast<int>(*denominator)};
}

Result<void> encoder_tools(const Fields& fields, VideoLayer& layer) {
  LAZULITE_TRY(layer.profile, fields.choice<H264Profile>("Profile", {{"Auto", H264Profile::kAuto},
                                                                     {"Baseline", H264Profile::kBaseline},
                                                                     {"Main", H264Profile::kMain},
                                                                     {"High", H264Profile::kHigh}}));
  LAZULITE_TRY(layer.level, level(fields));
  LAZULITE_TRY(layer.b_frames, fields.integer("BFrames", layer.b_frames, 0, 16));
  LAZULITE_TRY(layer.reference_frames, fields.integer("ReferenceFrames", layer.reference_frames, 1, 16));
  LAZULITE_TRY(layer.slices, fields.integer("Slices", 0, 0, 64));
  LAZULITE_TRY(layer.adaptive_b_frames, fields.boolean("AdaptiveBFrame", true));
  LAZULITE_TRY(layer.cabac, fields.choice<bool>("EntropyMode", {{"Cabac", true}, {"Cavlc", false}}));
  if (layer.profile == H264Profile::kBaseline) {
    layer.b_frames = 0;
    layer.cabac = false;
  }
  return {};
}

Result<VideoLayer> compile_layer(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "Bitrate", "MaxBitrate", "BufferWindow", "Width", "Height", "Profile", "Level",
                              "BFrames", "ReferenceFrames", "EntropyMode", "FrameRate", "AdaptiveBFrame", "Slices"}));
  VideoLayer layer;
  LAZULITE_TRY(layer.bitrate_kbps, fields.required_integer("Bitrate", 1, 200'000));
  LAZULITE_TRY(const int max_bitrate, fields.integer("MaxBitrate", layer.bitrate_kbps, 1, 400'000));
  layer.max_bitrate_kbps = std::max(max_bitrate, layer.bitrate_kbps);
  LAZULITE_TRY(layer.buffer_window, fields.duration("BufferWindow", layer.buffer_window, std::chrono::milliseconds{100},
                                                    std::chrono::seconds{100}));
  LAZULITE_TRY(layer.width, dimension(fields, "Width", 16));
  LAZULITE_TRY(layer.height, dimension(fields, "Height", 16));
  LAZULITE_CHECK(encoder_tools(fields, layer));
  return layer;
}

Result<void> compile_layers(const Fields& fields, VideoPlan& plan) {
  LAZULITE_TRY(const auto layers, fields.objects("H264Layers"));
  if (layers.empty()) return bad_preset("{}: H264Layers is missing or empty", fields.path());
  if (layers.size() > kMaxLayers) return bad_preset("{}: more than {} layers", fields.path(), kMaxLayers);
  for (const Fields& entry : layers) {
    LAZULITE_TRY(auto layer, compile_layer(entry));
    LAZULITE_TRY(const Fraction rate, frame_rate(entry));
    if (!plan.layers.empty() && rate != plan.frame_rate) {
      return bad_preset("{}: all layers of a video must have the same FrameRate", entry.path());
    }
    plan.frame_rate = rate;
    plan.layers.push_back(std::move(layer));
  }
  return {};
}

Result<VideoPlan> compile_video(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "KeyFrameInterval", "SceneChangeDetection", "Complexity", "TwoPass", "SyncMode",
                              "StretchMode", "PreserveResolutionAfterRotation", "Condition", "H264Layers"}));
  VideoPlan plan;
  LAZULITE_TRY(plan.key_frame_interval, fields.duration("KeyFrameInterval", plan.key_frame_interval,
                                                        std::chrono::milliseconds{100}, std::chrono::seconds{60}));
  LAZULITE_TRY(plan.scene_change_detection, fields.boolean("SceneChangeDetection", false));
  LAZULITE_TRY(plan.effort, fields.choice<Effort>("Complexity", {{"Balanced", Effort::kBalanced},
                                                                 {"Speed", Effort::kSpeed},
                                                                 {"Quality", Effort::kQuality}}));
  LAZULITE_TRY(plan.stretch, stretch_mode(fields));
  LAZULITE_TRY(plan.preserve_resolution_after_rotation, fields.boolean("PreserveResolutionAfterRotation", false));
  LAZULITE_TRY(plan.black, fields.choice<BlackVideo>(
                               "Condition", {{"", BlackVideo::kNone},
                                             {"InsertBlackIfNoVideo", BlackVideo::kAllLayers},
                                             {"InsertBlackIfNoVideoBottomLayerOnly", BlackVideo::kBottomLayer}}));
  LAZULITE_CHECK(compile_layers(fields, plan));
  if (plan.scene_change_detection && plan.layers.size() > 1) {
    return bad_preset("{}: SceneChangeDetection is possible with a single layer only", fields.path());
  }
  return plan;
}

Result<AudioPlan> compile_audio(const Fields& fields) {
  LAZULITE_CHECK(fields.only({"Type", "Profile", "Channels", "SamplingRate", "Bitrate", "Condition"}));
  AudioPlan plan;
  LAZULITE_TRY(plan.profile, fields.choice<AacProfile>("Profile", {{"AACLC", AacProfile::kLc},
                                                                   {"HEAACV1", AacProfile::kHeV1},
                                                                   {"HEAACV2", AacProfile::kHeV2}}));
  LAZULITE_TRY(plan.channels, fields.integer("Channels", 2, 1, 8));
  LAZULITE_TRY(plan.sampling_rate, fields.integer("SamplingRate", 48000, 8000, 96000));
  LAZULITE_TRY(plan.bitrate_kbps, fields.integer("Bitrate", 128, 1, 2000));
  if (auto valid = require_valid_aac(plan); !valid) return bad_preset("{}: {}", fields.path(), valid.error().message);
  return plan;
}

Result<void> compile_codec(const Fields& fields, EncodePlan& plan) {
  LAZULITE_TRY(const auto type, fields.text("Type"));
  const std::string_view name = type ? std::string_view{*type} : std::string_view{};
  if (equals_ignoring_case(name, "H264Video")) {
    if (plan.video) return bad_preset("{}: a second H264Video is not supported", fields.path());
    LAZULITE_TRY(plan.video, compile_video(fields));
    return {};
  }
  if (equals_ignoring_case(name, "AACAudio")) {
    if (plan.audio) return bad_preset("{}: a second AACAudio is not supported", fields.path());
    LAZULITE_TRY(plan.audio, compile_audio(fields));
    LAZULITE_TRY(plan.silence_if_no_audio,
                 fields.choice<bool>("Condition", {{"", false}, {"InsertSilenceIfNoAudio", true}}));
    return {};
  }
  if (equals_ignoring_case(name, "CopyVideo") || equals_ignoring_case(name, "CopyAudio")) {
    LAZULITE_CHECK(fields.only({"Type", "Value"}));
    (equals_ignoring_case(name, "CopyVideo") ? plan.copy_video : plan.copy_audio) = true;
    return {};
  }
  if (const ImageKind* kind = find_image_kind(name)) {
    if (plan.images.size() == kMaxImageCodecs) return bad_preset("Codecs: more than {} of pictures", kMaxImageCodecs);
    LAZULITE_TRY(auto images, compile_image(fields, *kind));
    plan.images.push_back(std::move(images));
    return {};
  }
  return bad_preset("{}: the codec type '{}' is not supported", fields.path(), name);
}

Result<std::string> file_name(const Fields& output) {
  LAZULITE_TRY(const auto name, output.text("FileName"));
  if (!name || name->empty()) return bad_preset("{}: FileName is missing", output.path());
  LAZULITE_CHECK(require_valid_template(*name));
  return *name;
}

// An output takes every codec its format fits (processing.md 3c.2).
Result<void> compile_output(const Fields& output, EncodePlan& plan) {
  LAZULITE_CHECK(output.only({"Type", "FileName", "Format", "Condition"}));
  LAZULITE_TRY(const auto name, file_name(output));
  LAZULITE_TRY(const auto format, output.object("Format"));
  LAZULITE_TRY(const auto type, format.text("Type"));
  const std::string_view format_name = type ? std::string_view{*type} : std::string_view{};
  const bool transport_stream = equals_ignoring_case(format_name, "TSFormat");
  if (transport_stream || equals_ignoring_case(format_name, "MP4Format")) {
    if (!plan.file_name.empty()) return bad_preset("{}: a second output of media is not supported", output.path());
    plan.file_name = name;
    if (transport_stream) plan.container = Container::kTransportStream;
    LAZULITE_TRY(plan.interleaved, output.choice<bool>("Condition", {{"", true}, {"NonInterleaved", false}}));
    return {};
  }
  const ImageKind* kind = find_image_kind(format_name);
  if (kind == nullptr) return bad_preset("{}: the format '{}' is not supported", output.path(), format_name);
  for (ImagePlan& images : plan.images) {
    if (images.format == kind->format && images.file_name.empty()) images.file_name = name;
  }
  return {};
}

// The schema has StretchMode also beside the codecs: what holds for those that do not say their own.
Result<void> spread_stretch_mode(const Fields& preset, const std::vector<Fields>& codecs, EncodePlan& plan) {
  if (!preset.has("StretchMode")) return {};
  LAZULITE_TRY(const StretchMode mode, stretch_mode(preset));
  std::size_t images = 0;
  for (const Fields& codec : codecs) {
    LAZULITE_TRY(const auto type, codec.text("Type"));
    const bool video = equals_ignoring_case(type.value_or(""), "H264Video");
    const bool picture = find_image_kind(type.value_or("")) != nullptr;
    if (video && !codec.has("StretchMode")) plan.video->stretch = mode;
    if (picture && !codec.has("StretchMode")) plan.images[images].stretch = mode;
    if (picture) ++images;
  }
  return {};
}

Result<void> compile_outputs(const Fields& preset, EncodePlan& plan) {
  LAZULITE_TRY(const auto outputs, preset.objects("Outputs"));
  if (outputs.empty()) return bad_preset("Outputs: there must be at least one");
  if (outputs.size() > kMaxLayers) return bad_preset("Outputs: more than {}", kMaxLayers);
  for (const Fields& output : outputs) LAZULITE_CHECK(compile_output(output, plan));
  const bool media = plan.video || plan.audio || plan.copy_video || plan.copy_audio;
  if (media && plan.file_name.empty())
    return bad_preset("Outputs: there is none of MP4Format or TSFormat for the video and audio");
  for (const ImagePlan& images : plan.images) LAZULITE_CHECK(require_image_name(images));
  plan.server_manifest = media && plan.container == Container::kMp4;  // transport streams are not streamed from
  return {};
}

Result<void> require_compatible(const EncodePlan& plan) {
  if (plan.video && plan.copy_video) return bad_preset("Codecs: H264Video and CopyVideo exclude each other");
  if (plan.audio && plan.copy_audio) return bad_preset("Codecs: AACAudio and CopyAudio exclude each other");
  const bool copies = plan.copy_video || plan.copy_audio;
  if (copies && plan.sources.size() > 1) return bad_preset("Sources: streams that are copied cannot be joined");
  for (const SourcePlan& source : plan.sources) {
    for (const OverlayPlan& overlay : source.overlays) {
      if (overlay.visible && plan.copy_video)
        return bad_preset("VideoOverlay: nothing can be laid over video that is copied");
      if (overlay.gain > 0 && plan.copy_audio)
        return bad_preset("AudioGainLevel: nothing can be added to sound that is copied");
    }
    if (copies && (source.video.kind == StreamPick::Kind::kAll || source.audio.kind == StreamPick::Kind::kAll))
      return bad_preset(
          "Streams: \"*\" with CopyVideo or CopyAudio is not supported; pick TopBitrate or LowestBitrate");
  }
  return {};
}

}  // namespace

Result<EncodePlan> compile_mes_preset(const json::value& preset) {
  if (!preset.is_object()) return bad_preset("the preset is not a JSON object");
  const Fields fields{preset.as_object(), "Preset"};
  LAZULITE_CHECK(fields.only({"Version", "Sources", "Codecs", "Outputs", "StretchMode"}));
  LAZULITE_TRY(const auto version, fields.text("Version"));
  if (!version || parse_double(*version) != 1.0) return bad_preset("Version: must be 1.0");
  LAZULITE_TRY(const auto codecs, fields.objects("Codecs"));
  if (codecs.empty()) return bad_preset("Codecs: there must be at least one");
  EncodePlan plan;
  for (const Fields& codec : codecs) LAZULITE_CHECK(compile_codec(codec, plan));
  LAZULITE_CHECK(spread_stretch_mode(fields, codecs, plan));
  LAZULITE_TRY(plan.sources, compile_sources(fields));
  LAZULITE_CHECK(require_compatible(plan));
  LAZULITE_CHECK(compile_outputs(fields, plan));
  return plan;
}

}  // namespace lazulite::encoder
