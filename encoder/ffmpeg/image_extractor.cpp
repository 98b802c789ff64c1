#include "encoder/ffmpeg/image_extractor.hpp"

#include "encoder/ffmpeg/best_picture.hpp"
#include "encoder/ffmpeg/colour.hpp"
#include "encoder/ffmpeg/filter_chain.hpp"
#include "encoder/ffmpeg/image_writer.hpp"
#include "encoder/ffmpeg/picture_reader.hpp"
#include "encoder/ffmpeg/scaler.hpp"
#include "encoder/processors/task_error.hpp"

#include <algorithm>
#include <memory>

namespace lazulite::encoder::ffmpeg {
namespace {

// One layer of a series: scales each picture and writes it, or keeps it as a tile of the sprite.
class LayerOutput {
 public:
  LayerOutput(const ResolvedImages& images, const ResolvedImageLayer& layer, AVColorSpace matrix, std::string stem,
              const std::filesystem::path& folder)
      : images_(images),
        scaler_(layer.size),
        size_(layer.size),
        writer_(images.format, layer.quality, matrix),
        stem_(std::move(stem)),
        folder_(folder) {
    if (images.sprite_columns == 0) return;
    const int columns = images.sprite_columns, rows = (static_cast<int>(images.times.size()) + columns - 1) / columns;
    sprite_.emplace(FrameSize{columns * layer.size.width, rows * layer.size.height, 0, 0});
    canvas_ = sprite_->blank_frame();
  }

  Result<void> add(const AVFrame& picture) {
    LAZULITE_TRY(const auto scaled, scaler_.scale(picture));
    const int index = count_++;
    if (!canvas_) return write(*scaled, index);
    copy_tile(*scaled, index % images_.sprite_columns * size_.width, index / images_.sprite_columns * size_.height);
    return {};
  }

  Result<WrittenLayer> finish() {
    if (canvas_) LAZULITE_CHECK(write(*canvas_, 0));
    return std::move(written_);
  }

 private:
  Result<void> write(const AVFrame& frame, int index) {
    WrittenImage image{.path = folder_ / fmt::format("{}_{}", stem_, index), .size = 0};
    LAZULITE_TRY(image.size, writer_.write(frame, image.path));
    written_.push_back(std::move(image));
    return {};
  }

  void copy_tile(const AVFrame& tile, int left, int top) {
    for (int plane = 0; plane < 3; ++plane) {
      const int shift = plane == 0 ? 0 : 1;
      for (int y = 0; y < tile.height >> shift; ++y) {
        std::copy_n(tile.data[plane] + static_cast<std::ptrdiff_t>(y) * tile.linesize[plane], tile.width >> shift,
                    canvas_->data[plane] + static_cast<std::ptrdiff_t>(y + (top >> shift)) * canvas_->linesize[plane] +
                        (left >> shift));
      }
    }
  }

  const ResolvedImages& images_;
  Scaler scaler_;
  FrameSize size_;
  ImageWriter writer_;
  std::string stem_;
  std::filesystem::path folder_;
  std::optional<Scaler> sprite_;  // makes the black canvas
  FramePtr canvas_;
  int count_ = 0;
  WrittenLayer written_;
};

class Extractor {
 public:
  Extractor(const ImageRequest& request, PictureReader reader) : request_(request), reader_(std::move(reader)) {}

  Result<std::vector<WrittenLayer>> series(std::size_t index) {
    const ResolvedImages& images = request_.images[index];
    const AVColorSpace matrix = colour_of(*reader_.stream().codecpar, request_.stream).matrix;
    std::vector<std::unique_ptr<LayerOutput>> layers;
    for (const ResolvedImageLayer& layer : images.layers) {
      layers.push_back(std::make_unique<LayerOutput>(
          images, layer, matrix, fmt::format("picture{}_{}", index, layers.size()), request_.folder));
    }
    for (std::size_t i = 0; i < images.times.size(); ++i) {
      if (request_.stop.stop_requested()) return fail(ErrorCode::kCancelled, "the task was cancelled");
      LAZULITE_TRY(const auto frame, picture(images, i));
      LAZULITE_TRY(const auto upright, make_upright(*frame));
      for (const auto& layer : layers) LAZULITE_CHECK(layer->add(*upright));
      report(index, static_cast<double>(i + 1) / static_cast<double>(images.times.size()));
    }
    std::vector<WrittenLayer> written;
    for (const auto& layer : layers) {
      LAZULITE_TRY(auto files, layer->finish());
      written.push_back(std::move(files));
    }
    return written;
  }

 private:
  Result<FramePtr> picture(const ResolvedImages& images, std::size_t index) {
    if (images.best) return best_picture(reader_, {request_.offset, request_.seconds}, request_.stop);
    if (images.tolerance > 0) return reader_.near(request_.offset + images.times[index], images.tolerance);
    return reader_.at(request_.offset + images.times[index]);
  }

  // As VideoFilter makes them for an encode.
  Result<FramePtr> make_upright(AVFrame& frame) const {
    VideoFilter filter{{.rate = {},
                        .time_base = reader_.stream().time_base,
                        .rotation = request_.stream.rotation,
                        .interlaced = request_.stream.interlaced,
                        .filters = request_.filters,
                        .threads = 1}};
    frame.pts = 0;
    LAZULITE_CHECK(filter.push(frame));
    LAZULITE_CHECK(filter.close(1));
    LAZULITE_TRY(auto upright, filter.pull());
    if (!upright) return processing_failed("turning a picture upright", AVERROR(EAGAIN));
    return upright;
  }

  void report(std::size_t index, double share) const {
    const auto count = static_cast<double>(request_.images.size());
    if (request_.on_progress) request_.on_progress((static_cast<double>(index) + share) / count * 100);
  }

  const ImageRequest& request_;
  PictureReader reader_;
};

}  // namespace

Result<std::vector<std::vector<WrittenLayer>>> extract_images(const ImageRequest& request) {
  route_library_log();
  LAZULITE_TRY(auto reader, PictureReader::open(request.source, request.stream.index, request.threads, request.stop));
  Extractor extractor{request, std::move(reader)};
  std::vector<std::vector<WrittenLayer>> written;
  for (std::size_t i = 0; i < request.images.size(); ++i) {
    LAZULITE_TRY(auto layers, extractor.series(i));
    written.push_back(std::move(layers));
  }
  return written;
}

}  // namespace lazulite::encoder::ffmpeg
