#include "packager/mp4/track_header.hpp"

#include "packager/errors.hpp"
#include "packager/mp4/boxes.hpp"
#include "packager/mp4/codec_config.hpp"
#include "packager/mp4/sample_tables.hpp"

#include <limits>

namespace lazulite::packager::mp4 {
namespace {

constexpr std::size_t kMaxSampleEntryBytes = 256 << 10;

Result<BoxView> child(std::span<const BoxView> boxes, FourCc type) {
  const BoxView* box = find_box(boxes, type);
  if (box == nullptr) return bad_input("a track has no '{}' box", fourcc_text(type));
  return *box;
}

template <class Box>
Result<Box> child_as(std::span<const BoxView> boxes) {
  LAZULITE_TRY(const auto view, child(boxes, Box::kType));
  auto box = read_box<Box>(view.payload);
  if (!box) return bad_input("box '{}' of a track is cut short", fourcc_text(Box::kType));
  return std::move(*box);
}

std::string language_text(std::uint16_t packed) {
  std::string text;
  for (unsigned shift = 15; shift > 0; shift -= 5) {
    const auto letter = static_cast<char>((packed >> (shift - 5) & 31U) + 0x60U);
    if (letter < 'a' || letter > 'z') return "und";
    text += letter;
  }
  return text;
}

// Leading empty edit - media_time of the first other edit, in the track's timescale (delivery.md 2.2).
Result<std::int64_t> presentation_shift(std::span<const BoxView> trak, std::uint32_t movie_timescale,
                                        std::uint32_t timescale) {
  const BoxView* edts = find_box(trak, fourcc("edts"));
  if (edts == nullptr) return std::int64_t{0};
  LAZULITE_TRY(const auto boxes, child_boxes(edts->payload));
  const BoxView* box = find_box(boxes, EditList::kType);
  if (box == nullptr) return std::int64_t{0};
  const auto list = read_box<EditList>(box->payload);
  if (!list) return bad_input("box 'elst' of a track is cut short");
  std::int64_t shift = 0;
  const std::int64_t limit = static_cast<std::int64_t>(kMaxCompositionSeconds) * timescale;
  for (const auto& entry : list->entries) {
    if (entry.media_time >= 0) {
      if (entry.media_time > limit) return bad_input("an edit list skips more than {} s", kMaxCompositionSeconds);
      return shift - entry.media_time;
    }
    if (movie_timescale == 0 || entry.segment_duration / movie_timescale >= kMaxCompositionSeconds) {
      return bad_input("an edit list delays a track by more than {} s", kMaxCompositionSeconds);
    }
    shift +=
        static_cast<std::int64_t>(static_cast<unsigned __int128>(entry.segment_duration) * timescale / movie_timescale);
    if (shift > limit) return bad_input("an edit list delays a track by more than {} s", kMaxCompositionSeconds);
  }
  return shift;
}

Result<bool> read_video_entry(const BoxView& entry, TrackInfo& info) {
  BoxReader reader(entry.payload);
  VisualSampleEntryFields fields;
  if (!VisualSampleEntryFields::fields(reader, fields)) return bad_input("a video sample entry is cut short");
  const bool avc = entry.type == fourcc("avc1") || entry.type == fourcc("avc3");
  const bool hevc = entry.type == fourcc("hvc1") || entry.type == fourcc("hev1");
  if (!avc && !hevc) return false;
  info.codec = avc ? Codec::kH264 : Codec::kHevc;
  info.width = fields.width;
  info.height = fields.height;
  LAZULITE_TRY(const auto boxes, child_boxes(reader.left()));
  LAZULITE_TRY(const auto config, child(boxes, avc ? fourcc("avcC") : fourcc("hvcC")));
  const bool in_band = entry.type == fourcc("avc3") || entry.type == fourcc("hev1");
  if (auto sets = avc ? parse_avc_config(config.payload, in_band) : parse_hevc_config(config.payload, in_band); !sets) {
    return std::move(sets).error();
  }
  info.codec_config.assign(config.payload.begin(), config.payload.end());
  for (const FourCc type : {fourcc("pasp"), fourcc("colr")}) {
    if (const BoxView* box = find_box(boxes, type); box != nullptr) {
      info.extra_boxes.insert(info.extra_boxes.end(), box->whole.begin(), box->whole.end());
    }
  }
  return true;
}

// Boxes after the fixed fields: at once, or behind the 16 or 36 bytes that QuickTime versions 1 and 2 add, or in
// `wave`.
std::optional<std::span<const std::uint8_t>> find_in_audio_entry(std::span<const std::uint8_t> after_fields,
                                                                 FourCc type) {
  for (const std::size_t extra : {std::size_t{0}, std::size_t{16}, std::size_t{36}}) {
    if (after_fields.size() < extra) break;
    auto boxes = child_boxes(after_fields.subspan(extra));
    if (!boxes) continue;
    if (const BoxView* box = find_box(*boxes, type); box != nullptr) return box->payload;
    const BoxView* wave = find_box(*boxes, fourcc("wave"));
    auto inner = wave == nullptr ? Result<std::vector<BoxView>>{std::vector<BoxView>{}} : child_boxes(wave->payload);
    if (!inner) continue;
    if (const BoxView* box = find_box(*inner, type); box != nullptr) return box->payload;
  }
  return std::nullopt;
}

Result<bool> read_aac(std::span<const std::uint8_t> after_fields, TrackInfo& info) {
  const auto esds = find_in_audio_entry(after_fields, fourcc("esds"));
  if (!esds) return bad_input("an 'mp4a' sample entry has no 'esds'");
  LAZULITE_TRY(auto descriptor, parse_es_descriptor(*esds));
  const std::uint8_t type = descriptor.object_type_indication;
  if (type != 0x40 && (type < 0x66 || type > 0x68)) return false;  // MP3 and others in mp4a
  LAZULITE_TRY(const auto config, parse_audio_config(descriptor.decoder_specific_info));
  info.codec = Codec::kAac;
  info.codec_config = std::move(descriptor.decoder_specific_info);
  info.audio_object_type = config.object_type;
  info.sample_rate = config.sample_rate;
  info.samples_per_frame = config.samples_per_frame;
  if (config.channels != 0) info.channels = config.channels;
  return true;
}

Result<bool> read_dolby(std::span<const std::uint8_t> after_fields, FourCc entry, TrackInfo& info) {
  const bool ac3 = entry == fourcc("ac-3");
  const auto config = find_in_audio_entry(after_fields, ac3 ? fourcc("dac3") : fourcc("dec3"));
  if (!config || config->size() < 3 || config->size() > 1024)
    return bad_input("a Dolby sample entry has no configuration");
  info.codec = ac3 ? Codec::kAc3 : Codec::kEac3;
  info.codec_config.assign(config->begin(), config->end());
  info.samples_per_frame = 1536;
  return true;
}

Result<bool> read_audio_entry(const BoxView& entry, TrackInfo& info) {
  BoxReader reader(entry.payload);
  AudioSampleEntryFields fields;
  if (!AudioSampleEntryFields::fields(reader, fields)) return bad_input("an audio sample entry is cut short");
  info.channels = fields.channel_count;
  info.sample_rate = fields.sample_rate >> 16U;
  if (entry.type == fourcc("mp4a")) {
    LAZULITE_TRY(const bool known, read_aac(reader.left(), info));
    if (!known) return false;
  } else if (entry.type == fourcc("ac-3") || entry.type == fourcc("ec-3")) {
    LAZULITE_TRY(const bool known, read_dolby(reader.left(), entry.type, info));
    if (!known) return false;
  } else {
    return false;
  }
  if (info.sample_rate == 0 || info.samples_per_frame == 0) return bad_input("an audio track has no sample rate");
  return true;
}

// Fills codec and format; gives the name of the sample entry when its codec is unknown, else empty text.
Result<std::string> read_sample_description(std::span<const BoxView> stbl, TrackInfo& info) {
  LAZULITE_TRY(const auto stsd, child(stbl, fourcc("stsd")));
  if (stsd.payload.size() < 8) return bad_input("box 'stsd' is cut short");
  LAZULITE_TRY(const auto entry, box_at(stsd.payload, 8));
  if (!entry || !entry->complete || entry->whole.size() > kMaxSampleEntryBytes) {
    return bad_input("box 'stsd' has no whole sample entry");
  }
  info.sample_entry = fourcc_text(entry->type);
  if (info.kind == TrackKind::kText) {  // TTML of ISO/IEC 14496-30, or of Smooth Streaming; not chapters and the like
    info.codec = Codec::kTtml;
    return entry->type == fourcc("stpp") || entry->type == fourcc("dfxp") ? std::string{} : info.sample_entry;
  }
  const bool video = info.kind == TrackKind::kVideo;
  LAZULITE_TRY(const bool known, video ? read_video_entry(*entry, info) : read_audio_entry(*entry, info));
  return known ? std::string{} : info.sample_entry;
}

std::optional<TrackKind> kind_of(FourCc handler) {
  if (handler == fourcc("vide")) return TrackKind::kVideo;
  if (handler == fourcc("soun")) return TrackKind::kAudio;
  if (handler == fourcc("subt") || handler == fourcc("text")) return TrackKind::kText;
  return std::nullopt;
}

}  // namespace

Result<std::optional<TrackHeaders>> read_track_headers(std::span<const std::uint8_t> trak,
                                                       std::uint32_t movie_timescale) {
  LAZULITE_TRY(const auto boxes, child_boxes(trak));
  LAZULITE_TRY(const auto mdia, child(boxes, fourcc("mdia")));
  LAZULITE_TRY(const auto media, child_boxes(mdia.payload));
  LAZULITE_TRY(const auto handler, child_as<HandlerReference>(media));
  const auto kind = kind_of(handler.handler_type);
  if (!kind) return std::optional<TrackHeaders>{};

  TrackHeaders headers;
  TrackInfo& info = headers.info;
  info.kind = *kind;
  LAZULITE_TRY(const auto tkhd, child_as<TrackHeader>(boxes));
  LAZULITE_TRY(const auto mdhd, child_as<MediaHeader>(media));
  if (mdhd.timescale == 0) return bad_input("track {} has timescale 0", tkhd.track_id);
  info.id = tkhd.track_id;
  info.timescale = mdhd.timescale;
  info.language = language_text(mdhd.language);
  LAZULITE_TRY(const auto minf, child(media, fourcc("minf")));
  LAZULITE_TRY(const auto minf_boxes, child_boxes(minf.payload));
  LAZULITE_TRY(const auto stbl, child(minf_boxes, fourcc("stbl")));
  LAZULITE_TRY(headers.stbl, child_boxes(stbl.payload));
  LAZULITE_TRY(headers.unknown_sample_entry, read_sample_description(headers.stbl, info));
  if (*kind == TrackKind::kText && !headers.unknown_sample_entry.empty()) return std::optional<TrackHeaders>{};
  if (!headers.unknown_sample_entry.empty()) return std::optional<TrackHeaders>{std::move(headers)};
  LAZULITE_TRY(info.presentation_shift, presentation_shift(boxes, movie_timescale, info.timescale));
  const auto whole = [](std::uint32_t fixed) { return static_cast<std::uint16_t>(fixed >> 16U); };
  info.display_width = whole(tkhd.width) != 0 ? whole(tkhd.width) : info.width;
  info.display_height = whole(tkhd.height) != 0 ? whole(tkhd.height) : info.height;
  return std::optional<TrackHeaders>{std::move(headers)};
}

}  // namespace lazulite::packager::mp4
