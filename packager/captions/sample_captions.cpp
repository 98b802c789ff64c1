#include "packager/captions/sample_captions.hpp"

#include "packager/captions/ttml.hpp"
#include "packager/errors.hpp"
#include "packager/mp4/box_walk.hpp"
#include "packager/segment_plan.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace lazulite::packager {
namespace {

using mp4::fourcc;

// Joins the cues of one sample after another.
class Joiner {
 public:
  Result<void> add(Cue cue) {
    const auto same = open_.find(cue.settings + '\n' + cue.text);
    if (same != open_.end() && cues_[same->second].end == cue.start) {
      cues_[same->second].end = cue.end;
      return {};
    }
    if (cues_.size() == CaptionTrack::kMaxCues) return bad_input("captions of more than {} cues", cues_.size());
    open_[cue.settings + '\n' + cue.text] = cues_.size();
    cues_.push_back(std::move(cue));
    return {};
  }
  std::vector<Cue> take() { return std::move(cues_); }

 private:
  std::vector<Cue> cues_;
  std::map<std::string, std::size_t, std::less<>> open_;  // the latest cue of each text
};

std::uint64_t presentation_ticks(std::uint64_t decode_time, const TrackInfo& info) {
  const auto time = to_ticks_signed(static_cast<std::int64_t>(decode_time) + info.presentation_shift, info.timescale);
  return time < 0 ? 0 : static_cast<std::uint64_t>(time);
}

}  // namespace

bool looks_like_mp4(std::span<const std::uint8_t> file) {
  if (file.size() < 8) return false;
  constexpr std::array<mp4::FourCc, 6> kFirst{fourcc("ftyp"), fourcc("styp"), fourcc("moov"),
                                              fourcc("moof"), fourcc("free"), fourcc("mdat")};
  const auto type = static_cast<mp4::FourCc>(mp4::read_be(file.data() + 4, 4));
  return std::find(kFirst.begin(), kFirst.end(), type) != kFirst.end();
}

Result<CaptionTrack> captions_of_samples(const MediaIndex::Track& track, std::span<const std::uint8_t> file) {
  const TrackInfo& info = track.info;
  const bool relative = info.sample_entry == "dfxp";  // times count from the start of the fragment
  Joiner joiner;
  std::uint64_t total = 0;
  for (auto cursor = track.samples.samples(0, track.samples.count()); !cursor.done(); cursor.next()) {
    const SampleView& sample = cursor.view();
    total += sample.size;
    if (total > CaptionTrack::kMaxFileBytes)
      return bad_input("captions of more than {} bytes", CaptionTrack::kMaxFileBytes);
    if (sample.size == 0) continue;
    const std::uint64_t start = presentation_ticks(sample.decode_time, info);
    const std::uint64_t end = presentation_ticks(sample.decode_time + sample.duration, info);
    LAZULITE_TRY(const auto document, parse_ttml(as_text(file.subspan(sample.file_offset, sample.size))));
    for (Cue cue : document.cues()) {
      if (relative) {
        cue.start += start;
        cue.end += start;
      }
      cue.start = std::max(cue.start, start);
      cue.end = std::min(cue.end, end);
      if (cue.start < cue.end) LAZULITE_CHECK(joiner.add(std::move(cue)));
    }
  }
  return CaptionTrack(joiner.take(), {}, {});
}

}  // namespace lazulite::packager
