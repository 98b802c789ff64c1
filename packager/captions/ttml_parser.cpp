// TTML → cues.
#include "packager/captions/ttml.hpp"
#include "packager/captions/webvtt.hpp"
#include "packager/errors.hpp"
#include "packager/segment_plan.hpp"
#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace lazulite::packager {
namespace {

constexpr unsigned kMaxDepth = 64;
constexpr double kMaxSeconds = 3600.0 * 1'000'000;
constexpr std::size_t kMaxStyles = 1000;
constexpr unsigned kMaxReferences = 32;  // to styles, from one element

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// Attributes are known by their local names: every version of TTML has namespaces of its own.
std::string_view attribute(const pugi::xml_node& node, std::string_view name) {
  for (const auto& each : node.attributes()) {
    if (local_name(each.name()) == name) return each.value();
  }
  return {};
}

// The time base of a document (TTML §6.2).
struct Clock {
  double frame_rate = 30, sub_frame_rate = 1, tick_rate = 1;

  static Clock of(const pugi::xml_node& root) {
    Clock clock;
    const auto positive = [](std::string_view text, double fallback) {
      const auto value = parse_double(trim(text));
      return value && *value > 0 && *value <= 1e9 ? *value : fallback;
    };
    const auto parts = split(trim(attribute(root, "frameRateMultiplier")), ' ');
    const double multiplier = parts.size() == 2 ? positive(parts[0], 1) / positive(parts[1], 1) : 1;
    const bool has_frames = !attribute(root, "frameRate").empty();
    clock.frame_rate = positive(attribute(root, "frameRate"), 30) * multiplier;
    clock.sub_frame_rate = positive(attribute(root, "subFrameRate"), 1);
    clock.tick_rate = positive(attribute(root, "tickRate"), has_frames ? clock.frame_rate * clock.sub_frame_rate : 1);
    return clock;
  }

  // §8.2.3: "12.5s" and the other metrics, "01:02:03.45", "01:02:03:12" in frames. Ticks of 10^-7 s.
  [[nodiscard]] std::optional<std::uint64_t> parse(std::string_view text) const {
    text = trim(text);
    const auto seconds = text.find(':') == std::string_view::npos ? offset(text) : clock_time(text);
    if (!seconds || !(*seconds >= 0) || *seconds > kMaxSeconds) return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(*seconds * static_cast<double>(kTicksPerSecond)));
  }

 private:
  [[nodiscard]] std::optional<double> offset(std::string_view text) const {
    struct Metric {
      std::string_view name;
      double seconds;
    };
    for (const auto& [name, seconds] : {Metric{"ms", 0.001}, Metric{"h", 3600}, Metric{"m", 60}, Metric{"s", 1},
                                        Metric{"f", 1 / frame_rate}, Metric{"t", 1 / tick_rate}}) {
      if (!text.ends_with(name)) continue;
      const auto count = parse_double(text.substr(0, text.size() - name.size()));
      return count ? std::optional{*count * seconds} : std::nullopt;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> clock_time(std::string_view text) const {
    const auto parts = split(text, ':');
    if (parts.size() < 3 || parts.size() > 4) return std::nullopt;
    const auto hours = parse_uint64(parts[0]), minutes = parse_uint64(parts[1]);
    const auto seconds = parse_double(parts[2]);
    if (!hours || !minutes || !seconds) return std::nullopt;
    double frames = 0;
    if (parts.size() == 4) {
      const auto sub = split(parts[3], '.');
      const auto whole = parse_uint64(sub[0]);
      const auto part = sub.size() == 2 ? parse_uint64(sub[1]) : std::optional<std::uint64_t>{0};
      if (!whole || !part) return std::nullopt;
      frames = (static_cast<double>(*whole) + static_cast<double>(*part) / sub_frame_rate) / frame_rate;
    }
    return static_cast<double>(*hours) * 3600 + static_cast<double>(*minutes) * 60 + *seconds + frames;
  }
};

// What the text of an element looks like, as far as a cue can say it.
struct Look {
  bool bold = false, italic = false, underline = false;
  std::string_view align;  // "start", "end", "left", "right", "center"
  bool top = false;

  void take(const pugi::xml_node& node) {
    const auto set = [&node](bool& flag, std::string_view name, std::string_view value) {
      if (const auto text = attribute(node, name); !text.empty()) flag = text.find(value) != std::string_view::npos;
    };
    set(bold, "fontWeight", "bold");
    set(italic, "fontStyle", "italic");
    if (italic == false && attribute(node, "fontStyle") == "oblique") italic = true;
    if (const auto text = attribute(node, "textDecoration"); !text.empty()) underline = text == "underline";
    if (const auto text = attribute(node, "textAlign"); !text.empty()) align = text;
    // "10% 20%", or cells of the usual 15 rows; what is pushed to the far edge of its region stands at the bottom.
    if (const auto origin = split(trim(attribute(node, "origin")), ' '); origin.size() == 2) {
      std::string_view y = origin[1];
      const char unit = y.empty() ? ' ' : y.back();
      if (!y.empty()) y.remove_suffix(1);
      if (const auto value = parse_double(y)) top = (unit == '%' && *value < 40) || (unit == 'c' && *value < 6);
    }
    if (attribute(node, "displayAlign") == "after") top = false;
  }
};

struct Interval {
  std::uint64_t start = 0, end = UINT64_MAX;
};

class Parser {
 public:
  Result<CaptionTrack> parse(const pugi::xml_node& root) {
    clock_ = Clock::of(root);
    LAZULITE_CHECK(read_head(root, 0));
    const Element whole{.time = {}, .look = {}, .preserve = attribute(root, "space") == "preserve"};
    for (const auto& child : root.children()) {
      if (local_name(child.name()) == "body") LAZULITE_CHECK(walk(child, whole, 0));
    }
    return CaptionTrack(std::move(cues_), {}, std::string(trim(attribute(root, "lang"))));
  }

 private:
  struct Element {
    Interval time;
    Look look;
    bool preserve = false;
  };

  // Styles and regions by their ids.
  Result<void> read_head(const pugi::xml_node& node, unsigned depth) {
    if (depth > kMaxDepth) return bad_input("TTML deeper than {} elements", kMaxDepth);
    for (const auto& child : node.children()) {
      const auto name = local_name(child.name());
      if (name == "style" || name == "region") {
        if (named_.size() == kMaxStyles) return bad_input("TTML of more than {} styles", kMaxStyles);
        if (const auto id = attribute(child, "id"); !id.empty()) named_.emplace(id, child);
      } else if (name == "head" || name == "styling" || name == "layout") {
        LAZULITE_CHECK(read_head(child, depth + 1));
      }
    }
    return {};
  }

  // A style or region, after what it refers to itself; at most `budget` of them, for they may refer in circles.
  void apply_named(std::string_view ids, Look& look, unsigned& budget) const {
    for (const auto id : split(ids, ' ')) {
      const auto found = named_.find(id);
      if (found == named_.end()) continue;
      if (budget == 0) return;
      --budget;
      apply_named(attribute(found->second, "style"), look, budget);
      look.take(found->second);
      for (const auto& child : found->second.children()) {
        if (local_name(child.name()) == "style") look.take(child);
      }
    }
  }

  [[nodiscard]] Element inside(const pugi::xml_node& node, const Element& parent) const {
    Element own = parent;
    if (const auto space = attribute(node, "space"); !space.empty()) own.preserve = space == "preserve";
    unsigned budget = kMaxReferences;
    if (const auto region = attribute(node, "region"); !region.empty()) apply_named(region, own.look, budget);
    if (const auto style = attribute(node, "style"); !style.empty()) apply_named(style, own.look, budget);
    own.look.take(node);
    const auto limit = [](std::uint64_t a, std::uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; };
    if (const auto begin = clock_.parse(attribute(node, "begin"))) own.time.start = limit(parent.time.start, *begin);
    if (const auto end = clock_.parse(attribute(node, "end"))) {
      own.time.end = std::min(own.time.end, limit(parent.time.start, *end));
    }
    if (const auto duration = clock_.parse(attribute(node, "dur"))) {
      own.time.end = std::min(own.time.end, limit(own.time.start, *duration));
    }
    return own;
  }

  static bool is_timed(const pugi::xml_node& node) {
    return !attribute(node, "begin").empty() || !attribute(node, "end").empty() || !attribute(node, "dur").empty();
  }

  Result<void> walk(const pugi::xml_node& node, const Element& parent, unsigned depth) {
    if (depth > kMaxDepth) return bad_input("TTML deeper than {} elements", kMaxDepth);
    const Element own = inside(node, parent);
    if (local_name(node.name()) == "p") return read_paragraph(node, own, depth);
    for (const auto& child : node.children()) {
      const auto name = local_name(child.name());
      if (name == "div" || name == "p") LAZULITE_CHECK(walk(child, own, depth + 1));
    }
    return {};
  }

  // One cue, or one for each span that has a time of its own.
  Result<void> read_paragraph(const pugi::xml_node& node, const Element& own, unsigned depth) {
    bool has_timed_spans = false;
    for (const auto& child : node.children()) has_timed_spans = has_timed_spans || is_timed(child);
    if (!has_timed_spans) return add(node, own, depth);
    for (const auto& child : node.children()) {
      if (is_timed(child)) LAZULITE_CHECK(add(child, inside(child, own), depth + 1));
    }
    return {};
  }

  Result<void> add(const pugi::xml_node& node, const Element& element, unsigned depth) {
    if (element.time.end == UINT64_MAX || element.time.end <= element.time.start) return {};
    Cue cue{.start = element.time.start, .end = element.time.end, .id = {}, .settings = {}, .text = {}};
    LAZULITE_CHECK(append_text(node, element, depth, cue.text));
    cue.text = without_empty_lines(cue.text);
    if (cue.text.empty()) return {};
    if (cues_.size() == CaptionTrack::kMaxCues) return bad_input("TTML of more than {} cues", cues_.size());
    if (element.look.top) cue.settings = "line:5%";
    for (const std::string_view align : {"start", "end", "left", "right"}) {
      if (element.look.align == align)
        cue.settings.append(cue.settings.empty() ? "" : " ").append("align:").append(align);
    }
    cues_.push_back(std::move(cue));
    return {};
  }

  Result<void> append_text(const pugi::xml_node& node, const Element& element, unsigned depth, std::string& out) const {
    if (depth > kMaxDepth) return bad_input("TTML deeper than {} elements", kMaxDepth);
    for (const auto& child : node.children()) {
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        append_piece(child.value(), element, out);
      } else if (local_name(child.name()) == "br") {
        out += '\n';
      } else if (local_name(child.name()) == "span") {
        LAZULITE_CHECK(append_text(child, inside(child, element), depth + 1, out));
      }
      if (out.size() > CaptionTrack::kMaxCueBytes) return bad_input("TTML with a cue that is too long");
    }
    return {};
  }

  static void append_piece(std::string_view text, const Element& element, std::string& out) {
    std::string piece(text);
    std::erase(piece, '\r');
    if (!element.preserve) {  // XML space: runs of white space are one space
      std::string collapsed;
      for (const char c : piece) {
        const bool space = c == ' ' || c == '\n' || c == '\t';
        if (space &&
            (collapsed.empty() ? out.empty() || out.back() == ' ' || out.back() == '\n' : collapsed.back() == ' '))
          continue;
        collapsed += space ? ' ' : c;
      }
      piece = std::move(collapsed);
    }
    if (piece.empty()) return;
    const Look& look = element.look;
    for (const auto& [on, tag] : {std::pair{look.bold, "<b>"}, {look.italic, "<i>"}, {look.underline, "<u>"}}) {
      if (on) out += tag;
    }
    out += webvtt_escape(piece);
    for (const auto& [on, tag] : {std::pair{look.underline, "</u>"}, {look.italic, "</i>"}, {look.bold, "</b>"}}) {
      if (on) out += tag;
    }
  }

  // An empty line would end a WebVTT cue.
  static std::string without_empty_lines(std::string_view text) {
    std::string out;
    for (const auto line : split(text, '\n')) {
      if (trim(line).empty()) continue;
      if (!out.empty()) out += '\n';
      out += trim(line);
    }
    return out;
  }

  Clock clock_;
  std::map<std::string_view, pugi::xml_node> named_;
  std::vector<Cue> cues_;
};

}  // namespace

Result<CaptionTrack> parse_ttml(std::string_view bytes) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!parsed)
    return bad_input("captions are neither WebVTT nor XML: {} at byte {}", parsed.description(), parsed.offset);
  const auto root = document.document_element();
  if (local_name(root.name()) != "tt") return bad_input("captions are XML, but no TTML");
  if (!is_valid_utf8(bytes) && bytes.substr(0, 2) != "\xff\xfe" && bytes.substr(0, 2) != "\xfe\xff") {
    return bad_input("TTML that is not Unicode");
  }
  return Parser().parse(root);
}

}  // namespace lazulite::packager
