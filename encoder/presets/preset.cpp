#include "encoder/presets/preset.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <utility>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kMaxConfiguration = 100'000;  // characters, processing.md 2.6

// The ladder that adapts to the source, processing.md 3e.
EncodePlan adaptive_streaming() {
  EncodePlan plan;
  plan.video.emplace();
  plan.audio.emplace();
  plan.file_name = "{Basename}_{Width}x{Height}_{VideoBitrate}.mp4";
  plan.interleaved = false;
  plan.automatic_ladder = true;
  return plan;
}

// The same scaled by what the content needs, sound in each file.
EncodePlan content_adaptive() {
  EncodePlan plan = adaptive_streaming();
  plan.file_name = "{Basename}_{Width}x{Height}_AACAudio_{VideoBitrate}.mp4";
  plan.silent_file_name = "{Basename}_{Width}x{Height}_{VideoBitrate}.mp4";
  plan.interleaved = true;
  plan.content_adaptive = true;
  return plan;
}

Result<EncodePlan> compile_xml(std::string_view text) {
  pugi::xml_document document;
  LAZULITE_CHECK(load_xml(text, document));
  const pugi::xml_node root = document.document_element();
  if (is_azure_preset(root)) return compile_azure_preset(root);
  LAZULITE_TRY(const auto json, convert_xml_preset(root));
  return compile_mes_preset(json);
}

Result<EncodePlan> compile_text(std::string_view text) {
  if (text.starts_with('<')) return compile_xml(text);
  LAZULITE_TRY(const auto json, parse_lenient_json(text));
  return compile_mes_preset(json);
}

// Strings of the 2012 preview and of the SDK's tests, whose content is unknown (processing.md 3a, 3b).
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"H.264 HD 720p VBR", "H264 Broadband 720p"},
    {"H.264 HD 720p CBR", "H264 Broadband 720p"},
    {"H.264 256k DSL CBR", "H264 Broadband SD 16x9"},
    {"H.264 iPad", "H264 Broadband SD 16x9"},
};

const NamedPreset* find_preset(PresetFamily family, std::string_view name) {
  const auto presets = named_presets(family);
  const auto found = std::find_if(presets.begin(), presets.end(), [name](const NamedPreset& preset) {
    return equals_ignoring_case(preset.name, name);
  });
  return found == presets.end() ? nullptr : &*found;
}

Result<EncodePlan> compile_named(std::string_view name, PresetFamily family) {
  if (equals_ignoring_case(name, "Adaptive Streaming")) return adaptive_streaming();
  if (equals_ignoring_case(name, "Content Adaptive Multiple Bitrate MP4")) return content_adaptive();
  for (const auto& [other, ours] : kOtherNames) {
    if (equals_ignoring_case(name, other)) name = ours;
  }
  const bool older = family == PresetFamily::kAzureMediaEncoder;
  const NamedPreset* preset = find_preset(family, name);
  if (preset == nullptr)
    preset = find_preset(older ? PresetFamily::kMediaEncoderStandard : PresetFamily::kAzureMediaEncoder, name);
  if (preset == nullptr) return bad_preset("there is no preset named '{}'", name.substr(0, 200));
  return compile_text(trim(preset->text));
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return trim(text);
}

bool is_document(std::string_view text) { return text.starts_with('{') || text.starts_with('<'); }

}  // namespace

Result<EncodePlan> compile_preset(std::string_view configuration, PresetFamily family) {
  if (configuration.size() > 4 * kMaxConfiguration)
    return bad_preset("the configuration is longer than {} characters", kMaxConfiguration);
  const std::string_view text = without_mark(configuration);
  if (text.empty()) return bad_preset("the configuration is empty; the encoder needs a preset");
  if (is_document(text)) return compile_text(text);
  auto named = compile_named(text, family);
  if (named) return named;
  // Some clients send the preset in base64 (processing.md 2.2).
  if (const auto decoded = base64_decode(text)) {
    const std::string_view inner = without_mark(as_text(*decoded));
    if (is_document(inner)) return compile_text(inner);
  }
  return named;
}

}  // namespace lazulite::encoder
