// The inputs of an encode task: which files a preset's sources mean, what is in them, and which part of them is taken
// (processing.md 3c.8).
#pragma once

#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/encode_plan.hpp"
#include "encoder/processors/media_processor.hpp"
#include "encoder/processors/overlay_source.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite::encoder {

// A source of a preset once its files have been probed.
struct OpenedSource {
  const InputFile* primary = nullptr;
  const InputAsset* asset = nullptr;
  std::string asset_id;
  std::vector<ffmpeg::SourceFile> files;
  std::vector<ffmpeg::SourceInfo> infos;             // as files
  std::optional<ffmpeg::StreamChoice> video, audio;  // of whichever file has them, in order; filters applied to sizes
  std::string language;
  std::optional<double> start, duration;  // of the clip; as ffmpeg::Clip
  double offset = 0;                      // seconds from the beginning of the video to the clip's
  std::optional<double> seconds;          // how long the clip is; nothing when the files do not say
  PictureFilters filters;
  std::vector<ffmpeg::Overlay> overlays;

  [[nodiscard]] Beneath beneath() const {
    return {.asset = asset,
            .display_size = video ? std::optional{video->stream.display_size()} : std::nullopt,
            .seconds = seconds};
  }
  [[nodiscard]] std::int64_t video_bitrate() const;  // bits per second, measured over the file; 0: unknown
  // With the streams that an encode of these kinds reads.
  [[nodiscard]] ffmpeg::Clip clip(bool video_wanted, bool audio_wanted) const;
};

// As plan.sources lists them, or the whole first input. Errors: ErrorParsingConfiguration for assets the task has not
// and crops outside of the picture; unsupported format for clips beyond the end; as choose_input() and probe().
Result<std::vector<OpenedSource>> open_sources(const TaskContext& context, const EncodePlan& plan);

}  // namespace lazulite::encoder
