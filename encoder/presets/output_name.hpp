// File names of outputs: the macros of processing.md 3c.9, and those of the older encoders (4.6).
#pragma once

#include "schema/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lazulite::encoder {

// What the macros of one file stand for.
struct NameValues {
  std::string basename;       // at most 32 characters
  std::string original_name;  // the same uncut
  std::string language;       // of the audio; empty: undetermined
  std::string extension = "mp4";
  std::optional<int> width, height, video_kbps, audio_kbps, channels;
  std::optional<int> index;            // of a picture, from 1
  std::optional<double> time_seconds;  // of a picture
};

// The input's name without extension, cut to 32 characters; a UTF-8 sequence is never cut in half.
std::string basename_of(std::string_view file_name);
// The same without the cut.
std::string_view stem_of(std::string_view file_name);

// Both: ErrorParsingConfiguration for an unknown macro, a path separator or control character; expand also for a macro
// this file has no value for and a name over 260 characters.
Result<void> require_valid_template(std::string_view name_template);
Result<std::string> expand_name(std::string_view name_template, const NameValues& values);

}  // namespace lazulite::encoder
