#include "packager/captions/caption_track.hpp"

#include "packager/captions/ttml.hpp"
#include "packager/captions/webvtt.hpp"
#include "packager/errors.hpp"

#include <algorithm>
#include <tuple>

namespace lazulite::packager {

CaptionTrack::CaptionTrack(std::vector<Cue> cues, std::string blocks, std::string language)
    : cues_(std::move(cues)), blocks_(std::move(blocks)), language_(std::move(language)) {
  std::stable_sort(cues_.begin(), cues_.end(),
                   [](const Cue& a, const Cue& b) { return std::tie(a.start, a.end) < std::tie(b.start, b.end); });
  latest_end_.reserve(cues_.size());
  for (const Cue& cue : cues_) {
    latest_end_.push_back(latest_end_.empty() ? cue.end : std::max(latest_end_.back(), cue.end));
  }
}

std::vector<const Cue*> CaptionTrack::seen_in(std::uint64_t start, std::uint64_t end) const {
  std::vector<const Cue*> out;
  auto at =
      static_cast<std::size_t>(std::upper_bound(latest_end_.begin(), latest_end_.end(), start) - latest_end_.begin());
  for (; at < cues_.size() && cues_[at].start < end; ++at) {
    if (cues_[at].end > start) out.push_back(&cues_[at]);
  }
  return out;
}

std::size_t CaptionTrack::memory_bytes() const {
  std::size_t bytes = sizeof *this + blocks_.capacity() + cues_.size() * (sizeof(Cue) + sizeof(std::uint64_t));
  for (const Cue& cue : cues_) bytes += cue.id.capacity() + cue.settings.capacity() + cue.text.capacity();
  return bytes;
}

Result<CaptionTrack> parse_captions(std::string_view bytes) {
  if (bytes.size() > CaptionTrack::kMaxFileBytes) {
    return bad_input("captions of {} bytes, more than {}", bytes.size(), CaptionTrack::kMaxFileBytes);
  }
  return looks_like_webvtt(bytes) ? parse_webvtt(bytes) : parse_ttml(bytes);
}

}  // namespace lazulite::packager
