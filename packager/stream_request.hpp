// The part of a stream URL after "name.ism/", parsed (delivery.md 1.2 to 1.4): "Manifest(format=mpd-time-csf)",
// "QualityLevels(640000)/Fragments(video=0,format=m3u8-aapl)". Pure; tolerant as delivery.md 1.1 asks:
// percent-encoding, a trailing .m3u8 .mpd .f4m, a space after the comma, an empty last parameter, any order, keys in
// any case.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::files {
class BufferPool;
}

namespace lazulite::packager {

struct StreamingFormat;

inline constexpr const char* kMediaOnDisk = "MediaOnDisk";

enum class RequestKind : std::uint8_t {
  kManifest,       // presentation manifest, MPD or master playlist
  kMediaPlaylist,  // QualityLevels(b)/Manifest(track,…)
  kFragment,       // QualityLevels(b)/Fragments(track=time,…)
  kInit,           // QualityLevels(b)/Fragments(track=i,…)
  kKeyFrame,       // QualityLevels(b)/KeyFrames(track=time,…)
};

struct StreamRequest {
  RequestKind kind = RequestKind::kManifest;
  const StreamingFormat* format = nullptr;  // never null after parsing
  std::string format_name;                  // as the format spells it ("m3u8-aapl"); empty for Smooth 2.2
  std::uint64_t bitrate = 0;                // all but kManifest
  std::string track;                        // all but kManifest: the noun, decoded
  std::uint64_t time = 0;                   // kFragment and kKeyFrame: ticks
  std::uint64_t fragment_number = 0;        // kFragment of HDS: n of "Seg1-Frag{n}", counted from the one at `time`

  std::vector<std::string> filters;  // filter=a;b
  bool audio_only = true;            // audio-only=false drops the audio-only variant of HLS
  std::string audio_track;           // audioTrack= or audiotrack=
  std::string encryption;            // in lower case
  bool keyframes = false;            // type=keyframes
  std::string start_time, end_time;  // as written

  // Set by the caller, for formats that copy media (StreamingFormat::reads_media):
  bool size_only = false;                // HEAD: Answer::size may stand in for a body
  bool memory_only = false;              // PreconditionFailed, detail kMediaOnDisk, rather than wait for the disk
  files::BufferPool* buffers = nullptr;  // where the body's bytes are taken from; null: the heap. Outlives the request
};

// InvalidArgument MPE_BAD_URL_SYNTAX, or Unsupported MPE_OUTPUT_FORMAT_NOT_SUPPORTED for an unknown format=.
Result<StreamRequest> parse_stream_request(std::string_view tail);

}  // namespace lazulite::packager
