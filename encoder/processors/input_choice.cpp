#include "encoder/processors/input_choice.hpp"

#include "encoder/processors/task_error.hpp"
#include "schema/base/text.hpp"
#include "schema/manifests/server_manifest.hpp"

#include <algorithm>

namespace lazulite::encoder {
namespace {

constexpr std::uint64_t kMaxManifestBytes = 1U << 20U;

bool is_manifest(const InputFile& file) { return ends_with_ignoring_case(file.name, ".ism"); }

template <class... Args>
Error bad_input(fmt::format_string<Args...> format, Args&&... args) {
  return fail_with(ErrorCode::kInvalidArgument, task_error::kMalformedInput, format, std::forward<Args>(args)...);
}

const InputFile* primary_of(const std::vector<InputFile>& files) {
  const auto marked = std::find_if(files.begin(), files.end(), [](const InputFile& file) { return file.is_primary; });
  if (marked != files.end()) return &*marked;
  if (files.size() == 1) return &files.front();
  const auto manifest = std::find_if(files.begin(), files.end(), is_manifest);
  const bool only = manifest != files.end() && std::none_of(manifest + 1, files.end(), is_manifest);
  return only ? &*manifest : nullptr;
}

Result<std::string> read_manifest(const InputFile& file) {
  if (file.size > kMaxManifestBytes)
    return bad_input("{}: a server manifest of {} bytes is too large", file.name, file.size);
  const auto opened = file.open();
  if (!opened)
    return fail_with(ErrorCode::kIo, task_error::kInputServiceFailure, "{}: {}", file.name, opened.error().message);
  std::string bytes(kMaxManifestBytes, '\0');
  std::size_t length = 0;
  while (length < bytes.size()) {
    const auto count = files::read_some(
        *opened, {reinterpret_cast<std::uint8_t*>(bytes.data()) + length, bytes.size() - length}, length);
    if (!count)
      return fail_with(ErrorCode::kIo, task_error::kInputServiceFailure, "{}: {}", file.name, count.error().message);
    if (*count == 0) break;
    length += *count;
  }
  bytes.resize(length);
  return bytes;
}

Result<const InputFile*> file_named(const InputAsset& asset, const std::string& name, const InputFile& manifest) {
  const auto found = std::find_if(asset.files.begin(), asset.files.end(),
                                  [&name](const InputFile& file) { return file.name == name; });
  if (found == asset.files.end()) return bad_input("{} names {}, which the asset does not have", manifest.name, name);
  return &*found;
}

// The video of the highest or lowest rate (by systemBitrate, else by size), then the first audio where it lies in a
// file of its own.
Result<std::vector<const InputFile*>> files_of_manifest(const InputAsset& asset, const InputFile& manifest,
                                                        bool lowest_bitrate) {
  LAZULITE_TRY(const auto bytes, read_manifest(manifest));
  const auto parsed = manifests::parse_server_manifest(bytes);
  if (!parsed) return bad_input("{}: {}", manifest.name, parsed.error().message);
  const InputFile *video = nullptr, *audio = nullptr;
  std::uint64_t best = 0;
  for (const manifests::ManifestTrack& track : parsed->tracks) {
    if (track.kind == manifests::TrackKind::kText) continue;
    LAZULITE_TRY(const InputFile* file, file_named(asset, track.src, manifest));
    if (track.kind == manifests::TrackKind::kAudio && audio == nullptr) audio = file;
    const std::uint64_t rate = track.bitrate().value_or(file->size);
    if (track.kind == manifests::TrackKind::kVideo &&
        (video == nullptr || (lowest_bitrate ? rate < best : rate > best))) {
      video = file;
      best = rate;
    }
  }
  std::vector<const InputFile*> chosen;
  for (const InputFile* file : {video, audio}) {
    if (file != nullptr && std::find(chosen.begin(), chosen.end(), file) == chosen.end()) chosen.push_back(file);
  }
  if (chosen.empty()) return bad_input("{} names no media file", manifest.name);
  return chosen;
}

}  // namespace

Result<InputChoice> choose_input(const InputAsset& asset, bool lowest_bitrate) {
  const InputFile* primary = primary_of(asset.files);
  if (primary == nullptr) return bad_input("the input asset has {} files and none is primary", asset.files.size());
  const std::string& name = primary->name;
  if (name.empty() || name.find('/') != std::string::npos || name.find("..") != std::string::npos) {
    return bad_input("'{}' is no name of an input file", name);
  }
  InputChoice choice{.primary = primary, .candidates = {primary}};
  if (is_manifest(*primary)) {
    LAZULITE_TRY(choice.candidates, files_of_manifest(asset, *primary, lowest_bitrate));
  }
  return choice;
}

}  // namespace lazulite::encoder
