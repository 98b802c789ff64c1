// Pictures of a video as files: thumbnails, the one best picture, sprites (processing.md 3c.7). Blocks until all is
// written. No libav type appears here.
#pragma once

#include "encoder/ffmpeg/source_info.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

namespace lazulite::encoder::ffmpeg {

struct ImageRequest {
  SourceFile source;
  StreamInfo stream;               // the video the pictures are of
  double offset = 0, seconds = 0;  // the part of it that counts; seconds 0: unknown
  PictureFilters filters;
  std::vector<ResolvedImages> images;
  std::filesystem::path folder;  // files are written here
  unsigned threads = 1;
  std::stop_token stop;
  std::function<void(double percent)> on_progress;
};

struct WrittenImage {
  std::filesystem::path path;
  std::uint64_t size = 0;
};

// Per layer of an ResolvedImages: as its names.
using WrittenLayer = std::vector<WrittenImage>;

// [images][layer]. Errors carry a code of task_error.hpp; kCancelled when stopped.
Result<std::vector<std::vector<WrittenLayer>>> extract_images(const ImageRequest& request);

}  // namespace lazulite::encoder::ffmpeg
