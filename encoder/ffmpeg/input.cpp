#include "encoder/ffmpeg/input.hpp"

#include "encoder/processors/task_error.hpp"

extern "C" {
#include <libavutil/avstring.h>
}

#include <algorithm>

namespace lazulite::encoder::ffmpeg {
namespace {

constexpr int kIoBufferBytes = 256 * 1024;
constexpr unsigned kProbeBytes = 1U << 20U;
constexpr int kWorstProbeScore = 5;  // below, libavformat only guesses from the name
constexpr int kMaxStreams = 256;
constexpr double kMaxSeconds = 7 * 24 * 3600.0;

// Containers that hold media themselves. Playlists and scripts (hls, dash, concat, sdp, image sequences, …) are left
// out on purpose.
constexpr char kContainers[] =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,live_flv,mpeg,mpegts,mpegvideo,mpeg1video,mpeg2video,m4v,h264,"
    "hevc,h261,h263,vc1,"
    "vc1test,mxf,mxf_opatom,gxf,dv,wtv,nut,ivf,obu,av1,rm,swf,wav,w64,rf64,aiff,caf,au,mp3,mp2,aac,loas,latm,flac,ogg,"
    "oga,ogv,amr,amrnb,"
    "amrwb,ac3,eac3,dts,dtshd,truehd,mlp,ape,wv,tta,tak,opus,gif,yuv4mpegpipe,ea,bink,smk,nsv,vob,mjpeg,cavsvideo,"
    "dnxhd,dirac,lxf,mmf,"
    "film_cpk,4xm,nuv,nsp,voc,qcp,xwma";
// One picture each, in the file itself.
constexpr char kPictures[] = "png_pipe,jpeg_pipe,bmp_pipe,gif_pipe,tiff_pipe,webp_pipe";

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EACCES); }

}  // namespace

int Input::read_bytes(void* opaque, std::uint8_t* out, int size) {
  auto& bytes = *static_cast<Bytes*>(opaque);
  if (bytes.stop.stop_requested()) return AVERROR_EXIT;
  if (bytes.position >= bytes.size) return AVERROR_EOF;
  const auto count = files::read_some(bytes.file, {out, static_cast<std::size_t>(size)}, bytes.position);
  if (!count) {
    bytes.failed = true;
    return AVERROR(EIO);
  }
  if (*count == 0) return AVERROR_EOF;
  bytes.position += *count;
  return static_cast<int>(*count);
}

std::int64_t Input::seek_bytes(void* opaque, std::int64_t offset, int whence) {
  auto& bytes = *static_cast<Bytes*>(opaque);
  const auto size = static_cast<std::int64_t>(bytes.size);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_CUR:
      offset += static_cast<std::int64_t>(bytes.position);
      break;
    case SEEK_END:
      offset += size;
      break;
    default:
      break;
  }
  if (offset < 0) return AVERROR(EINVAL);
  bytes.position = static_cast<std::uint64_t>(offset);
  return offset;
}

Error Input::failure(int code, std::string_view what) const {
  if (bytes_.stop.stop_requested()) return fail(ErrorCode::kCancelled, "reading {} was cancelled", name_);
  if (bytes_.failed) {
    return fail_with(ErrorCode::kIo, task_error::kInputServiceFailure, "{}: reading the file from storage failed",
                     name_);
  }
  return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedInput, "{}: {}: {}", name_, what,
                   error_text(code));
}

Result<std::unique_ptr<Input>> Input::open(const SourceFile& source, const std::stop_token& stop, Kind kind) {
  auto file = source.open();
  if (!file) {
    const bool missing = file.error().code == ErrorCode::kNotFound;
    return fail_with(file.error().code, missing ? task_error::kMalformedInput : task_error::kInputServiceFailure,
                     "{}: {}", source.name, file.error().message);
  }
  Bytes bytes{.file = std::move(*file), .size = 0, .position = 0, .stop = stop, .failed = false};
  const auto size = files::size_of(bytes.file);
  if (!size)
    return fail_with(ErrorCode::kIo, task_error::kInputServiceFailure, "{}: {}", source.name, size.error().message);
  if (*size == 0)
    return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedInput, "{}: the file is empty", source.name);
  bytes.size = *size;
  std::unique_ptr<Input> input{new Input(source.name, std::move(bytes))};
  LAZULITE_CHECK(input->open_format(kind));
  return input;
}

Result<void> Input::open_format(Kind kind) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  io_ = avio_alloc_context(buffer, kIoBufferBytes, 0, &bytes_, &read_bytes, nullptr, &seek_bytes);
  format_ = avformat_alloc_context();
  if (buffer == nullptr || io_ == nullptr || format_ == nullptr) throw std::bad_alloc();

  // By their names pictures would be taken for parts of a series.
  const bool pictures = kind == Kind::kMediaOrPicture;
  const std::string containers = pictures ? fmt::format("{},{}", kContainers, kPictures) : kContainers;
  const AVInputFormat* container = nullptr;
  const int score = av_probe_input_buffer2(io_, &container, pictures ? "" : name_.c_str(), nullptr, 0, kProbeBytes);
  if (score < kWorstProbeScore || container == nullptr) {
    return failure(score < 0 ? score : AVERROR_INVALIDDATA,
                   "the container format was not recognised; this is no media file");
  }
  if (av_match_list(container->name, containers.c_str(), ',') == 0) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat,
                     "{}: the container format {} ({}) is not supported", name_, container->name, container->long_name);
  }
  format_->pb = io_;
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_GENPTS;
  format_->io_open = &refuse_to_open;
  format_->max_streams = kMaxStreams;
  format_->probesize = 16U << 20U;
  format_->format_whitelist = av_strdup(containers.c_str());
  format_->protocol_whitelist = av_strdup("none");
  if (const int code = avformat_open_input(&format_, name_.c_str(), container, nullptr); code < 0) {
    return failure(code, fmt::format("the {} container is broken", container->name));  // format_ is freed and null
  }
  if (const int code = avformat_find_stream_info(format_, nullptr); code < 0)
    return failure(code, "no stream could be read");
  if (bytes_.stop.stop_requested() || bytes_.failed) return failure(AVERROR_EXIT, "reading stopped");
  if (format_->duration != AV_NOPTS_VALUE && static_cast<double>(format_->duration) / AV_TIME_BASE > kMaxSeconds) {
    return fail_with(ErrorCode::kUnsupported, task_error::kUnsupportedFormat, "{}: longer than {} hours", name_,
                     kMaxSeconds / 3600);
  }
  return {};
}

Input::~Input() {
  avformat_close_input(&format_);
  if (io_ != nullptr) av_freep(&io_->buffer);
  avio_context_free(&io_);
}

Result<void> Input::seek(int stream_index, std::int64_t ticks) {
  int code = av_seek_frame(format_, stream_index, ticks, AVSEEK_FLAG_BACKWARD);
  if (code < 0) code = av_seek_frame(format_, stream_index, ticks, 0);
  if (code < 0) code = av_seek_frame(format_, -1, 0, AVSEEK_FLAG_BYTE);
  if (code < 0) return failure(code, "the file cannot be sought");
  return {};
}

Result<void> Input::rewind(int stream_index) {
  const AVStream& stream = *format_->streams[stream_index];
  if ((format_->iformat->flags & AVFMT_TS_DISCONT) == 0)
    return seek(stream_index, stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time);
  if (const int code = av_seek_frame(format_, -1, 0, AVSEEK_FLAG_BYTE); code < 0)
    return failure(code, "the file cannot be sought");
  return {};
}

Result<AVStream*> Input::choose_stream(int index) {
  if (index < 0 || index >= static_cast<int>(format_->nb_streams))
    return fail_with(ErrorCode::kInternal, task_error::kProcessing, "{}: stream {} vanished", name_, index);
  for (unsigned i = 0; i < format_->nb_streams; ++i) format_->streams[i]->discard = AVDISCARD_ALL;
  format_->streams[index]->discard = AVDISCARD_DEFAULT;
  return format_->streams[index];
}

Result<PacketPtr> Input::read() {
  auto packet = make_packet();
  for (;;) {
    const int code = av_read_frame(format_, packet.get());
    if (code >= 0) return packet;
    if (code == AVERROR(EAGAIN)) continue;
    if (bytes_.stop.stop_requested() || bytes_.failed) return failure(code, "reading stopped");
    damaged_ = code != AVERROR_EOF;
    return PacketPtr{};
  }
}

}  // namespace lazulite::encoder::ffmpeg
