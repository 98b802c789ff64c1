// StreamingFormat: one row for each output protocol. formats.cpp lists the rows; a new protocol is one file that
// defines its row and one line in that list. The functions are pure: they build an answer from a presentation and a
// request that belongs to it, touch no media byte unless reads_media says so, and may run on any thread.
#pragma once

#include "packager/stream_request.hpp"
#include "schema/base/result.hpp"
#include "storage/files/content.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lazulite::packager {

class Presentation;
struct Level;
struct Stream;

struct Answer {
  std::string content_type;
  files::Content body;
  bool immutable_media = false;  // fragment or init: may be cached for long; false for manifests and playlists
  // Of a body that was not made, because StreamRequest::size_only asked so.
  std::optional<std::uint64_t> size = {};
};

// What a request for a level names, found in the presentation.
struct LevelRef {
  const Stream* stream = nullptr;
  const Level* level = nullptr;
};

enum class StreamingProtocol : std::uint8_t { kNone, kSmooth, kDash, kHls, kHds };

struct StreamingFormat {
  using Function = Result<Answer> (*)(const Presentation&, const StreamRequest&);

  std::span<const std::string_view> names;  // values of format=, the canonical one first; "" is the default
  StreamingProtocol protocol = StreamingProtocol::kNone;  // what delivery policies allow or block
  Function manifest = nullptr;
  Function media_playlist = nullptr;  // null, here and below: the format has no such request
  Function init = nullptr;
  Function fragment = nullptr;
  Function key_frame = nullptr;
  bool numbers_fragments = false;  // "Seg1-Frag{n}" follows a fragment request
  bool packs_fragments = false;    // a segment holds fragments_per_hls_segment of them
  bool reads_media = false;        // fragment and key_frame copy media bytes, and so may wait for the disk
};

// Every format there is, in order of delivery.md 1.3.
std::span<const StreamingFormat* const> streaming_formats();
// By a value of format= in any case; null when unknown.
const StreamingFormat* find_format(std::string_view name);

// The stream and level a request names. NotFound MPE_EGRESS_TRACK_NOT_FOUND or MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND.
Result<LevelRef> find_level(const Presentation& presentation, const StreamRequest& request);

}  // namespace lazulite::packager
