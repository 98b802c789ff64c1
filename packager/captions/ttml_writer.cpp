// Cues → TTML.
#include "packager/captions/ttml.hpp"
#include "packager/segment_plan.hpp"
#include "schema/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

namespace lazulite::packager {
namespace {

constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" "
    "xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" ttp:profile=\"http://www.w3.org/ns/ttml/profile/imsc1/text\" "
    "ttp:timeBase=\"media\" xml:space=\"preserve\" xml:lang=\"";
constexpr std::string_view kLayout =
    "\"><head><layout>"
    "<region xml:id=\"bottom\" tts:origin=\"10% 10%\" tts:extent=\"80% 80%\" tts:displayAlign=\"after\" "
    "tts:textAlign=\"center\" />"
    "<region xml:id=\"top\" tts:origin=\"10% 10%\" tts:extent=\"80% 80%\" tts:displayAlign=\"before\" "
    "tts:textAlign=\"center\" />"
    "</layout></head><body><div>";

struct Name {
  std::string_view name, text;
};

// A code point in UTF-8; nothing for what is no character of XML.
std::string utf8(std::uint32_t code) {
  const bool is_character = code == 9 || code == 10 || (code >= 0x20 && code < 0xd800) ||
                            (code >= 0xe000 && code < 0xfffe) || (code >= 0x10000 && code < 0x110000);
  if (!is_character) return {};
  std::string out;
  if (code < 0x80) return {static_cast<char>(code)};
  const unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> kLead{0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[more] | code >> (6 * more));
  for (unsigned i = more; i-- > 0;) out += static_cast<char>(0x80U | (code >> (6 * i) & 0x3fU));
  return out;
}

// "&amp;" and the like at the front of the text, taken; nullopt when it is none.
std::optional<std::string> take_reference(std::string_view& text) {
  const std::size_t end = text.find(';');
  if (end == std::string_view::npos || end > 12) return std::nullopt;
  std::string_view name = text.substr(1, end - 1);
  constexpr std::array<Name, 7> kNames{{{"amp", "&"},
                                        {"lt", "<"},
                                        {"gt", ">"},
                                        {"quot", "\""},
                                        {"nbsp", "\xc2\xa0"},
                                        {"lrm", "\xe2\x80\x8e"},
                                        {"rlm", "\xe2\x80\x8f"}}};
  std::optional<std::string> found;
  const auto* const known = std::find_if(kNames.begin(), kNames.end(), [&](const Name& n) { return n.name == name; });
  if (known != kNames.end()) {
    found = known->text;
  } else if (name.starts_with('#')) {
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
    if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size()) found = utf8(code);
  }
  if (found) text.remove_prefix(end + 1);
  return found;
}

// WebVTT cue text as TTML content: styles nest in WebVTT by open tags, in TTML by spans around each piece of text.
class Content {
 public:
  std::string convert(std::string_view text) {
    while (!text.empty()) {
      if (text.front() == '<') {
        take_tag(text);
      } else if (text.front() == '\n') {
        flush();
        out_ += "<br />";
        text.remove_prefix(1);
      } else if (auto reference = text.front() == '&' ? take_reference(text) : std::nullopt) {
        piece_ += *reference;
      } else {
        const std::size_t end = std::max<std::size_t>(std::min(text.find_first_of("<&\n"), text.size()), 1);
        piece_ += text.substr(0, end);
        text.remove_prefix(end);
      }
    }
    flush();
    return std::move(out_);
  }

 private:
  struct Style {
    std::string_view tag, attribute;
    unsigned open = 0;
  };

  // <b> <i> <u> and their ends; classes, voices, languages and karaoke times say nothing here.
  void take_tag(std::string_view& text) {
    const std::size_t end = std::min(text.find('>'), text.size() - 1);
    std::string_view tag = text.substr(1, end == 0 ? 0 : end - 1);
    text.remove_prefix(end + 1);
    const bool closes = tag.starts_with('/');
    if (closes) tag.remove_prefix(1);
    tag = tag.substr(0, tag.find_first_of(". \t\n"));
    for (Style& style : styles_) {
      if (style.tag != tag) continue;
      flush();
      if (!closes) {
        ++style.open;
      } else if (style.open > 0) {
        --style.open;
      }
    }
  }

  void flush() {
    if (piece_.empty()) return;
    std::string attributes;
    for (const Style& style : styles_) {
      if (style.open > 0) attributes.append(" ").append(style.attribute);
    }
    const std::string escaped = xml_escape(piece_);
    out_ += attributes.empty() ? escaped : "<span" + attributes + ">" + escaped + "</span>";
    piece_.clear();
  }

  std::array<Style, 3> styles_{
      {{"b", "tts:fontWeight=\"bold\""}, {"i", "tts:fontStyle=\"italic\""}, {"u", "tts:textDecoration=\"underline\""}}};
  std::string piece_, out_;
};

// The value of "name:value" among the settings of a cue, or empty.
std::string_view setting(std::string_view settings, std::string_view name) {
  for (const auto part : split(settings, ' ')) {
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == ':')
      return part.substr(name.size() + 1);
  }
  return {};
}

// In the upper half: a line counted from the top, or a percentage below 50.
bool is_at_top(std::string_view settings) {
  std::string_view line = setting(settings, "line");
  line = line.substr(0, line.find(','));
  const bool percent = line.ends_with('%');
  if (percent) line.remove_suffix(1);
  const auto value = parse_double(line);
  return value && *value >= 0 && *value < (percent ? 50 : 8);
}

std::string_view text_align(std::string_view settings) {
  const std::string_view align = setting(settings, "align");
  for (const std::string_view known : {"start", "end", "left", "right"}) {
    if (align == known) return known;
  }
  return {};
}

// Exact, so that a cue that is cut at a fragment goes on in the next without a gap.
std::string clock_time(std::uint64_t ticks) {
  const std::uint64_t seconds = ticks / kTicksPerSecond, rest = ticks % kTicksPerSecond;
  std::string out = fmt::format("{:02}:{:02}:{:02}.", seconds / 3600, seconds / 60 % 60, seconds % 60);
  out += rest % 10'000 == 0 ? fmt::format("{:03}", rest / 10'000) : fmt::format("{:07}", rest);
  return out;
}

}  // namespace

std::string write_ttml(const CaptionTrack& track, std::uint64_t start, std::uint64_t end, std::uint64_t base,
                       std::string_view language) {
  std::string out{kHead};
  out.append(xml_escape(language)).append(kLayout);
  for (const Cue* cue : track.seen_in(start, end)) {
    fmt::format_to(std::back_inserter(out), "<p begin=\"{}\" end=\"{}\" region=\"{}\"",
                   clock_time(std::max(cue->start, start) - base), clock_time(std::min(cue->end, end) - base),
                   is_at_top(cue->settings) ? "top" : "bottom");
    if (const auto align = text_align(cue->settings); !align.empty()) {
      fmt::format_to(std::back_inserter(out), " tts:textAlign=\"{}\"", align);
    }
    out.append(">").append(Content().convert(cue->text)).append("</p>");
  }
  return out + "</div></body></tt>\n";
}

}  // namespace lazulite::packager
