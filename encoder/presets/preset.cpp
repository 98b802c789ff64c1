#include "encoder/presets/preset.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

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

Result<EncodePlan> compile_named(std::string_view name) {
  if (equals_ignoring_case(name, "Adaptive Streaming")) return adaptive_streaming();
  const auto presets = named_presets();
  const auto found = std::find_if(presets.begin(), presets.end(), [name](const NamedPreset& preset) {
    return equals_ignoring_case(preset.name, name);
  });
  if (found == presets.end()) return bad_preset("there is no preset named '{}'", name.substr(0, 200));
  LAZULITE_TRY(const auto json, parse_lenient_json(found->json));
  return compile_mes_preset(json);
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return trim(text);
}

}  // namespace

Result<EncodePlan> compile_preset(std::string_view configuration) {
  if (configuration.size() > 4 * kMaxConfiguration)
    return bad_preset("the configuration is longer than {} characters", kMaxConfiguration);
  const std::string_view text = without_mark(configuration);
  if (text.empty()) return bad_preset("the configuration is empty; Media Encoder Standard needs a preset");
  if (text.front() == '{') {
    LAZULITE_TRY(const auto json, parse_lenient_json(text));
    return compile_mes_preset(json);
  }
  if (text.front() == '<') {
    LAZULITE_TRY(const auto json, parse_xml_preset(text));
    return compile_mes_preset(json);
  }
  auto named = compile_named(text);
  if (named) return named;
  // Some clients send the preset in base64 (processing.md 2.2).
  if (const auto decoded = base64_decode(text)) {
    const std::string_view inner = without_mark(as_text(*decoded));
    if (!inner.empty() && (inner.front() == '{' || inner.front() == '<')) return compile_preset(inner);
  }
  return named;
}

}  // namespace lazulite::encoder
