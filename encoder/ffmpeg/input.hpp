// One open source file: libavformat over a FileDescriptor. No other file, URL or playlist is ever opened through it,
// whatever the bytes say (processing.md 7.7). One thread at a time.
#pragma once

#include "encoder/ffmpeg/handles.hpp"
#include "encoder/ffmpeg/source_info.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace lazulite::encoder::ffmpeg {

class Input {
 public:
  enum class Kind : std::uint8_t { kMedia, kMediaOrPicture };
  // Opens and reads the stream headers. Still pictures are media only where that is said. Errors as probe().
  static Result<std::unique_ptr<Input>> open(const SourceFile& source, const std::stop_token& stop,
                                             Kind kind = Kind::kMedia);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  [[nodiscard]] AVFormatContext& format() const { return *format_; }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size; }
  [[nodiscard]] const std::string& name() const { return name_; }

  // That stream, the only one read from here on. ErrorProcessingTask when the file has no such stream any more.
  Result<AVStream*> choose_stream(int index);
  // The next packet, or null at the end. What the container has broken counts as the end; see damaged(). Errors: the
  // storage failed, or kCancelled.
  Result<PacketPtr> read();
  // Goes to the key frame at or before that time of the stream, in its time base; to the first one when there is none.
  // Broadcast containers go to any frame. Errors: the container cannot be sought.
  Result<void> seek(int stream_index, std::int64_t ticks);
  // To the beginning.
  Result<void> rewind(int stream_index);
  // True when the file ended with an error of the container, not with its end.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  struct Bytes {  // what AVIO's callbacks see
    files::FileDescriptor file;
    std::uint64_t size = 0, position = 0;
    std::stop_token stop;
    bool failed = false;  // a read of the storage failed
  };

  Input(std::string name, Bytes bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}
  Result<void> open_format(Kind kind);
  [[nodiscard]] Error failure(int code, std::string_view what) const;
  static int read_bytes(void* opaque, std::uint8_t* out, int size);
  static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);

  std::string name_;
  Bytes bytes_;
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  bool damaged_ = false;
};

}  // namespace lazulite::encoder::ffmpeg
