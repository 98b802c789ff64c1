#include "packager/presentation.hpp"

#include "packager/errors.hpp"
#include "packager/index_store.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "schema/manifests/server_manifest.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <span>

namespace lazulite::packager {
namespace {

constexpr std::uint64_t kMaxManifestBytes = 1 << 20;

// The source of a name, NotFound turned into the word that fits where it is missing.
Result<SourceFile> look_up(const SourceLookup& lookup, std::string_view name, const char* missing) {
  auto found = lookup(name);
  if (!found && found.error().code == ErrorCode::kNotFound) {
    return fail_with(ErrorCode::kNotFound, missing, "the asset has no file '{}'", name);
  }
  return found;
}

Result<std::shared_ptr<const files::MappedFile>> open_and_map(const SourceFile& file, const char* missing) {
  auto descriptor = file.open();
  if (!descriptor && descriptor.error().code == ErrorCode::kNotFound) {
    return fail_with(ErrorCode::kNotFound, missing, "the file '{}' of the asset is not in its container", file.name);
  }
  if (!descriptor) return std::move(descriptor).error();
  return files::MappedFile::map(std::move(*descriptor));
}

// A name that survives as the noun of a URL: without the characters of the URL grammar (delivery.md 1.4).
std::string url_noun(std::string_view name) {
  std::string noun(name);
  for (char& c : noun) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || std::string_view(",=()/\\;").find(c) != std::string_view::npos) c = '_';
  }
  return std::string(trim(noun));
}

std::string language_of(const manifests::ManifestTrack& element, const TrackInfo& info) {
  const std::string_view language = element.language().empty() ? std::string_view(info.language) : element.language();
  return language == "und" ? std::string{} : std::string(language);
}

}  // namespace

// Builds one Presentation; lives for one call of load_presentation.
class PresentationBuilder {
 public:
  PresentationBuilder(const SourceLookup& lookup, IndexStore& indexes, const PresentationOptions& options)
      : lookup_(lookup), indexes_(indexes), options_(options), result_(new Presentation()) {}

  Result<std::shared_ptr<const Presentation>> build(std::string_view ism_name) {
    LAZULITE_TRY(const auto manifest, read_manifest(ism_name));
    for (const auto& element : manifest.tracks) {
      if (element.kind == manifests::TrackKind::kText) {
        logger("packager").info("captions are not offered, left out ism={} src={}", ism_name, element.src);
        continue;
      }
      LAZULITE_CHECK(add_element(element));
    }
    if (result_->streams_.empty()) return bad_input("{} names no audio or video track", ism_name);
    LAZULITE_CHECK(plan());
    finish(manifest);
    return std::shared_ptr<const Presentation>(std::move(result_));
  }

 private:
  Result<manifests::ServerManifest> read_manifest(std::string_view ism_name) {
    LAZULITE_TRY(const auto file, look_up(lookup_, ism_name, mpe::kResourceNotFound));
    LAZULITE_TRY(const auto mapped, open_and_map(file, mpe::kResourceNotFound));
    result_->name_ = file.name;
    result_->last_modified_ = file.last_modified;
    version_text_ = file.name + '\n' + file.etag + '\n';
    if (mapped->bytes().size() > kMaxManifestBytes) return bad_input("{} is larger than 1 MiB", ism_name);
    auto manifest = manifests::parse_server_manifest(as_text(mapped->bytes()));
    if (!manifest) return bad_input("{} cannot be read: {}", ism_name, manifest.error().message);
    return manifest;
  }

  // The open source of that name; each is opened once.
  Result<const Source*> source(const std::string& name) {
    if (const auto known = by_name_.find(name); known != by_name_.end()) return known->second;
    LAZULITE_TRY(const auto file, look_up(lookup_, name, mpe::kStorageResourceNotFound));
    auto opened = std::make_unique<Source>();
    opened->name = file.name;
    opened->etag = file.etag;
    opened->last_modified = file.last_modified;
    LAZULITE_TRY(opened->file, open_and_map(file, mpe::kStorageResourceNotFound));
    auto index = indexes_.find_or_build(file, *opened->file);
    if (!index) {
      Error error = std::move(index).error();
      error.message = file.name + ": " + error.message;
      return error;
    }
    opened->index = std::move(*index);
    version_text_ += file.name + '\n' + file.etag + '\n';
    result_->last_modified_ = std::max(result_->last_modified_, file.last_modified);
    by_name_[name] = opened.get();
    result_->sources_.push_back(std::move(opened));
    return by_name_[name];
  }

  Result<void> add_element(const manifests::ManifestTrack& element) {
    if (++levels_ > options_.max_levels) {
      return fail_with(ErrorCode::kUnsupported, mpe::kFormatNotSupported, "the .ism names more than {} tracks",
                       options_.max_levels);
    }
    LAZULITE_TRY(const Source* from, source(element.src));
    const bool video = element.kind == manifests::TrackKind::kVideo;
    const auto* track = from->index->find(video ? TrackKind::kVideo : TrackKind::kAudio, element.track_id());
    if (track == nullptr) {
      const auto& skipped = from->index->skipped_tracks();
      const char* kind = video ? "video" : "audio";
      if (skipped.empty()) return bad_input("{} has no {} track that the .ism names", from->name, kind);
      return fail_with(ErrorCode::kUnsupported, mpe::kEncodingNotSupported,
                       "{} has no {} track of a supported codec; it has '{}'", from->name, kind, skipped.front());
    }
    Level level;
    level.bitrate = element.bitrate().value_or(track->info.bitrate);
    level.source = from;
    level.track = track;
    Stream& stream = stream_for(element, track->info);
    const auto taken = [&stream](std::uint64_t bitrate) { return stream.find_level(bitrate) != nullptr; };
    while (taken(level.bitrate)) ++level.bitrate;  // delivery.md 2.4
    stream.levels.push_back(std::move(level));
    return {};
  }

  // All video elements make one stream; each audio element makes its own, under a name of its own.
  Stream& stream_for(const manifests::ManifestTrack& element, const TrackInfo& info) {
    auto& streams = result_->streams_;
    if (info.kind == TrackKind::kVideo) {
      const auto found = std::find_if(streams.begin(), streams.end(),
                                      [](const Stream& stream) { return stream.kind == TrackKind::kVideo; });
      if (found != streams.end()) return *found;
    }
    Stream& stream = streams.emplace_back();
    stream.kind = info.kind;
    stream.name = info.kind == TrackKind::kVideo ? "video" : unique_name(url_noun(element.track_name()));
    stream.language = language_of(element, info);
    stream.title = element.title;
    stream.role = element.param("role");
    stream.accessibility = element.param("accessibility");
    return stream;
  }

  // A nameless track is `audio`, then `audio_1`, … (delivery.md 2.1); so is a name that is taken.
  [[nodiscard]] std::string unique_name(std::string name) const {
    if (name.empty()) name = "audio";
    const auto taken = [this](const std::string& candidate) {
      const auto& streams = result_->streams_;
      return candidate == "video" || std::any_of(streams.begin(), streams.end(),
                                                 [&](const Stream& stream) { return stream.name == candidate; });
    };
    std::string candidate = name;
    for (unsigned n = 1; taken(candidate); ++n) candidate = name + '_' + std::to_string(n);
    return candidate;
  }

  // Levels stand in .ism order until here: the first video track decides the boundaries (delivery.md 2.3).
  Result<void> plan() {
    std::uint64_t audio_target = options_.plan.fragment_seconds * kTicksPerSecond;
    for (Stream& stream : result_->streams_) {
      if (stream.kind != TrackKind::kVideo) continue;
      std::vector<const MediaIndex::Track*> tracks;
      for (const Level& level : stream.levels) tracks.push_back(level.track);
      LAZULITE_TRY(auto plans, plan_video(tracks, options_.plan));
      for (std::size_t i = 0; i < plans.size(); ++i) stream.levels[i].plan = std::move(plans[i]);
      audio_target = stream.timeline().fragments().front().duration;
    }
    for (Stream& stream : result_->streams_) {
      if (stream.kind == TrackKind::kAudio) {
        LAZULITE_TRY(stream.levels.front().plan, plan_audio(*stream.levels.front().track, audio_target, options_.plan));
      }
      std::stable_sort(stream.levels.begin(), stream.levels.end(),
                       [](const Level& a, const Level& b) { return a.bitrate > b.bitrate; });
    }
    result_->set_span();
    return {};
  }

  void finish(const manifests::ServerManifest& manifest) {
    const auto packing = parse_uint64(manifest.meta("fragmentsPerHLSSegment"));
    const bool usable = packing && *packing >= 1 && *packing <= 100;
    result_->fragments_per_hls_segment_ =
        usable ? static_cast<std::uint32_t>(*packing) : options_.fragments_per_hls_segment;
    const auto digest = sha256(as_bytes(version_text_));
    result_->version_ = to_hex(std::span(digest).first(16));
  }

  const SourceLookup& lookup_;
  IndexStore& indexes_;
  const PresentationOptions& options_;
  std::unique_ptr<Presentation> result_;
  std::map<std::string, const Source*, std::less<>> by_name_;
  std::size_t levels_ = 0;
  std::string version_text_;
};

const Level* Stream::find_level(std::uint64_t bitrate) const {
  const auto found =
      std::find_if(levels.begin(), levels.end(), [bitrate](const Level& level) { return level.bitrate == bitrate; });
  return found == levels.end() ? nullptr : &*found;
}

void Presentation::set_span() {
  std::uint64_t end = 0;
  start_ = std::numeric_limits<std::uint64_t>::max();
  for (const Stream& stream : streams_) {
    start_ = std::min(start_, stream.timeline().fragments().front().start);
    end = std::max(end, stream.timeline().end());
  }
  if (const Stream* stream = video()) start_ = stream->timeline().fragments().front().start;
  duration_ = end - start_;
}

const Stream* Presentation::video() const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [](const Stream& stream) { return stream.kind == TrackKind::kVideo; });
  return found == streams_.end() ? nullptr : &*found;
}

std::vector<const Stream*> Presentation::audio() const {
  std::vector<const Stream*> found;
  for (const Stream& stream : streams_) {
    if (stream.kind == TrackKind::kAudio) found.push_back(&stream);
  }
  return found;
}

const Stream* Presentation::find_stream(std::string_view name) const {
  const Stream* inexact = nullptr;
  std::size_t candidates = 0;
  for (const Stream& stream : streams_) {
    if (stream.name == name) return &stream;
    if (equals_ignoring_case(stream.name, name)) {
      inexact = &stream;
      ++candidates;
    }
  }
  return candidates == 1 ? inexact : nullptr;
}

std::size_t Presentation::memory_bytes() const {
  std::size_t bytes = sizeof *this;
  for (const auto& source : sources_) bytes += sizeof *source + source->index->memory_bytes();
  for (const Stream& stream : streams_) {
    bytes += sizeof stream;
    for (const Level& level : stream.levels) {
      bytes += sizeof level + level.plan.fragments().capacity() * sizeof(Fragment);
    }
  }
  return bytes;
}

std::size_t Presentation::open_files() const {
  std::size_t files = sources_.size();
  for (const auto& source : sources_) files += source->index->mapped() ? 1 : 0;
  return files;
}

Result<std::shared_ptr<const Presentation>> load_presentation(std::string_view ism_name, const SourceLookup& lookup,
                                                              IndexStore& indexes, const PresentationOptions& options) {
  return PresentationBuilder(lookup, indexes, options).build(ism_name);
}

}  // namespace lazulite::packager
