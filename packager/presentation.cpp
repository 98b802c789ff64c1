#include "packager/presentation.hpp"

#include "packager/captions/sample_captions.hpp"
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
        LAZULITE_CHECK(add_captions(element));
      } else {
        LAZULITE_CHECK(add_element(element));
      }
    }
    const auto is_media = [](const Stream& stream) { return stream.kind != TrackKind::kText; };
    if (std::none_of(result_->streams_.begin(), result_->streams_.end(), is_media)) {
      return bad_input("{} names no audio or video track", ism_name);
    }
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
    note_version(file);
    by_name_[name] = opened.get();
    result_->sources_.push_back(std::move(opened));
    return by_name_[name];
  }

  void note_version(const SourceFile& file) {
    version_text_ += file.name + '\n' + file.etag + '\n';
    result_->last_modified_ = std::max(result_->last_modified_, file.last_modified);
  }

  Result<void> count_level() {
    if (++levels_ <= options_.max_levels) return {};
    return fail_with(ErrorCode::kUnsupported, mpe::kFormatNotSupported, "the .ism names more than {} tracks",
                     options_.max_levels);
  }

  Result<void> add_element(const manifests::ManifestTrack& element) {
    LAZULITE_CHECK(count_level());
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

  // A text element: WebVTT or TTML as a file (param transcriptsrc, else src), or TTML in the samples of an MP4.
  Result<void> add_captions(const manifests::ManifestTrack& element) {
    LAZULITE_CHECK(count_level());
    LAZULITE_TRY(const auto file, look_up_captions(element));
    LAZULITE_TRY(const auto mapped, open_and_map(file, mpe::kStorageResourceNotFound));
    auto read = read_captions(file, *mapped, element.track_id());
    if (!read) {
      Error error = std::move(read).error();
      error.message = file.name + ": " + error.message;
      return error;
    }
    if (!*read) {
      logger("packager").info("text of an unknown kind, left out ism={} src={}", result_->name_, file.name);
      return {};
    }
    auto opened = std::make_unique<Source>();
    opened->name = file.name;
    opened->etag = file.etag;
    opened->last_modified = file.last_modified;
    note_version(file);
    MediaIndex::Track format;
    format.info.kind = TrackKind::kText;
    format.info.codec = Codec::kTtml;
    format.info.sample_entry = "stpp";
    format.info.timescale = static_cast<std::uint32_t>(kTicksPerSecond);
    format.info.language = "und";
    auto captions =
        std::make_unique<Presentation::CaptionFile>(Presentation::CaptionFile{std::move(**read), std::move(format)});
    Level level;
    level.bitrate =
        std::max<std::uint64_t>(element.bitrate().value_or(caption_bitrate(file.size, captions->captions)), 1);
    level.source = opened.get();
    level.track = &captions->format;
    level.captions = &captions->captions;
    Stream& stream = stream_for(element, captions->format.info);
    if (stream.language.empty()) stream.language = captions->captions.language();
    if (stream.title.empty()) stream.title = element.param("textDisplayName");
    stream.is_default = equals_ignoring_case(element.param("textIsDefault"), "true");
    stream.characteristics = element.param("textHlsCharacteristic");
    if (!stream.language.empty()) captions->format.info.language = stream.language;
    stream.levels.push_back(std::move(level));
    result_->sources_.push_back(std::move(opened));
    result_->captions_.push_back(std::move(captions));
    return {};
  }

  // The text of the late service stands beside an MP4 made of it; the text says the same and is read first.
  Result<SourceFile> look_up_captions(const manifests::ManifestTrack& element) {
    const std::string_view transcript = element.param("transcriptsrc");
    if (!transcript.empty()) {
      auto found = lookup_(transcript);
      if (found || found.error().code != ErrorCode::kNotFound || element.src.empty()) {
        return found ? std::move(found) : look_up(lookup_, transcript, mpe::kStorageResourceNotFound);
      }
    }
    return look_up(lookup_, element.src, mpe::kStorageResourceNotFound);
  }

  Result<std::optional<CaptionTrack>> read_captions(const SourceFile& file, const files::MappedFile& mapped,
                                                    std::optional<std::uint32_t> track_id) {
    if (!looks_like_mp4(mapped.bytes())) {
      LAZULITE_TRY(auto captions, parse_captions(as_text(mapped.bytes())));
      return std::optional{std::move(captions)};
    }
    LAZULITE_TRY(const auto index, indexes_.find_or_build(file, mapped));
    const auto* track = index->find(TrackKind::kText, track_id);
    if (track == nullptr) return std::optional<CaptionTrack>{};
    LAZULITE_TRY(auto captions, captions_of_samples(*track, mapped.bytes()));
    return std::optional{std::move(captions)};
  }

  // Of the file over the time of its cues: text has no rate of its own.
  static std::uint64_t caption_bitrate(std::uint64_t file_size, const CaptionTrack& captions) {
    std::uint64_t end = kTicksPerSecond;
    for (const Cue& cue : captions.cues()) end = std::max(end, cue.end);
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(file_size) * 8 * kTicksPerSecond / end);
  }

  // All video elements make one stream; each other element makes its own, under a name of its own.
  Stream& stream_for(const manifests::ManifestTrack& element, const TrackInfo& info) {
    auto& streams = result_->streams_;
    if (info.kind == TrackKind::kVideo) {
      const auto found = std::find_if(streams.begin(), streams.end(),
                                      [](const Stream& stream) { return stream.kind == TrackKind::kVideo; });
      if (found != streams.end()) return *found;
    }
    Stream& stream = streams.emplace_back();
    stream.kind = info.kind;
    stream.name = info.kind == TrackKind::kVideo
                      ? "video"
                      : unique_name(url_noun(element.track_name()), info.kind == TrackKind::kText ? "text" : "audio");
    stream.language = language_of(element, info);
    stream.title = element.title;
    stream.role = element.param("role");
    stream.accessibility = element.param("accessibility");
    return stream;
  }

  // A nameless track is `audio`, then `audio_1`, … (delivery.md 2.1); so is a name that is taken.
  [[nodiscard]] std::string unique_name(std::string name, const char* nameless) const {
    if (name.empty()) name = nameless;
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
    plan_captions();
    result_->set_span();
    return {};
  }

  // Captions have the fragments of the video, or without video those of the first audio.
  void plan_captions() {
    const Stream* leader = result_->video();
    if (leader == nullptr) leader = result_->audio().front();
    std::vector<Fragment> fragments = leader->timeline().fragments();
    for (Fragment& fragment : fragments) fragment.first_sample = fragment.sample_count = 0;
    for (Stream& stream : result_->streams_) {
      if (stream.kind == TrackKind::kText) stream.levels.front().plan = TrackPlan(fragments);
    }
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

bool is_caption(const Stream& stream) {
  return equals_ignoring_case(stream.role, "caption") ||
         stream.characteristics.find("public.accessibility.") != std::string::npos;
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

std::vector<const Stream*> Presentation::streams_of(TrackKind kind) const {
  std::vector<const Stream*> found;
  for (const Stream& stream : streams_) {
    if (stream.kind == kind) found.push_back(&stream);
  }
  return found;
}

std::vector<const Stream*> Presentation::audio() const { return streams_of(TrackKind::kAudio); }
std::vector<const Stream*> Presentation::text() const { return streams_of(TrackKind::kText); }

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
  for (const auto& source : sources_) {
    bytes += sizeof *source + (source->index == nullptr ? 0 : source->index->memory_bytes());
  }
  for (const auto& file : captions_) bytes += sizeof *file + file->captions.memory_bytes();
  for (const Stream& stream : streams_) {
    bytes += sizeof stream;
    for (const Level& level : stream.levels) {
      bytes += sizeof level + level.plan.fragments().capacity() * sizeof(Fragment);
    }
  }
  return bytes;
}

std::size_t Presentation::open_files() const {
  std::size_t files = 0;
  for (const auto& source : sources_) {
    files += (source->file != nullptr ? 1 : 0) + (source->index != nullptr && source->index->mapped() ? 1 : 0);
  }
  return files;
}

Result<std::shared_ptr<const Presentation>> load_presentation(std::string_view ism_name, const SourceLookup& lookup,
                                                              IndexStore& indexes, const PresentationOptions& options) {
  return PresentationBuilder(lookup, indexes, options).build(ism_name);
}

}  // namespace lazulite::packager
