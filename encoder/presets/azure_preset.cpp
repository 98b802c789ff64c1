// The XML of Azure Media Encoder and its forerunner, which comes from Expression Encoder (processing.md 3d). A preset
// holds one MediaFile per kind of result; what cannot be honoured is refused by the element's name. Attributes that
// only steer the inside of the old encoder (partition levels, search ranges, Hadamard transforms, …) are accepted and
// change nothing.
#include "encoder/presets/azure_overlays.hpp"
#include "encoder/presets/azure_sources.hpp"
#include "encoder/presets/mes_images.hpp"
#include "encoder/presets/output_name.hpp"
#include "encoder/presets/preset.hpp"
#include "encoder/presets/time_text.hpp"
#include "encoder/processors/task_error.hpp"
#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxMediaFiles = 16, kMaxStreams = 32;

// processing.md 4.6.
constexpr const char* kAudioPart = "{AudioCodec}_{Language}_ch{ChannelCount}_{AudioBitrate}kbps";
constexpr const char* kVideoPart = "{OriginalFileName}_{VideoCodec}_{VideoBitrate}kbps";

std::string local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return std::string{colon == std::string_view::npos ? name : name.substr(colon + 1)};
}

Result<int> integer(const pugi::xml_node& node, const char* name, int otherwise, int least, int most) {
  const auto attribute = node.attribute(name);
  if (!attribute) return otherwise;
  const auto value = parse_int64(trim(attribute.value()));
  if (!value || *value < least || *value > most)
    return bad_preset("{}@{}: '{}' is not between {} and {}", local_name(node), name, attribute.value(), least, most);
  return static_cast<int>(*value);
}

bool boolean(const pugi::xml_node& node, const char* name, bool otherwise) {
  const auto attribute = node.attribute(name);
  return attribute ? equals_ignoring_case(trim(attribute.value()), "true") : otherwise;
}

Result<std::chrono::milliseconds> duration(const pugi::xml_node& node, const char* name,
                                           std::chrono::milliseconds otherwise, std::chrono::milliseconds least,
                                           std::chrono::milliseconds most) {
  const auto attribute = node.attribute(name);
  if (!attribute) return otherwise;
  const auto value = parse_time_span(attribute.value());
  if (!value || *value < least || *value > most)
    return bad_preset("{}@{}: '{}' is not a time between {} and {} ms", local_name(node), name, attribute.value(),
                      least.count(), most.count());
  return *value;
}

Error cannot_encode(const pugi::xml_node& node) {
  return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                   "{}: VC-1, Windows Media Audio and Dolby Digital Plus cannot be encoded; use the preset's H264 "
                   "counterpart",
                   local_name(node));
}

// The first element child, or a null node.
pugi::xml_node first_element(const pugi::xml_node& node) {
  return node.find_child([](const pugi::xml_node& child) { return child.type() == pugi::node_element; });
}

// "1280, 720"
Result<void> read_size(const pugi::xml_node& stream, bool auto_fit, VideoLayer& layer) {
  const std::string_view text = stream.attribute("Size").value();
  const auto parts = split(text, ',');
  std::array<std::optional<std::int64_t>, 2> sides;
  for (std::size_t i = 0; i < sides.size() && parts.size() == sides.size(); ++i) sides[i] = parse_int64(trim(parts[i]));
  const auto sound = [](const auto& side) { return side && *side >= 16 && *side <= 8192; };
  if (!sound(sides[0]) || !sound(sides[1]))
    return bad_preset("StreamInfo@Size: '{}' is no size such as \"1280, 720\"", text);
  layer.width = {Dimension::Unit::kPixels, static_cast<int>(*sides[0]) / 2 * 2};
  // With AutoFit the height follows the source's aspect (processing.md 3a).
  if (!auto_fit) layer.height = {Dimension::Unit::kPixels, static_cast<int>(*sides[1]) / 2 * 2};
  return {};
}

Result<int> constant_bitrate(const pugi::xml_node& owner) {
  const pugi::xml_node bitrate = first_element(owner.child("Bitrate"));
  const char* average = local_name(bitrate) == "VariableConstrainedBitrate" ? "AverageBitrate" : "Bitrate";
  if (local_name(bitrate) != "ConstantBitrate" && local_name(bitrate) != "VariableConstrainedBitrate")
    return bad_preset("Bitrate: '{}' is not supported; use ConstantBitrate or VariableConstrainedBitrate",
                      local_name(bitrate));
  if (!bitrate.attribute(average)) return bad_preset("{}: {} is missing", local_name(bitrate), average);
  return integer(bitrate, average, 0, 1, 200'000);
}

Result<void> read_rates(const pugi::xml_node& stream, VideoLayer& layer) {
  LAZULITE_TRY(layer.bitrate_kbps, constant_bitrate(stream));
  const pugi::xml_node bitrate = first_element(stream.child("Bitrate"));
  LAZULITE_TRY(const int peak, integer(bitrate, "PeakBitrate", layer.bitrate_kbps, 1, 400'000));
  layer.max_bitrate_kbps = std::max(peak, layer.bitrate_kbps);
  const char* window = bitrate.attribute("PeakBufferWindow") ? "PeakBufferWindow" : "BufferWindow";
  LAZULITE_TRY(layer.buffer_window, duration(bitrate, window, layer.buffer_window, std::chrono::milliseconds{100},
                                             std::chrono::seconds{100}));
  return {};
}

Result<VideoLayer> layer_defaults(const pugi::xml_node& profile, H264Profile h264_profile) {
  VideoLayer layer;
  layer.profile = h264_profile;
  LAZULITE_TRY(layer.b_frames, integer(profile, "BFrameCount", 3, 0, 7));
  LAZULITE_TRY(layer.reference_frames, integer(profile, "ReferenceFrames", 4, 1, 16));
  LAZULITE_TRY(layer.slices, integer(profile, "SliceCount", 0, 0, 16));
  layer.adaptive_b_frames = boolean(profile, "AdaptiveBFrames", false);
  layer.in_loop_filter = boolean(profile, "InLoopFilter", true);
  layer.cabac = !equals_ignoring_case(profile.attribute("EntropyMode").as_string("Cabac"), "Cavlc");
  if (h264_profile == H264Profile::kBaseline) {
    layer.b_frames = 0;
    layer.cabac = false;
  }
  return layer;
}

Result<Effort> effort_of(const pugi::xml_node& profile) {
  const std::string_view mode = profile.attribute("RDOptimizationMode").as_string("Speed");
  if (equals_ignoring_case(mode, "Off")) return Effort::kSpeed;
  if (equals_ignoring_case(mode, "Speed")) return Effort::kBalanced;
  if (equals_ignoring_case(mode, "Quality")) return Effort::kQuality;
  return bad_preset("{}@RDOptimizationMode: '{}' is not a known value", local_name(profile), mode);
}

Result<void> read_layers(const pugi::xml_node& profile, H264Profile h264_profile, VideoPlan& plan) {
  const bool auto_fit = boolean(profile, "AutoFit", true);
  LAZULITE_TRY(const VideoLayer defaults, layer_defaults(profile, h264_profile));
  for (const auto& stream : profile.child("Streams").children("StreamInfo")) {
    if (plan.layers.size() == kMaxStreams) return bad_preset("Streams: more than {} StreamInfo", kMaxStreams);
    VideoLayer layer = defaults;
    LAZULITE_CHECK(read_size(stream, auto_fit, layer));
    LAZULITE_CHECK(read_rates(stream, layer));
    plan.layers.push_back(std::move(layer));
  }
  if (plan.layers.empty()) return bad_preset("{}: there is no StreamInfo", local_name(profile));
  return {};
}

Result<VideoPlan> read_video(const pugi::xml_node& media_file, const pugi::xml_node& profile) {
  constexpr std::pair<std::string_view, H264Profile> kProfiles[] = {
      {"BaselineH264VideoProfile", H264Profile::kBaseline},
      {"MainH264VideoProfile", H264Profile::kMain},
      {"HighH264VideoProfile", H264Profile::kHigh},
  };
  const auto known = std::find_if(std::begin(kProfiles), std::end(kProfiles),
                                  [&profile](const auto& row) { return row.first == local_name(profile); });
  if (known == std::end(kProfiles)) return bad_preset("VideoProfile: '{}' is not supported", local_name(profile));
  VideoPlan plan;
  LAZULITE_TRY(plan.key_frame_interval, duration(profile, "KeyFrameDistance", std::chrono::seconds{5},
                                                 std::chrono::milliseconds{100}, std::chrono::seconds{60}));
  LAZULITE_TRY(plan.effort, effort_of(profile));
  LAZULITE_CHECK(read_layers(profile, known->second, plan));
  plan.scene_change_detection = boolean(profile, "SceneChangeDetector", false) && plan.layers.size() == 1;
  const std::string_view resize = media_file.attribute("VideoResizeMode").as_string("Stretch");
  const bool letterbox = equals_ignoring_case(resize, "Letterbox");
  if (!letterbox && !equals_ignoring_case(resize, "Stretch"))
    return bad_preset("MediaFile@VideoResizeMode: '{}' is not a known value", resize);
  plan.stretch = letterbox ? StretchMode::kAutoFit : StretchMode::kNone;
  return plan;
}

Result<AudioPlan> read_audio(const pugi::xml_node& profile) {
  if (local_name(profile) != "AacAudioProfile") return cannot_encode(profile);
  constexpr std::pair<std::string_view, AacProfile> kLevels[] = {
      {"AacLC", AacProfile::kLc}, {"AacHELevel1", AacProfile::kHeV1}, {"AacHELevel2", AacProfile::kHeV2}};
  const std::string_view level = profile.attribute("Level").as_string("AacLC");
  const auto known = std::find_if(std::begin(kLevels), std::end(kLevels),
                                  [level](const auto& row) { return equals_ignoring_case(row.first, level); });
  if (known == std::end(kLevels)) return bad_preset("AacAudioProfile@Level: '{}' is not a known value", level);
  AudioPlan plan;
  plan.profile = known->second;
  LAZULITE_TRY(plan.channels, integer(profile, "Channels", 2, 1, 8));
  if (plan.channels == 3 || plan.channels == 4 || plan.channels == 7)
    return bad_preset("AacAudioProfile@Channels: {} channels are not supported", plan.channels);
  LAZULITE_TRY(plan.sampling_rate, integer(profile, "SamplesPerSecond", 44100, 8000, 96000));
  LAZULITE_TRY(plan.bitrate_kbps, constant_bitrate(profile));
  return plan;
}

Result<void> require_known(const pugi::xml_node& node, std::initializer_list<std::string_view> names) {
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    if (std::find(names.begin(), names.end(), local_name(child)) == names.end())
      return bad_preset("{}: the element '{}' is not supported", local_name(node), local_name(child));
  }
  return {};
}

// The Thumbnail form: `300,*`, in pixels or percents.
Result<ImageLayer> thumbnail_layer(const pugi::xml_node& node, const char* size, const char* quality) {
  ImageLayer layer;
  LAZULITE_TRY(layer.quality, integer(node, quality, layer.quality, 1, 100));
  const std::string_view text = node.attribute(size).as_string("100%,*");
  const auto parts = split(text, ',');
  if (parts.size() > 2) return bad_preset("{}@{}: '{}' is no size such as \"300,*\"", local_name(node), size, text);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view side = trim(parts[i]);
    if (side == "*") continue;
    const bool percent = side.ends_with('%');
    if (percent) side.remove_suffix(1);
    const auto value = parse_int64(side);
    if (!value || *value < (percent ? 1 : 2) || *value > (percent ? 100 : 8192))
      return bad_preset("{}@{}: '{}' is no size such as \"300,*\"", local_name(node), size, text);
    (i == 0 ? layer.width : layer.height) = {percent ? Dimension::Unit::kPercent : Dimension::Unit::kPixels,
                                             static_cast<int>(*value)};
  }
  return layer;
}

Result<std::optional<ImageTime>> thumbnail_time(const pugi::xml_node& time, const char* name) {
  const auto attribute = time.attribute(name);
  if (!attribute) return std::optional<ImageTime>{};
  const auto value = parse_image_time(attribute.value());
  if (!value)
    return bad_preset("{}@{}: '{}' is neither a time nor a percentage", local_name(time), name, attribute.value());
  return value;
}

Result<ImageFormat> thumbnail_format(const pugi::xml_node& node, const char* name) {
  constexpr std::pair<std::string_view, ImageFormat> kTypes[] = {
      {"Jpeg", ImageFormat::kJpg}, {"Png", ImageFormat::kPng}, {"Bmp", ImageFormat::kBmp}};
  const std::string_view type = node.attribute(name).as_string("Jpeg");
  for (const auto& [word, format] : kTypes) {
    if (equals_ignoring_case(type, word)) return format;
  }
  return bad_preset("{}@{}: '{}' is not supported; use Jpeg, Png or Bmp", local_name(node), name, type);
}

constexpr const char* kThumbnailName = "{OriginalFilename}_{ThumbnailIndex}.{DefaultExtension}";

// One picture beside the media (processing.md 3g).
Result<void> read_thumbnail_mode(const pugi::xml_node& media_file, EncodePlan& plan) {
  const std::string_view mode = media_file.attribute("ThumbnailMode").as_string("None");
  if (equals_ignoring_case(mode, "None") || !plan.images.empty()) return {};
  ImagePlan images;
  images.best = equals_ignoring_case(mode, "BestFrame");
  const bool custom = equals_ignoring_case(mode, "Custom");
  if (!images.best && !custom && !equals_ignoring_case(mode, "FirstFrame"))
    return bad_preset("MediaFile@ThumbnailMode: '{}' is not a known value", mode);
  LAZULITE_TRY(images.format, thumbnail_format(media_file, "ThumbnailCodec"));
  LAZULITE_TRY(const auto layer, thumbnail_layer(media_file, "ThumbnailSize", "ThumbnailJpegQuality"));
  images.layers.push_back(layer);
  images.file_name = kThumbnailName;
  ImageSpan span;
  if (custom) {
    LAZULITE_TRY(const auto time, thumbnail_time(media_file, "ThumbnailTime"));
    span.start = time.value_or(ImageTime{});
  }
  images.spans.push_back(span);
  plan.images.push_back(std::move(images));
  return {};
}

Result<void> read_media_file(const pugi::xml_node& media_file, EncodePlan& plan) {
  LAZULITE_CHECK(require_known(media_file, {"Metadata", "Sources", "OutputFormat"}));
  LAZULITE_TRY(auto sources, read_azure_sources(media_file));
  if (plan.sources.empty()) plan.sources = std::move(sources);
  if (plan.overlays.empty()) LAZULITE_CHECK(read_azure_overlays(media_file, plan));
  LAZULITE_CHECK(read_thumbnail_mode(media_file, plan));
  const pugi::xml_node format = first_element(media_file.child("OutputFormat"));
  if (local_name(format) == "WindowsMediaOutputFormat") return cannot_encode(format);
  if (local_name(format) != "MP4OutputFormat")
    return bad_preset("OutputFormat: '{}' is not supported", local_name(format));
  const pugi::xml_node video = first_element(format.child("VideoProfile")),
                       audio = first_element(format.child("AudioProfile"));
  if (!video && !audio) return bad_preset("MP4OutputFormat: there is neither a VideoProfile nor an AudioProfile");
  if (video) {
    if (plan.video) return bad_preset("a second MediaFile with video is not supported");
    LAZULITE_TRY(plan.video, read_video(media_file, video));
    if (boolean(video, "SmoothStreaming", false)) {
      plan.container = Container::kSmooth;
      plan.interleaved = false;
    }
  }
  if (!audio) return {};
  LAZULITE_TRY(const auto sound, read_audio(audio));
  if (video) {
    plan.audio = sound;
  } else {
    plan.audio_files.push_back(sound);
  }
  return {};
}

void name_files(const pugi::xml_node& preset, EncodePlan& plan) {
  const bool smooth = plan.container == Container::kSmooth;
  plan.audio_file_name = fmt::format("{{OriginalFileName}}_{}.{}", kAudioPart, smooth ? "isma" : "mp4");
  plan.file_name = smooth ? fmt::format("{}.ismv", kVideoPart) : fmt::format("{}_{}.mp4", kVideoPart, kAudioPart);
  plan.silent_file_name = fmt::format("{}.{}", kVideoPart, smooth ? "ismv" : "mp4");
  // What the preset says itself is for the files with video; sound beside it keeps the usual name, or both would clash.
  const std::string own = preset.attribute("DefaultMediaOutputFileName").value();
  if (own.empty()) return;
  if (!plan.video) plan.audio_file_name = own;
  plan.file_name = own;
  plan.silent_file_name.clear();
}

Result<EncodePlan> compile_thumbnail(const pugi::xml_node& thumbnail) {
  constexpr std::size_t kMaxTimes = 100;
  ImagePlan images;
  LAZULITE_TRY(images.format, thumbnail_format(thumbnail, "Type"));
  LAZULITE_TRY(const auto layer, thumbnail_layer(thumbnail, "Size", "JpegQuality"));
  images.layers.push_back(layer);
  images.file_name = thumbnail.attribute("Filename").as_string(kThumbnailName);
  LAZULITE_CHECK(require_known(thumbnail, {"Time"}));
  for (const auto& time : thumbnail.children("Time")) {
    if (images.spans.size() == kMaxTimes) return bad_preset("Thumbnail: more than {} Time", kMaxTimes);
    ImageSpan span;
    LAZULITE_TRY(const auto value, thumbnail_time(time, "Value"));
    span.start = value.value_or(ImageTime{});
    LAZULITE_TRY(span.step, thumbnail_time(time, "Step"));
    LAZULITE_TRY(span.end, thumbnail_time(time, "Stop"));
    images.spans.push_back(span);
  }
  if (images.spans.empty()) return bad_preset("Thumbnail: there is no Time");
  LAZULITE_CHECK(require_valid_template(images.file_name));
  EncodePlan plan;
  plan.images.push_back(std::move(images));
  plan.server_manifest = false;
  return plan;
}

}  // namespace

bool is_azure_preset(const pugi::xml_node& root) {
  return local_name(root) == "Presets" || local_name(root) == "Thumbnail" ||
         (local_name(root) == "Preset" && root.child("MediaFile"));
}

Result<EncodePlan> compile_azure_preset(const pugi::xml_node& root) {
  if (local_name(root) == "Thumbnail") return compile_thumbnail(root);
  const bool list = local_name(root) == "Presets";
  const pugi::xml_node preset = list ? root.child("Preset") : root;
  if (!preset) return bad_preset("Presets: there is no Preset");
  if (preset.next_sibling("Preset") && list) return bad_preset("Presets: more than one Preset is not supported");
  LAZULITE_CHECK(require_known(preset, {"Job", "MediaFile"}));
  EncodePlan plan;
  std::size_t count = 0;
  for (const auto& media_file : preset.children("MediaFile")) {
    if (++count > kMaxMediaFiles) return bad_preset("Preset: more than {} MediaFile", kMaxMediaFiles);
    LAZULITE_CHECK(read_media_file(media_file, plan));
  }
  if (count == 0) return bad_preset("Preset: there is no MediaFile");
  name_files(preset, plan);
  LAZULITE_CHECK(require_valid_template(plan.file_name));
  const bool smooth = plan.container == Container::kSmooth;
  plan.server_manifest = smooth || (plan.video && plan.video->layers.size() > 1);
  return plan;
}

}  // namespace lazulite::encoder
