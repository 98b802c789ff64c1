// WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format"): read as leniently as its §6 asks, written as segments of
// HLS (RFC 8216 §3.5). Pure.
#pragma once

#include "packager/captions/caption_track.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lazulite::packager {

// Begins with the word WEBVTT, perhaps behind a byte-order mark.
bool looks_like_webvtt(std::string_view bytes);

// Blocks that are no cues and cues without a proper time are skipped, as browsers do. Unsupported
// MPE_INPUT_FORMAT_NOT_SUPPORTED: no WebVTT, not UTF-8, more cues or a larger one than CaptionTrack takes.
Result<CaptionTrack> parse_webvtt(std::string_view bytes);

// The segment [start, end) in ticks: all cues seen in it, with their own times, under an X-TIMESTAMP-MAP that says
// which 90 kHz timestamp of the media presentation time 0 has.
std::string write_webvtt_segment(const CaptionTrack& track, std::uint64_t start, std::uint64_t end,
                                 std::uint64_t mpegts_of_zero);

// & < > as character references.
std::string webvtt_escape(std::string_view text);

// "01:02:03.004", as WebVTT and TTML write times of day. Ticks, rounded down to milliseconds.
std::string cue_time(std::uint64_t ticks);

}  // namespace lazulite::packager
