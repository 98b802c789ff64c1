#include "tests/support/mp4_builder.hpp"

#include "packager/mp4/boxes.hpp"
#include "packager/mp4/codec_config.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace lazulite::test {
namespace {

using namespace packager::mp4;

struct Chunk {
  std::uint32_t samples = 0;
  std::uint64_t offset = 0;  // from the start of the media
};
using Chunks = std::vector<std::vector<Chunk>>;  // of each track

std::string sample_bytes(const Mp4Track& track, std::uint32_t sample) {
  const std::uint32_t size = track.sizes[sample];
  std::string bytes(size, static_cast<char>(0x80 + sample % 64));
  if (track.video && size >= 5) {
    const std::uint32_t nal = size - 4;
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<char>(nal >> (8 * (3 - i)));
    const bool sync = track.sync.empty() || std::binary_search(track.sync.begin(), track.sync.end(), sample);
    bytes[4] = sync ? 0x65 : 0x41;
  }
  return bytes;
}

std::string media_bytes(const Mp4File& file, Chunks& chunks) {
  std::string media;
  chunks.assign(file.tracks.size(), {});
  std::vector<std::uint32_t> next(file.tracks.size(), 0);
  for (bool more = true; more;) {
    more = false;
    for (std::size_t t = 0; t < file.tracks.size(); ++t) {
      const Mp4Track& track = file.tracks[t];
      const auto left = static_cast<std::uint32_t>(track.sizes.size()) - next[t];
      if (left == 0) continue;
      const std::uint32_t take = file.samples_per_chunk == 0 ? left : std::min(left, file.samples_per_chunk);
      chunks[t].push_back({take, media.size()});
      for (std::uint32_t i = 0; i < take; ++i) media += sample_bytes(track, next[t]++);
      more = more || take < left;
    }
  }
  return media;
}

template <class Value>
void write_runs(std::string& out, const char (&type)[5], const std::vector<Value>& values) {
  std::vector<std::pair<std::uint32_t, Value>> runs;
  for (const Value value : values) {
    if (runs.empty() || runs.back().second != value) runs.push_back({0, value});
    ++runs.back().first;
  }
  write_container(out, fourcc(type), [&] {
    BoxWriter w(out);
    w.u(4, 0U);
    w.u(4, runs.size());
    for (const auto& [count, value] : runs) w.u(4, count), w.u(4, value);
  });
}

void write_sample_entry(std::string& out, const Mp4Track& track) {
  BoxWriter w(out);
  if (track.video) {
    const auto config = from_hex(track.config.empty() ? "014d401fffe10004674d401f01000368ebef" : track.config);
    write_container(out, fourcc("avc1"), [&] {
      VisualSampleEntryFields fields;
      fields.width = track.width;
      fields.height = track.height;
      VisualSampleEntryFields::fields(w, fields);
      write_container(out, fourcc("avcC"), [&] { out += as_text(config.value()); });
    });
    return;
  }
  const auto config = from_hex(track.config.empty() ? "1210" : track.config);
  write_container(out, fourcc("mp4a"), [&] {
    AudioSampleEntryFields fields;
    fields.sample_rate = track.sample_rate << 16U;
    AudioSampleEntryFields::fields(w, fields);
    write_container(out, fourcc("esds"), [&] { out += write_es_descriptor(config.value(), 0); });
  });
}

void write_stbl(std::string& out, const Mp4Track& track, const std::vector<Chunk>& chunks, std::uint64_t base,
                bool wide) {
  write_container(out, fourcc("stbl"), [&] {
    BoxWriter w(out);
    write_container(out, fourcc("stsd"), [&] {
      w.u(4, 0U);
      w.u(4, 1U);
      const std::size_t start = out.size();
      write_sample_entry(out, track);
      if (track.video) out.replace(start + 4, 4, track.sample_entry);
    });
    write_runs(out, "stts", track.durations);
    if (!track.offsets.empty()) write_runs(out, "ctts", track.offsets);
    if (!track.sync.empty()) {
      write_container(out, fourcc("stss"), [&] {
        w.u(4, 0U);
        w.u(4, track.sync.size());
        for (const auto sample : track.sync) w.u(4, sample + 1);
      });
    }
    write_container(out, fourcc("stsz"), [&] {
      w.u(8, 0U);
      w.u(4, track.sizes.size());
      for (const auto size : track.sizes) w.u(4, size);
    });
    write_container(out, fourcc("stsc"), [&] {
      w.u(4, 0U);
      w.u(4, chunks.size());
      for (std::size_t i = 0; i < chunks.size(); ++i) w.u(4, i + 1), w.u(4, chunks[i].samples), w.u(4, 1U);
    });
    write_container(out, wide ? fourcc("co64") : fourcc("stco"), [&] {
      w.u(4, 0U);
      w.u(4, chunks.size());
      for (const auto& chunk : chunks) w.u(wide ? 8 : 4, base + chunk.offset);
    });
  });
}

void write_edit_list(std::string& out, const Mp4Track& track) {
  if (!track.media_time && track.empty_edit == 0) return;
  EditList elst;
  if (track.empty_edit != 0) elst.entries.push_back({track.empty_edit, -1});
  if (track.media_time) elst.entries.push_back({1000, *track.media_time});
  elst.entry_count = static_cast<std::uint32_t>(elst.entries.size());
  write_container(out, fourcc("edts"), [&] { write_box(out, elst); });
}

void write_trak(std::string& out, const Mp4Track& track, const std::vector<Chunk>& chunks, std::uint64_t base,
                bool wide) {
  write_container(out, fourcc("trak"), [&] {
    TrackHeader tkhd;
    tkhd.track_id = track.id;
    if (track.video) tkhd.width = std::uint32_t{track.width} << 16U, tkhd.height = std::uint32_t{track.height} << 16U;
    write_box(out, tkhd);
    write_edit_list(out, track);
    write_container(out, fourcc("mdia"), [&] {
      MediaHeader mdhd;
      mdhd.timescale = track.timescale;
      mdhd.language = 0;
      for (const char c : track.language) mdhd.language = static_cast<std::uint16_t>(mdhd.language << 5U | (c & 31));
      write_box(out, mdhd);
      HandlerReference hdlr;
      hdlr.handler_type = track.video ? fourcc("vide") : fourcc("soun");
      write_box(out, hdlr);
      write_container(out, fourcc("minf"), [&] { write_stbl(out, track, chunks, base, wide); });
    });
  });
}

std::string moov_bytes(const Mp4File& file, const Chunks& chunks, std::uint64_t base) {
  std::string out;
  write_container(out, fourcc("moov"), [&] {
    MovieHeader mvhd;
    mvhd.timescale = 1000;
    write_box(out, mvhd);
    for (std::size_t t = 0; t < file.tracks.size(); ++t) {
      write_trak(out, file.tracks[t], chunks[t], base, file.wide_offsets);
    }
  });
  return out;
}

// Sizes that differ and add up: the first of each `gop` is four times as large as the others.
std::vector<std::uint32_t> spread(std::uint32_t count, std::uint32_t gop, std::uint64_t total) {
  std::uint64_t weights = 0;
  for (std::uint32_t i = 0; i < count; ++i) weights += i % gop == 0 ? 4 : 1;
  std::vector<std::uint32_t> sizes(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    sizes[i] = static_cast<std::uint32_t>(total * (i % gop == 0 ? 4 : 1) / weights - i % 3);
    if (i + 1 == count) break;
  }
  std::uint64_t sum = 0;
  for (const auto size : sizes) sum += size;
  sizes.back() += static_cast<std::uint32_t>(total - sum);
  return sizes;
}

}  // namespace

namespace {

// What stands before and after `hole` bytes of nothing.
struct Halves {
  std::string first, second;
};

Halves build_halves(const Mp4File& file, std::uint64_t hole) {
  std::string ftyp;
  write_box(ftyp, FileType{fourcc("isom"), 0x200, {fourcc("isom"), fourcc("mp41")}});
  Chunks chunks;
  const std::string media = media_bytes(file, chunks);
  std::string free_header, mdat_header;
  if (hole > 0) {
    BoxWriter free(free_header);
    free.u(4, 1U);
    free.u(4, fourcc("free"));
    free.u(8, hole + 16);
  }
  BoxWriter w(mdat_header);
  w.u(4, file.wide_mdat ? std::uint64_t{1} : media.size() + 8);
  w.u(4, fourcc("mdat"));
  if (file.wide_mdat) w.u(8, media.size() + 16);
  const std::size_t moov_size = moov_bytes(file, chunks, 0).size();
  const std::uint64_t base =
      ftyp.size() + (file.moov_first ? moov_size : 0) + free_header.size() + hole + mdat_header.size();
  const std::string moov = moov_bytes(file, chunks, base);
  return {ftyp + (file.moov_first ? moov : "") + free_header, mdat_header + media + (file.moov_first ? "" : moov)};
}

}  // namespace

std::string build_mp4(const Mp4File& file) {
  const Halves halves = build_halves(file, 0);
  return halves.first + halves.second;
}

void write_sparse_mp4(const std::filesystem::path& path, const Mp4File& file, std::uint64_t hole) {
  const Halves halves = build_halves(file, hole);
  std::ofstream out(path, std::ios::binary);
  out << halves.first;
  out.seekp(static_cast<std::streamoff>(halves.first.size() + hole));
  out << halves.second;
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

Mp4Track video_track(std::uint32_t count, std::uint32_t timescale, std::uint32_t duration, std::uint32_t gop,
                     std::uint64_t total_bytes) {
  Mp4Track track;
  track.timescale = timescale;
  track.durations.assign(count, duration);
  track.sizes = spread(count, gop, total_bytes);
  for (std::uint32_t i = 0; i < count; i += gop) track.sync.push_back(i);
  return track;
}

Mp4Track audio_track(std::uint32_t count, std::uint32_t sample_rate, std::uint64_t total_bytes) {
  Mp4Track track;
  track.video = false;
  track.id = 2;
  track.timescale = track.sample_rate = sample_rate;
  if (sample_rate == 48000) track.config = "1190";
  track.durations.assign(count, 1024);
  track.sizes = spread(count, count, total_bytes);
  return track;
}

std::map<std::string, std::string> example_asset() {
  Mp4Track large = video_track(300, 12800, 512, 50, 2'946'000);
  large.width = 1280;
  large.height = 720;
  Mp4Track small = video_track(300, 12800, 512, 50, 960'000);
  small.config = "014d401effe10004674d401e01000368ebef";
  const Mp4Track audio = audio_track(517, 44100, 188457);
  std::map<std::string, std::string> files;
  files["clip_1964.mp4"] = build_mp4({.tracks = {large}});
  files["clip_640.mp4"] = build_mp4({.tracks = {small, audio}, .samples_per_chunk = 12});
  files["clip.ism"] = R"(<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
  <head><meta name="formats" content="mp4" /></head>
  <body><switch>
    <video src="clip_1964.mp4" />
    <video src="clip_640.mp4" />
    <audio src="clip_640.mp4" title="AAC_und_ch2_128kbps" />
  </switch></body>
</smil>)";
  return files;
}

packager::SourceLookup memory_lookup(std::map<std::string, std::string> files) {
  return [files = std::move(files)](std::string_view name) -> Result<packager::SourceFile> {
    const auto found = files.find(std::string(name));
    if (found == files.end()) return fail(ErrorCode::kNotFound, "there is no {}", name);
    packager::SourceFile file;
    file.name = found->first;
    file.etag = "\"" + std::to_string(std::hash<std::string>{}(found->second)) + "\"";
    file.size = found->second.size();
    file.last_modified = Timestamp{std::chrono::seconds{1'700'000'000}};
    file.open = [bytes = found->second]() -> Result<files::FileDescriptor> {
      files::FileDescriptor memory{::memfd_create("source", MFD_CLOEXEC)};
      if (!memory) return fail(ErrorCode::kIo, "memfd_create failed");
      LAZULITE_CHECK(files::write_all(memory, as_bytes(bytes), 0));
      return memory;
    };
    return file;
  };
}

}  // namespace lazulite::test
