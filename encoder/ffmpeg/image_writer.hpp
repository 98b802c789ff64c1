// Writes pictures as JPG, PNG or BMP files. One thread at a time.
#pragma once

#include "encoder/ffmpeg/handles.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace lazulite::encoder::ffmpeg {

class ImageWriter {
 public:
  // `matrix`: how the colours of the frames are coded, which are 8-bit 4:2:0 in limited range.
  ImageWriter(ImageFormat format, int quality, AVColorSpace matrix)
      : format_(format), quality_(quality), matrix_(matrix) {}
  // All frames of one writer have the same size. Gives the size of the file. Errors: ErrorUploadingOutputAsset when it
  // cannot be written.
  Result<std::uint64_t> write(const AVFrame& frame, const std::filesystem::path& path);

 private:
  Result<void> open(const AVFrame& frame);
  Result<FramePtr> convert(const AVFrame& frame) const;

  ImageFormat format_;
  int quality_;
  AVColorSpace matrix_;
  CodecContextPtr context_;
  std::int64_t written_ = 0;
};

}  // namespace lazulite::encoder::ffmpeg
