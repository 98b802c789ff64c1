// Scales pictures to one size, centred on black where the picture does not fill it. Equal sizes pass through without a
// copy. One thread at a time.
#pragma once

#include "encoder/ffmpeg/handles.hpp"
#include "encoder/presets/encode_plan.hpp"

struct SwsContext;
struct AVBufferPool;

namespace lazulite::encoder::ffmpeg {

class Scaler {
 public:
  explicit Scaler(FrameSize size);
  ~Scaler();
  Scaler(const Scaler&) = delete;
  Scaler& operator=(const Scaler&) = delete;

  // `frame` is 8-bit 4:2:0 of any size.
  Result<FramePtr> scale(const AVFrame& frame);
  // A black frame where bars are wanted, else one of any content.
  FramePtr blank_frame();

 private:
  FrameSize size_;
  SwsContext* context_ = nullptr;
  AVBufferPool* pool_ = nullptr;
};

}  // namespace lazulite::encoder::ffmpeg
