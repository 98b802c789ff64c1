#include "schema/manifests/server_manifest.hpp"

#include "schema/base/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace lazulite::manifests {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20U, kMaxTracks = 2000, kMaxParams = 64, kMaxMetas = 64, kMaxValue = 4096;
constexpr std::string_view kSmilNamespace = "http://www.w3.org/2001/SMIL20/Language";

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_named(const pugi::xml_node& parent, std::string_view name) {
  return parent.find_child([name](const pugi::xml_node& child) { return local_name(child) == name; });
}

std::string_view attribute(const pugi::xml_node& node, const char* name) { return node.attribute(name).value(); }

std::string_view value_of(const std::vector<NameValue>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [name](const NameValue& entry) { return equals_ignoring_case(entry.name, name); });
  return found == list.end() ? std::string_view{} : std::string_view{found->value};
}

std::optional<TrackKind> kind_of(std::string_view element) {
  if (element == "video") return TrackKind::kVideo;
  if (element == "audio") return TrackKind::kAudio;
  if (element == "textstream") return TrackKind::kText;
  return std::nullopt;
}

std::string_view element_of(TrackKind kind) {
  switch (kind) {
    case TrackKind::kVideo:
      return "video";
    case TrackKind::kAudio:
      return "audio";
    case TrackKind::kText:
      break;
  }
  return "textstream";
}

// A value goes into the manifests that players read: text that XML can carry, and of a size to carry.
Result<std::string> checked(std::string_view value, std::string_view element) {
  if (value.size() > kMaxValue)
    return fail(ErrorCode::kTooLarge, "server manifest: an attribute of {} is too long", element);
  const bool plain =
      std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!plain || !is_valid_utf8(value))
    return fail(ErrorCode::kInvalidArgument, "server manifest: an attribute of {} holds characters that are no text",
                element);
  return std::string{value};
}

// The <meta>s or <param>s directly under a node.
Result<std::vector<NameValue>> parse_pairs(const pugi::xml_node& parent, std::string_view element,
                                           const char* value_name, std::size_t limit) {
  std::vector<NameValue> pairs;
  for (const pugi::xml_node& child : parent.children()) {
    if (local_name(child) != element) continue;
    if (pairs.size() == limit) return fail(ErrorCode::kTooLarge, "server manifest: too many {} elements", element);
    LAZULITE_TRY(auto name, checked(attribute(child, "name"), element));
    LAZULITE_TRY(auto value, checked(attribute(child, value_name), element));
    pairs.push_back({std::move(name), std::move(value)});
  }
  return pairs;
}

Result<ManifestTrack> parse_track(const pugi::xml_node& node, TrackKind kind) {
  ManifestTrack track;
  track.kind = kind;
  LAZULITE_TRY(track.src, checked(attribute(node, "src"), element_of(kind)));
  LAZULITE_TRY(track.title, checked(attribute(node, "title"), element_of(kind)));
  LAZULITE_TRY(track.system_language, checked(attribute(node, "systemLanguage"), element_of(kind)));
  track.system_bitrate = parse_uint64(trim(attribute(node, "systemBitrate")));
  if (track.src.empty() && kind != TrackKind::kText) {
    return fail(ErrorCode::kInvalidArgument, "server manifest: a {} element has no src", node.name());
  }
  LAZULITE_TRY(track.params, parse_pairs(node, "param", "value", kMaxParams));
  return track;
}

// Appends the tracks directly under `parent`.
Result<void> parse_tracks(const pugi::xml_node& parent, std::vector<ManifestTrack>& tracks) {
  for (const pugi::xml_node& child : parent.children()) {
    const auto kind = kind_of(local_name(child));
    if (!kind) continue;
    if (tracks.size() == kMaxTracks) {
      return fail(ErrorCode::kTooLarge, "server manifest: more than {} tracks", kMaxTracks);
    }
    LAZULITE_TRY(auto track, parse_track(child, *kind));
    tracks.push_back(std::move(track));
  }
  return {};
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), " {}=\"{}\"", name, xml_escape(value));
}

void append_track(std::string& out, const ManifestTrack& track) {
  out += fmt::format("      <{}", element_of(track.kind));
  append_attribute(out, "src", track.src);
  if (track.system_bitrate) append_attribute(out, "systemBitrate", std::to_string(*track.system_bitrate));
  if (!track.system_language.empty()) append_attribute(out, "systemLanguage", track.system_language);
  if (!track.title.empty()) append_attribute(out, "title", track.title);
  if (track.params.empty()) {
    out += " />\n";
    return;
  }
  out += ">\n";
  for (const NameValue& param : track.params) {
    out += "        <param";
    append_attribute(out, "name", param.name);
    append_attribute(out, "value", param.value);
    out += " valuetype=\"data\" />\n";
  }
  out += fmt::format("      </{}>\n", element_of(track.kind));
}

}  // namespace

std::string_view ManifestTrack::param(std::string_view name) const { return value_of(params, name); }

std::string_view ManifestTrack::track_name() const { return title.empty() ? param("trackName") : title; }

std::string_view ManifestTrack::language() const {
  return system_language.empty() ? param("systemLanguage") : system_language;
}

std::optional<std::uint64_t> ManifestTrack::bitrate() const {
  return system_bitrate ? system_bitrate : parse_uint64(trim(param("systemBitrate")));
}

std::optional<std::uint32_t> ManifestTrack::track_id() const {
  const auto id = parse_uint64(trim(param("trackID")));
  if (!id || *id == 0 || *id > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*id);
}

std::string_view ServerManifest::meta(std::string_view name) const { return value_of(metas, name); }

Result<ServerManifest> parse_server_manifest(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) {
    return fail(ErrorCode::kTooLarge, "server manifest: {} bytes, more than {}", bytes.size(), kMaxBytes);
  }
  pugi::xml_document document;
  // The encoding is told from the bytes; a declaration that claims UTF-16 in UTF-8 text is ignored.
  const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
  if (!parsed) {
    return fail(ErrorCode::kInvalidArgument, "server manifest: {} at byte {}", parsed.description(), parsed.offset);
  }
  const pugi::xml_node root = document.document_element();
  if (local_name(root) != "smil") {
    return fail(ErrorCode::kInvalidArgument, "server manifest: the root element is not smil");
  }
  ServerManifest manifest;
  LAZULITE_TRY(manifest.metas, parse_pairs(child_named(root, "head"), "meta", "content", kMaxMetas));
  const pugi::xml_node body = child_named(root, "body");
  LAZULITE_CHECK(parse_tracks(body, manifest.tracks));
  for (const pugi::xml_node& child : body.children()) {
    if (local_name(child) != "switch") continue;
    LAZULITE_CHECK(parse_tracks(child, manifest.tracks));
  }
  return manifest;
}

std::string write_server_manifest(const ServerManifest& manifest) {
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n";
  out += fmt::format("<smil xmlns=\"{}\">\n  <head>\n", kSmilNamespace);
  for (const NameValue& meta : manifest.metas) {
    out += "    <meta";
    append_attribute(out, "name", meta.name);
    append_attribute(out, "content", meta.value);
    out += " />\n";
  }
  out += "  </head>\n  <body>\n    <switch>\n";
  for (const ManifestTrack& track : manifest.tracks) append_track(out, track);
  out += "    </switch>\n  </body>\n</smil>\n";
  return out;
}

}  // namespace lazulite::manifests
