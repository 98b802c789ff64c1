#include "encoder/presets/output_name.hpp"

#include "encoder/presets/preset.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kBasenameCharacters = 32, kMaxName = 260;

constexpr std::array<std::string_view, 10> kMacros = {"Basename", "Codec", "Bitrate", "VideoBitrate", "AudioBitrate",
                                                      "Channel",  "Width", "Height",  "Resolution",   "Extension"};

std::optional<std::string> text_of(std::optional<int> number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

std::optional<std::string> value_of(std::string_view macro, const NameValues& values) {
  const auto is = [macro](std::string_view name) { return equals_ignoring_case(macro, name); };
  if (is("Basename")) return values.basename;
  if (is("Codec")) return values.codec;
  if (is("Extension")) return ".mp4";
  if (is("Bitrate")) return text_of(values.video_kbps ? values.video_kbps : values.audio_kbps);
  if (is("VideoBitrate")) return text_of(values.video_kbps);
  if (is("AudioBitrate")) return text_of(values.audio_kbps);
  if (is("Channel")) return text_of(values.channels);
  if (is("Width")) return text_of(values.width);
  if (is("Height")) return text_of(values.height);
  if (is("Resolution") && values.width && values.height) return fmt::format("{}x{}", *values.width, *values.height);
  return std::nullopt;
}

bool has_forbidden(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == 0x7F ||
           std::string_view{"/\\?#%"}.find(character) != std::string_view::npos;
  });
}

// Calls on_text for literal pieces and on_macro for what stands in braces.
template <class OnText, class OnMacro>
Result<void> walk(std::string_view name_template, const OnText& on_text, const OnMacro& on_macro) {
  while (!name_template.empty()) {
    const auto open = name_template.find('{');
    on_text(name_template.substr(0, open));
    if (open == std::string_view::npos) return {};
    const auto close = name_template.find('}', open);
    if (close == std::string_view::npos) return bad_preset("FileName: a brace is not closed");
    LAZULITE_CHECK(on_macro(name_template.substr(open + 1, close - open - 1)));
    name_template.remove_prefix(close + 1);
  }
  return {};
}

}  // namespace

std::string_view stem_of(std::string_view file_name) {
  const auto dot = file_name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? file_name : file_name.substr(0, dot);
}

std::string basename_of(std::string_view file_name) {
  const std::string_view stem = stem_of(file_name);
  std::size_t end = 0;
  for (std::size_t characters = 0; end < stem.size(); ++end) {
    const bool begins_character = (static_cast<unsigned char>(stem[end]) & 0xC0U) != 0x80U;
    if (begins_character && ++characters > kBasenameCharacters) break;
  }
  return std::string{stem.substr(0, end)};
}

Result<void> require_valid_template(std::string_view name_template) {
  if (has_forbidden(name_template) || name_template.size() > kMaxName || !is_valid_utf8(name_template)) {
    return bad_preset("FileName: '{}' has characters a file name may not have, or is too long",
                      name_template.substr(0, 100));
  }
  return walk(
      name_template, [](std::string_view) {},
      [](std::string_view macro) -> Result<void> {
        const bool known = std::any_of(kMacros.begin(), kMacros.end(),
                                       [macro](std::string_view name) { return equals_ignoring_case(name, macro); });
        if (!known) return bad_preset("FileName: the macro {{{}}} is not supported", macro);
        return {};
      });
}

Result<std::string> expand_name(std::string_view name_template, const NameValues& values) {
  std::string name;
  LAZULITE_CHECK(walk(
      name_template, [&name](std::string_view text) { name += text; },
      [&name, &values](std::string_view macro) -> Result<void> {
        const auto value = value_of(macro, values);
        if (!value) return bad_preset("FileName: the macro {{{}}} has no value for this output", macro);
        name += *value;
        return {};
      }));
  if (name.empty() || name.size() > kMaxName || name.starts_with('.') || has_forbidden(name))
    return bad_preset("FileName: '{}' is no file name", name.substr(0, 100));
  return name;
}

}  // namespace lazulite::encoder
