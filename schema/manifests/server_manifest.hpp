// The server manifest of an asset, the ".ism" file: a SMIL document that lists which media file carries which track
// (delivery.md 2.1, processing.md 4.2 and 4.3). The encoder writes it, the packager reads it; clients upload
// hand-written ones too, so reading is lenient. Pure values: no file is opened and no `src` is checked against an
// asset.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::manifests {

// A <meta name content> of the head or a <param name value> of a track.
struct NameValue {
  std::string name, value;
  bool operator==(const NameValue&) const = default;
};

enum class TrackKind : std::uint8_t { kVideo, kAudio, kText };

struct ManifestTrack {
  TrackKind kind = TrackKind::kVideo;
  std::string src;                              // AssetFile name, case-sensitive
  std::string title;                            // @title, or empty
  std::optional<std::uint64_t> system_bitrate;  // bits per second
  std::string system_language;                  // @systemLanguage, or empty
  std::vector<NameValue> params;                // trackID, trackName, role, accessibility, transcriptsrc, …

  // Value of the param with that name (ignoring case), or empty.
  [[nodiscard]] std::string_view param(std::string_view name) const;
  // @title or param trackName; empty when the manifest names it not.
  [[nodiscard]] std::string_view track_name() const;
  // @systemLanguage or param systemLanguage; empty when unknown.
  [[nodiscard]] std::string_view language() const;
  // @systemBitrate or param systemBitrate.
  [[nodiscard]] std::optional<std::uint64_t> bitrate() const;
  // param trackID; nullopt: the first track of this kind in the file.
  [[nodiscard]] std::optional<std::uint32_t> track_id() const;

  bool operator==(const ManifestTrack&) const = default;
};

struct ServerManifest {
  std::vector<NameValue> metas;       // of the head, in document order
  std::vector<ManifestTrack> tracks;  // in document order

  // Content of the meta with that name (ignoring case), or empty.
  [[nodiscard]] std::string_view meta(std::string_view name) const;

  bool operator==(const ServerManifest&) const = default;
};

// Takes UTF-8 or UTF-16, with or without a byte-order mark; a missing head is fine. InvalidArgument for what is no SMIL
// document, an audio or video element without src, or text with control characters; TooLarge above 1 MiB, 2000 tracks,
// 64 params of a track or 4096 characters in a value.
Result<ServerManifest> parse_server_manifest(std::string_view bytes);

// UTF-8 with a declaration and no byte-order mark; parse_server_manifest() of it gives the same value back.
std::string write_server_manifest(const ServerManifest& manifest);

}  // namespace lazulite::manifests
