// A libavfilter graph with one end: frames in, frames out. VideoFilter and AudioFilter bring a decoder's frames to the
// one form that encoders take, starting at time 0, whatever changes midway (a new size or sample rate rebuilds the
// graph and goes on). One thread at a time.
#pragma once

#include "encoder/ffmpeg/handles.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lazulite::encoder::ffmpeg {

class FilterChain {
 public:
  // `source` is "buffer" or "abuffer", `sink` "buffersink" or "abuffersink"; `filters` in libavfilter's syntax. Of
  // several sources, which `filters` knows as [in0], [in1], …, there is one for each of `source_arguments`.
  static Result<FilterChain> open(const char* source, std::span<const std::string> source_arguments,
                                  const std::string& filters, const char* sink, unsigned threads);
  Result<void> push(AVFrame& frame, std::size_t source = 0);
  // Ends the stream of the only source at that time (in its time base).
  Result<void> close(std::int64_t end);
  // The next frame, or null when more input is needed or the stream has ended.
  Result<FramePtr> pull();
  void set_frame_size(int samples);

 private:
  FilterChain(FilterGraphPtr graph, std::vector<AVFilterContext*> sources, AVFilterContext* sink)
      : graph_(std::move(graph)), sources_(std::move(sources)), sink_(sink) {}

  FilterGraphPtr graph_;
  std::vector<AVFilterContext*> sources_;  // of the graph
  AVFilterContext* sink_;                  // the same
};

// Upright, progressive, 8-bit 4:2:0, limited range, at a constant rate; pts counts frames from 0. Sizes stay as they
// come.
class VideoFilter {
 public:
  // For what is laid over other pictures: transparency is kept, the size is given, and colours are those of the matrix,
  // as the scale filter names it.
  struct OverlayForm {
    FrameSize size;
    const char* matrix;
  };
  struct Options {
    Fraction rate;         // numerator 0: frames pass one by one, their times do not matter
    AVRational time_base;  // of the frames that come in
    int rotation = 0;      // clockwise degrees to turn
    bool interlaced = false;
    PictureFilters filters;
    std::optional<OverlayForm> overlay{};
    unsigned threads = 1;
  };
  explicit VideoFilter(Options options) : options_(options) {}

  // frame.pts is set and counts from the start of the output. Frames that a rebuild squeezes out are pulled before
  // those of the new graph.
  Result<void> push(AVFrame& frame);
  // The last frame stands until its end, but not beyond `limit_seconds`.
  Result<void> close(double limit_seconds);
  Result<FramePtr> pull();

 private:
  Result<void> rebuild(const AVFrame& frame);
  [[nodiscard]] std::string filters_for(const AVFrame& frame) const;
  [[nodiscard]] std::string shape_filters() const;
  [[nodiscard]] std::string colour_filters(const AVFrame& frame) const;
  [[nodiscard]] bool wants_deinterlacing(const AVFrame& frame) const;
  [[nodiscard]] AVRational frame_base() const {
    return options_.rate.numerator > 0 ? AVRational{options_.rate.denominator, options_.rate.numerator}
                                       : AVRational{1, 25};
  }

  Options options_;
  std::vector<FilterChain> chains_;  // the last takes input; earlier ones are drained
  int width_ = 0, height_ = 0, format_ = -1;
  bool interlaced_ = false;
  std::int64_t next_output_ = 0, end_ = 0;
};

// Planar float at a fixed rate and layout, in frames of a fixed size; gaps are silence, starting at 0; pts counts
// samples.
class AudioFilter {
 public:
  struct Options {
    AVRational time_base;
    int sampling_rate = 0, channels = 0, frame_size = 0;
  };
  explicit AudioFilter(Options options) : options_(options) {}

  Result<void> push(AVFrame& frame);
  Result<void> close();
  Result<FramePtr> pull();

 private:
  Result<void> rebuild(const AVFrame& frame);

  Options options_;
  std::vector<FilterChain> chains_;
  int sample_rate_ = 0, format_ = -1;
  std::string layout_;
  std::int64_t next_output_ = 0, end_ = 0;
};

// "stereo", "5.1", …: FFmpeg's name for the layout a preset's channel count means (processing.md 3c.6).
const char* layout_name(int channels);

}  // namespace lazulite::encoder::ffmpeg
