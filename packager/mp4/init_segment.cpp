#include "packager/mp4/init_segment.hpp"

#include "packager/mp4/boxes.hpp"
#include "packager/mp4/codec_config.hpp"
#include "packager/segment_plan.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace lazulite::packager::mp4 {
namespace {

constexpr std::uint32_t kTimescale = static_cast<std::uint32_t>(kTicksPerSecond);

FourCc entry_type(const TrackInfo& info) {
  FourCc type = 0;
  for (const char c : info.sample_entry) type = type << 8U | static_cast<unsigned char>(c);
  return type;
}

void append(std::string& out, const std::vector<std::uint8_t>& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void write_video_entry(std::string& out, const TrackInfo& info) {
  write_container(out, entry_type(info), [&] {
    VisualSampleEntryFields fields;
    fields.width = info.width;
    fields.height = info.height;
    BoxWriter writer(out);
    VisualSampleEntryFields::fields(writer, fields);
    write_container(out, info.codec == Codec::kH264 ? fourcc("avcC") : fourcc("hvcC"),
                    [&] { append(out, info.codec_config); });
    append(out, info.extra_boxes);
  });
}

void write_audio_entry(std::string& out, const TrackInfo& info, std::uint64_t bitrate) {
  write_container(out, entry_type(info), [&] {
    AudioSampleEntryFields fields;
    fields.channel_count = info.channels;
    fields.sample_rate = info.sample_rate < 0x10000 ? info.sample_rate << 16U : 0;  // the field cannot hold 96 kHz
    BoxWriter writer(out);
    AudioSampleEntryFields::fields(writer, fields);
    if (info.codec == Codec::kAac) {
      const auto rate = std::min<std::uint64_t>(bitrate, std::numeric_limits<std::uint32_t>::max());
      write_container(out, fourcc("esds"),
                      [&] { out += write_es_descriptor(info.codec_config, static_cast<std::uint32_t>(rate)); });
    } else {
      write_container(out, info.codec == Codec::kAc3 ? fourcc("dac3") : fourcc("dec3"),
                      [&] { append(out, info.codec_config); });
    }
  });
}

// XMLSubtitleSampleEntry (ISO/IEC 14496-12 §12.6.3.2) of TTML: namespace, no schema, no images.
void write_text_entry(std::string& out) {
  using namespace std::string_literals;
  write_container(out, fourcc("stpp"), [&] { out += "\0\0\0\0\0\0\0\1http://www.w3.org/ns/ttml\0\0\0"s; });
}

void write_sample_entry(std::string& out, const TrackInfo& info, std::uint64_t bitrate) {
  switch (info.kind) {
    case TrackKind::kVideo:
      return write_video_entry(out, info);
    case TrackKind::kAudio:
      return write_audio_entry(out, info, bitrate);
    case TrackKind::kText:
      return write_text_entry(out);
  }
}

void write_media_header(std::string& out, TrackKind kind) {
  switch (kind) {
    case TrackKind::kVideo:
      return write_box(out, VideoMediaHeader{});
    case TrackKind::kAudio:
      return write_box(out, SoundMediaHeader{});
    case TrackKind::kText:
      return write_box(out, SubtitleMediaHeader{});
  }
}

FourCc handler_of(TrackKind kind) {
  switch (kind) {
    case TrackKind::kVideo:
      return fourcc("vide");
    case TrackKind::kAudio:
      return fourcc("soun");
    case TrackKind::kText:
      break;
  }
  return fourcc("subt");
}

void write_sample_table(std::string& out, const TrackInfo& info, std::uint64_t bitrate) {
  write_container(out, fourcc("stbl"), [&] {
    write_container(out, fourcc("stsd"), [&] {
      BoxWriter writer(out);
      writer.u(4, 0U);
      writer.u(4, 1U);
      write_sample_entry(out, info, bitrate);
    });
    write_box(out, EmptyTimeToSample{});
    write_box(out, EmptySampleToChunk{});
    write_box(out, EmptySampleSize{});
    write_box(out, EmptyChunkOffset{});
  });
}

void write_media_information(std::string& out, const TrackInfo& info, std::uint64_t bitrate) {
  write_container(out, fourcc("minf"), [&] {
    write_media_header(out, info.kind);
    write_container(out, fourcc("dinf"), [&] {
      write_container(out, fourcc("dref"), [&] {
        BoxWriter writer(out);
        writer.u(4, 0U);
        writer.u(4, 1U);
        write_box(out, DataEntryUrl{});
      });
    });
    write_sample_table(out, info, bitrate);
  });
}

void write_media(std::string& out, const TrackInfo& info, std::uint64_t bitrate) {
  write_container(out, fourcc("mdia"), [&] {
    MediaHeader mdhd;
    mdhd.timescale = kTimescale;
    if (info.language.size() == 3) {
      mdhd.language = 0;
      for (const char c : info.language) {
        mdhd.language =
            static_cast<std::uint16_t>(std::uint32_t{mdhd.language} << 5U | (static_cast<unsigned char>(c) & 31U));
      }
    }
    write_box(out, mdhd);
    HandlerReference hdlr;
    hdlr.handler_type = handler_of(info.kind);
    hdlr.name = {0};
    write_box(out, hdlr);
    write_media_information(out, info, bitrate);
  });
}

// What the init segment's edit list takes off every presentation time, in ticks: an encoder's priming of audio; and, in
// CSF, the delay that keeps its composition offsets from being negative (CMAF has negative ones, ISO/IEC 23000-19
// §7.5.13). FFmpeg misreads negative offsets in fragments: its frames would be late by a delay that grows.
std::uint64_t edit_media_time(const TrackInfo& info, bool cmaf) {
  if (info.kind == TrackKind::kText) return 0;
  if (info.kind == TrackKind::kVideo) return cmaf ? 0 : to_ticks(info.composition_delay, info.timescale);
  return info.presentation_shift < 0 ? to_ticks(static_cast<std::uint64_t>(-info.presentation_shift), info.timescale)
                                     : 0;
}

void write_track(std::string& out, const TrackInfo& info, std::uint64_t bitrate, bool cmaf) {
  write_container(out, fourcc("trak"), [&] {
    TrackHeader tkhd;
    tkhd.track_id = output_track_id(info.kind);
    tkhd.volume = info.kind == TrackKind::kAudio ? 0x0100 : 0;
    tkhd.width = std::uint32_t{info.display_width} << 16U;
    tkhd.height = std::uint32_t{info.display_height} << 16U;
    write_box(out, tkhd);
    if (const std::uint64_t media_time = edit_media_time(info, cmaf); media_time != 0) {
      EditList elst;
      elst.entry_count = 1;
      elst.entries.push_back({0, static_cast<std::int64_t>(media_time)});
      write_container(out, fourcc("edts"), [&] { write_box(out, elst); });
    }
    write_media(out, info, bitrate);
  });
}

}  // namespace

std::string write_init_segment(const TrackInfo& info, std::uint64_t bitrate, bool cmaf) {
  std::string out;
  FileType ftyp{fourcc("iso6"), 0, {fourcc("iso6"), fourcc("dash"), fourcc("msdh")}};
  if (cmaf) ftyp = {fourcc("cmf2"), 0, {fourcc("cmf2"), fourcc("cmfc"), fourcc("iso6"), fourcc("dash")}};
  write_box(out, ftyp);
  write_container(out, fourcc("moov"), [&] {
    MovieHeader mvhd;
    mvhd.timescale = kTimescale;
    mvhd.next_track_id = output_track_id(info.kind) + 1;
    write_box(out, mvhd);
    write_track(out, info, bitrate, cmaf);
    write_container(out, fourcc("mvex"), [&] {
      TrackExtends trex;
      trex.track_id = output_track_id(info.kind);
      write_box(out, trex);
    });
  });
  return out;
}

}  // namespace lazulite::packager::mp4
