#include "encoder/presets/output_name.hpp"

#include "encoder/presets/preset.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::encoder {
namespace {

constexpr std::size_t kBasenameCharacters = 32, kMaxName = 260;

using Text = std::optional<std::string>;

Text text_of(std::optional<int> number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

struct Macro {
  std::string_view name;
  Text (*value)(const NameValues&);  // nullopt: the file has none
};

// processing.md 3c.9, then what only the older encoders know (4.6); those also write them with blanks.
constexpr Macro kMacros[] = {
    {"Basename", [](const NameValues& values) -> Text { return values.basename; }},
    {"Codec", [](const NameValues& values) -> Text { return values.video_kbps ? "H264" : "AAC"; }},
    {"Bitrate",
     [](const NameValues& values) { return text_of(values.video_kbps ? values.video_kbps : values.audio_kbps); }},
    {"VideoBitrate", [](const NameValues& values) { return text_of(values.video_kbps); }},
    {"AudioBitrate", [](const NameValues& values) { return text_of(values.audio_kbps); }},
    {"Channel", [](const NameValues& values) { return text_of(values.channels); }},
    {"Width", [](const NameValues& values) { return text_of(values.width); }},
    {"Height", [](const NameValues& values) { return text_of(values.height); }},
    {"Resolution",
     [](const NameValues& values) -> Text {
       if (!values.width || !values.height) return std::nullopt;
       return fmt::format("{}x{}", *values.width, *values.height);
     }},
    {"Extension", [](const NameValues& values) -> Text { return "." + values.extension; }},
    {"Index",
     [](const NameValues& values) -> Text {
       if (!values.index) return std::nullopt;
       return fmt::format("{:06}", *values.index);
     }},
    {"OriginalFileName", [](const NameValues& values) -> Text { return values.original_name; }},
    {"VideoCodec", [](const NameValues& values) -> Text { return values.video_kbps ? Text{"H264"} : std::nullopt; }},
    {"AudioCodec", [](const NameValues& values) -> Text { return values.audio_kbps ? Text{"AAC"} : std::nullopt; }},
    {"Language", [](const NameValues& values) -> Text { return values.language.empty() ? "und" : values.language; }},
    {"ChannelCount", [](const NameValues& values) { return text_of(values.channels); }},
    {"DefaultExtension", [](const NameValues& values) -> Text { return values.extension; }},
    {"ThumbnailIndex", [](const NameValues& values) { return text_of(values.index); }},
    {"ThumbnailTime",
     [](const NameValues& values) -> Text {
       if (!values.time_seconds) return std::nullopt;
       const auto seconds = static_cast<long>(*values.time_seconds);
       return fmt::format("{:02}.{:02}.{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
     }},
    // As .NET prints a Size (processing.md 3d).
    {"Size",
     [](const NameValues& values) -> Text {
       if (!values.width || !values.height) return std::nullopt;
       return fmt::format("{{Width={}, Height={}}}", *values.width, *values.height);
     }},
};

const Macro* find_macro(std::string_view written) {
  std::string name{written};
  std::erase(name, ' ');
  const auto found = std::find_if(std::begin(kMacros), std::end(kMacros),
                                  [&name](const Macro& macro) { return equals_ignoring_case(macro.name, name); });
  return found == std::end(kMacros) ? nullptr : found;
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
        if (find_macro(macro) == nullptr) return bad_preset("FileName: the macro {{{}}} is not supported", macro);
        return {};
      });
}

Result<std::string> expand_name(std::string_view name_template, const NameValues& values) {
  std::string name;
  LAZULITE_CHECK(walk(
      name_template, [&name](std::string_view text) { name += text; },
      [&name, &values](std::string_view written) -> Result<void> {
        const Macro* macro = find_macro(written);
        const auto value = macro == nullptr ? std::nullopt : macro->value(values);
        if (!value) return bad_preset("FileName: the macro {{{}}} has no value for this output", written);
        name += *value;
        return {};
      }));
  if (name.empty() || name.size() > kMaxName || name.starts_with('.') || has_forbidden(name))
    return bad_preset("FileName: '{}' is no file name", name.substr(0, 100));
  return name;
}

}  // namespace lazulite::encoder
