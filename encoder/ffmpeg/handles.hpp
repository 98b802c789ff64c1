// Owners for libav objects, and its error numbers as text.
#pragma once

#include "schema/base/result.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
}

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace lazulite::encoder::ffmpeg {

template <auto Free>
struct FreeByAddress {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(&pointer);
  }
};

template <auto Free>
struct FreeDirectly {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

using FramePtr = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using CodecContextPtr = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using CodecParametersPtr = std::unique_ptr<AVCodecParameters, FreeByAddress<avcodec_parameters_free>>;
using FilterGraphPtr = std::unique_ptr<AVFilterGraph, FreeByAddress<avfilter_graph_free>>;

// The allocators return null only when memory is out.
template <class Pointer, class T>
Pointer own(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return Pointer{pointer};
}
inline FramePtr make_frame() { return own<FramePtr>(av_frame_alloc()); }
inline FramePtr share(const AVFrame& frame) { return own<FramePtr>(av_frame_clone(&frame)); }
inline PacketPtr make_packet() { return own<PacketPtr>(av_packet_alloc()); }
inline PacketPtr share(const AVPacket& packet) { return own<PacketPtr>(av_packet_clone(&packet)); }

inline std::string error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

// Sends libav's own messages to the logger "ffmpeg", at debug level and below. Once per program; thread-safe.
void route_library_log();

// An error of the encoder itself: code kInternal, ErrorProcessingTask.
Error processing_failed(std::string_view what, int code);

}  // namespace lazulite::encoder::ffmpeg
