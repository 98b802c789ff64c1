#include "packager/captions/webvtt.hpp"

#include "packager/errors.hpp"
#include "packager/segment_plan.hpp"
#include "schema/base/text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <optional>

namespace lazulite::packager {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf", kSignature = "WEBVTT", kArrow = "-->";
constexpr std::size_t kMaxBlockBytes = 65'536;  // of all STYLE and REGION blocks, which stand in every segment
constexpr std::uint64_t kMaxHours = 1'000'000;

std::string_view without_mark(std::string_view bytes) {
  return bytes.starts_with(kByteOrderMark) ? bytes.substr(kByteOrderMark.size()) : bytes;
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

// Lines that end with CR LF, LF or CR (§6.1).
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  std::string_view take() {
    const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    const std::size_t skip = rest_.substr(end).starts_with("\r\n") ? 2 : end < rest_.size() ? 1 : 0;
    rest_.remove_prefix(end + skip);
    return line;
  }

 private:
  std::string_view rest_;
};

// Takes the digits at the front; nullopt when there are none, or more than fit.
std::optional<std::uint64_t> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  if (count < least || count > most) return std::nullopt;
  const auto value = parse_uint64(text.substr(0, count));
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

// "mm:ss.ttt" or "hh:mm:ss.ttt" at the front (§4.3); ticks.
std::optional<std::uint64_t> take_time(std::string_view& text) {
  auto first = take_digits(text, 2, 9);
  if (!first || !take(text, ':')) return std::nullopt;
  auto second = take_digits(text, 2, 2);
  std::uint64_t hours = 0;
  if (second && take(text, ':')) {
    hours = *first;
    first = second;
    second = take_digits(text, 2, 2);
  }
  if (!second || !take(text, '.')) return std::nullopt;
  const auto millis = take_digits(text, 3, 3);
  if (!millis || *first > 59 || *second > 59 || hours > kMaxHours) return std::nullopt;
  return (((hours * 60 + *first) * 60 + *second) * 1000 + *millis) * (kTicksPerSecond / 1000);
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

// "start --> end settings"; false when it is none.
bool parse_timing(std::string_view line, Cue& cue) {
  skip_spaces(line);
  const auto start = take_time(line);
  skip_spaces(line);
  if (!start || !line.starts_with(kArrow)) return false;
  line.remove_prefix(kArrow.size());
  skip_spaces(line);
  const auto end = take_time(line);
  if (!end || *end <= *start) return false;
  cue.start = *start;
  cue.end = *end;
  cue.settings = trim(line);
  return true;
}

// Reads the blocks behind the header.
class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(text) {}

  Result<CaptionTrack> parse() {
    parse_header();
    while (!lines_.done()) LAZULITE_CHECK(parse_block());
    return CaptionTrack(std::move(cues_), std::move(blocks_), std::move(language_));
  }

 private:
  // "WEBVTT", a comment, and metadata lines: of these only the language counts.
  void parse_header() {
    lines_.take();
    while (!lines_.done()) {
      const std::string_view line = lines_.take();
      if (line.empty()) return;
      constexpr std::string_view kLanguage = "Language:";
      if (starts_with_ignoring_case(line, kLanguage)) language_ = trim(line.substr(kLanguage.size()));
    }
  }

  // The lines up to an empty one.
  Result<void> parse_block() {
    std::string_view line = lines_.take();
    if (line.empty()) return {};
    Cue cue;
    if (line.find(kArrow) == std::string_view::npos) {
      const bool is_style = trim(line) == "STYLE" || trim(line) == "REGION";
      if (is_style && cues_.empty()) return keep_block(line);
      const bool is_comment = line == "NOTE" || (line.starts_with("NOTE") && line.size() > 4 && is_space(line[4]));
      if (!is_style) cue.id = line;  // as an id it would be misread at the front of a segment
      line = lines_.done() ? std::string_view{} : lines_.take();
      if (is_comment || line.find(kArrow) == std::string_view::npos) return skip_block(line);
    }
    const bool is_cue = parse_timing(line, cue);
    LAZULITE_CHECK(read_text(cue));
    if (!is_cue || cue.text.empty()) return {};
    if (cues_.size() == CaptionTrack::kMaxCues) return bad_input("WebVTT of more than {} cues", cues_.size());
    cues_.push_back(std::move(cue));
    return {};
  }

  Result<void> skip_block(std::string_view line) {
    while (!line.empty() && !lines_.done()) line = lines_.take();
    return {};
  }

  Result<void> keep_block(std::string_view line) {
    for (; !line.empty(); line = lines_.done() ? std::string_view{} : lines_.take()) {
      blocks_.append(line).append("\n");
      if (blocks_.size() > kMaxBlockBytes) return bad_input("WebVTT of more than {} bytes of style", kMaxBlockBytes);
    }
    blocks_ += '\n';
    return {};
  }

  Result<void> read_text(Cue& cue) {
    while (!lines_.done()) {
      const Lines before = lines_;
      const std::string_view line = lines_.take();
      if (line.empty()) return {};
      if (line.find(kArrow) != std::string_view::npos) {  // another cue, without an empty line before it (§6.1)
        lines_ = before;
        return {};
      }
      if (!cue.text.empty()) cue.text += '\n';
      cue.text += line;
      if (cue.text.size() > CaptionTrack::kMaxCueBytes) return bad_input("WebVTT with a cue that is too long");
    }
    return {};
  }

  Lines lines_;
  std::vector<Cue> cues_;
  std::string blocks_, language_;
};

}  // namespace

bool looks_like_webvtt(std::string_view bytes) {
  const std::string_view text = without_mark(bytes);
  if (!text.starts_with(kSignature)) return false;
  const char next = text.size() == kSignature.size() ? '\n' : text[kSignature.size()];
  return is_space(next) || next == '\n' || next == '\r';
}

Result<CaptionTrack> parse_webvtt(std::string_view bytes) {
  if (!looks_like_webvtt(bytes)) return bad_input("WebVTT begins with another word");
  const std::string_view text = without_mark(bytes);
  if (text.find('\0') != std::string_view::npos || !is_valid_utf8(text)) return bad_input("WebVTT that is not UTF-8");
  return Parser(text).parse();
}

std::string write_webvtt_segment(const CaptionTrack& track, std::uint64_t start, std::uint64_t end,
                                 std::uint64_t mpegts_of_zero) {
  std::string out = fmt::format("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{},LOCAL:00:00:00.000\n\n", mpegts_of_zero);
  out += track.blocks();
  for (const Cue* cue : track.seen_in(start, end)) {
    if (!cue->id.empty()) out.append(cue->id).append("\n");
    fmt::format_to(std::back_inserter(out), "{} --> {}", cue_time(cue->start), cue_time(cue->end));
    if (!cue->settings.empty()) out.append(" ").append(cue->settings);
    out.append("\n").append(cue->text).append("\n\n");
  }
  return out;
}

std::string webvtt_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string cue_time(std::uint64_t ticks) {
  const std::uint64_t ms = ticks / (kTicksPerSecond / 1000);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

}  // namespace lazulite::packager
