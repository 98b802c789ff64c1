#include "schema/base/gzip.hpp"

#include <algorithm>
#include <memory>
#include <zlib.h>

namespace lazulite {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, and the gzip wrapper
constexpr int kMemoryLevel = 8;
constexpr std::size_t kPieceBytes = 64 * 1024;

template <auto End>
struct EndStream {
  void operator()(z_stream* stream) const {
    End(stream);
    delete stream;
  }
};

void set_input(z_stream& stream, std::string_view data) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(data.size());
}

}  // namespace

Result<std::string> gzip(std::string_view data) {
  if (data.size() > 1U << 30U)
    return fail(ErrorCode::kTooLarge, "{} bytes are too many to compress at once", data.size());
  const std::unique_ptr<z_stream, EndStream<deflateEnd>> stream{new z_stream{}};
  if (deflateInit2(stream.get(), Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return fail(ErrorCode::kInternal, "zlib cannot begin to compress");
  }
  std::string out(deflateBound(stream.get(), static_cast<uLong>(data.size())), '\0');
  set_input(*stream, data);
  stream->next_out = reinterpret_cast<Bytef*>(out.data());
  stream->avail_out = static_cast<uInt>(out.size());
  if (deflate(stream.get(), Z_FINISH) != Z_STREAM_END) return fail(ErrorCode::kInternal, "zlib cannot compress");
  out.resize(stream->total_out);
  return out;
}

Result<std::string> gunzip(std::string_view data, std::size_t limit) {
  if (data.size() > 1U << 30U)
    return fail(ErrorCode::kTooLarge, "{} bytes are too many to expand at once", data.size());
  const std::unique_ptr<z_stream, EndStream<inflateEnd>> stream{new z_stream{}};
  if (inflateInit2(stream.get(), kGzipWindow) != Z_OK) return fail(ErrorCode::kInternal, "zlib cannot begin to expand");
  set_input(*stream, data);
  std::string out;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    const std::size_t before = out.size();
    out.resize(before + kPieceBytes);
    stream->next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream->avail_out = static_cast<uInt>(kPieceBytes);
    status = inflate(stream.get(), Z_NO_FLUSH);
    out.resize(out.size() - stream->avail_out);
    if (out.size() > limit) return fail(ErrorCode::kTooLarge, "more than {} bytes come out of the gzip data", limit);
    const bool stuck = status == Z_OK && out.size() == before && stream->avail_in == 0;
    if ((status != Z_OK && status != Z_STREAM_END) || stuck) {
      return fail(ErrorCode::kInvalidArgument, "these bytes are no whole gzip data");
    }
  }
  return out;
}

}  // namespace lazulite
