// The boxes that the packager writes or reads as a whole, one struct each, fields only, named as in ISO/IEC 14496-12
// (the clause stands beside each). Sample tables are too large for this: sample_tables.cpp views them in place.
#pragma once

#include "packager/mp4/box_io.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace lazulite::packager::mp4 {

// tfhd, trun and trex sample flags (§8.8.3.1): depends on none, sync; or depends on others, not sync.
inline constexpr std::uint32_t kSyncSampleFlags = 0x02000000;
inline constexpr std::uint32_t kOtherSampleFlags = 0x01010000;

inline constexpr std::array<std::uint32_t, 9> kUnityMatrix{0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000};

template <class Io>
bool skip(Io& io, unsigned count) {  // reserved bytes: written as zero, read past
  for (std::uint8_t zero = 0; count > 0; --count, zero = 0) {
    if (!io.u(1, zero)) return false;
  }
  return true;
}
template <class Io>
bool matrix(Io& io) {
  for (std::uint32_t value : kUnityMatrix) {
    if (!io.u(4, value)) return false;
  }
  return true;
}

template <FourCc Type>
struct BrandsBox {  // §4.3, §8.16.2
  static constexpr FourCc kType = Type;
  FourCc major_brand = 0;
  std::uint32_t minor_version = 0;
  std::vector<FourCc> compatible_brands;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.u(4, b.major_brand) || !io.u(4, b.minor_version)) return false;
    std::uint32_t count = 0;
    if constexpr (Io::kReads) count = static_cast<std::uint32_t>(io.left().size() / 4);
    return io.list(count, b.compatible_brands, [](auto& i, auto& brand) { return i.u(4, brand); });
  }
};
using FileType = BrandsBox<fourcc("ftyp")>;
using SegmentType = BrandsBox<fourcc("styp")>;

struct MovieHeader {  // §8.2.2
  static constexpr FourCc kType = fourcc("mvhd");
  std::uint8_t version = 0;
  std::uint32_t flags = 0;
  std::uint64_t creation_time = 0, modification_time = 0;
  std::uint32_t timescale = 0;
  std::uint64_t duration = 0;
  std::uint32_t rate = 0x00010000;
  std::uint16_t volume = 0x0100;
  std::uint32_t next_track_id = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.u(1, b.version)) return false;
    const unsigned wide = b.version == 1 ? 8 : 4;
    return io.u(3, b.flags) && io.u(wide, b.creation_time) && io.u(wide, b.modification_time) && io.u(4, b.timescale) &&
           io.u(wide, b.duration) && io.u(4, b.rate) && io.u(2, b.volume) && skip(io, 10) && matrix(io) &&
           skip(io, 24) && io.u(4, b.next_track_id);
  }
};

struct TrackHeader {  // §8.3.2
  static constexpr FourCc kType = fourcc("tkhd");
  std::uint8_t version = 0;
  std::uint32_t flags = 7;  // enabled, in movie, in preview
  std::uint64_t creation_time = 0, modification_time = 0;
  std::uint32_t track_id = 0;
  std::uint64_t duration = 0;
  std::uint16_t layer = 0, alternate_group = 0, volume = 0;
  std::uint32_t width = 0, height = 0;  // 16.16
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.u(1, b.version)) return false;
    const unsigned wide = b.version == 1 ? 8 : 4;
    return io.u(3, b.flags) && io.u(wide, b.creation_time) && io.u(wide, b.modification_time) && io.u(4, b.track_id) &&
           skip(io, 4) && io.u(wide, b.duration) && skip(io, 8) && io.u(2, b.layer) && io.u(2, b.alternate_group) &&
           io.u(2, b.volume) && skip(io, 2) && matrix(io) && io.u(4, b.width) && io.u(4, b.height);
  }
};

struct MediaHeader {  // §8.4.2
  static constexpr FourCc kType = fourcc("mdhd");
  std::uint8_t version = 0;
  std::uint32_t flags = 0;
  std::uint64_t creation_time = 0, modification_time = 0;
  std::uint32_t timescale = 0;
  std::uint64_t duration = 0;
  std::uint16_t language = 0x55c4;  // three letters of five bits: "und"
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.u(1, b.version)) return false;
    const unsigned wide = b.version == 1 ? 8 : 4;
    return io.u(3, b.flags) && io.u(wide, b.creation_time) && io.u(wide, b.modification_time) && io.u(4, b.timescale) &&
           io.u(wide, b.duration) && io.u(2, b.language) && skip(io, 2);
  }
};

struct HandlerReference {  // §8.4.3
  static constexpr FourCc kType = fourcc("hdlr");
  std::uint8_t version = 0;
  std::uint32_t flags = 0;
  FourCc handler_type = 0;
  std::vector<std::uint8_t> name;  // with its terminating zero
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(1, b.version) && io.u(3, b.flags) && skip(io, 4) && io.u(4, b.handler_type) && skip(io, 12) &&
           io.rest(b.name);
  }
};

struct EditList {  // §8.6.6
  static constexpr FourCc kType = fourcc("elst");
  struct Entry {
    std::uint64_t segment_duration = 0;  // movie timescale
    std::int64_t media_time = 0;         // media timescale; -1: an empty edit
    std::uint32_t media_rate = 0x00010000;
    bool operator==(const Entry&) const = default;
  };
  std::uint8_t version = 0;
  std::uint32_t flags = 0;
  std::uint32_t entry_count = 0;
  std::vector<Entry> entries;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.u(1, b.version)) return false;
    const unsigned wide = b.version == 1 ? 8 : 4;
    return io.u(3, b.flags) && io.u(4, b.entry_count) && io.list(b.entry_count, b.entries, [wide](auto& i, auto& e) {
      return i.u(wide, e.segment_duration) && i.u(wide, e.media_time) && i.u(4, e.media_rate);
    });
  }
};

struct VideoMediaHeader {  // §12.1.2
  static constexpr FourCc kType = fourcc("vmhd");
  std::uint32_t version_and_flags = 1;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags) && skip(io, 8);
  }
};

struct SoundMediaHeader {  // §12.2.2
  static constexpr FourCc kType = fourcc("smhd");
  std::uint32_t version_and_flags = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags) && skip(io, 4);
  }
};

struct SubtitleMediaHeader {  // §12.6.2
  static constexpr FourCc kType = fourcc("sthd");
  std::uint32_t version_and_flags = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags);
  }
};

struct DataEntryUrl {  // §8.7.2; flag 1: the media are in this file
  static constexpr FourCc kType = fourcc("url ");
  std::uint32_t version_and_flags = 1;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags);
  }
};

template <FourCc Type, unsigned Zeros>
struct EmptyTable {  // stts, stsc, stco (entry_count 0) and stsz (sample_size 0, count 0) of an init segment
  static constexpr FourCc kType = Type;
  std::uint32_t version_and_flags = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags) && skip(io, Zeros);
  }
};
using EmptyTimeToSample = EmptyTable<fourcc("stts"), 4>;
using EmptySampleToChunk = EmptyTable<fourcc("stsc"), 4>;
using EmptyChunkOffset = EmptyTable<fourcc("stco"), 4>;
using EmptySampleSize = EmptyTable<fourcc("stsz"), 8>;

struct VisualSampleEntryFields {  // §12.1.3, what stands before the boxes of the entry
  std::uint16_t data_reference_index = 1, width = 0, height = 0;
  std::uint32_t horizresolution = 0x00480000, vertresolution = 0x00480000;
  std::uint16_t frame_count = 1, depth = 0x18;
  std::int16_t pre_defined = -1;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return skip(io, 6) && io.u(2, b.data_reference_index) && skip(io, 16) && io.u(2, b.width) && io.u(2, b.height) &&
           io.u(4, b.horizresolution) && io.u(4, b.vertresolution) && skip(io, 4) && io.u(2, b.frame_count) &&
           skip(io, 32) && io.u(2, b.depth) && io.u(2, b.pre_defined);
  }
};

struct AudioSampleEntryFields {  // §12.2.3
  std::uint16_t data_reference_index = 1, version = 0, channel_count = 2, sample_size = 16;
  std::uint32_t sample_rate = 0;  // 16.16
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return skip(io, 6) && io.u(2, b.data_reference_index) && io.u(2, b.version) && skip(io, 6) &&
           io.u(2, b.channel_count) && io.u(2, b.sample_size) && skip(io, 4) && io.u(4, b.sample_rate);
  }
};

struct TrackExtends {  // §8.8.3
  static constexpr FourCc kType = fourcc("trex");
  std::uint32_t version_and_flags = 0, track_id = 0, default_sample_description_index = 1, default_sample_duration = 0,
                default_sample_size = 0, default_sample_flags = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags) && io.u(4, b.track_id) && io.u(4, b.default_sample_description_index) &&
           io.u(4, b.default_sample_duration) && io.u(4, b.default_sample_size) && io.u(4, b.default_sample_flags);
  }
};

struct MovieFragmentHeader {  // §8.8.5
  static constexpr FourCc kType = fourcc("mfhd");
  std::uint32_t version_and_flags = 0, sequence_number = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(4, b.version_and_flags) && io.u(4, b.sequence_number);
  }
};

struct TrackFragmentHeader {  // §8.8.7, with the one optional field that is used here
  static constexpr FourCc kType = fourcc("tfhd");
  static constexpr std::uint32_t kDefaultSampleFlags = 0x000020, kDefaultBaseIsMoof = 0x020000;
  std::uint8_t version = 0;
  std::uint32_t flags = kDefaultSampleFlags, track_id = 0, default_sample_flags = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(1, b.version) && io.u(3, b.flags) && io.u(4, b.track_id) && io.u(4, b.default_sample_flags);
  }
};

struct TrackFragmentDecodeTime {  // §8.8.12; time in track timescale ticks
  static constexpr FourCc kType = fourcc("tfdt");
  std::uint8_t version = 1;
  std::uint32_t flags = 0;
  std::uint64_t base_media_decode_time = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    return io.u(1, b.version) && io.u(3, b.flags) && io.u(b.version == 1 ? 8 : 4, b.base_media_decode_time);
  }
};

struct TrackRun {  // §8.8.8
  static constexpr FourCc kType = fourcc("trun");
  static constexpr std::uint32_t kDataOffset = 0x001, kDuration = 0x100, kSize = 0x200, kFlags = 0x400, kOffset = 0x800;
  struct Sample {
    std::uint32_t duration = 0, size = 0, flags = 0;
    std::int32_t composition_time_offset = 0;
    bool operator==(const Sample&) const = default;
  };
  std::uint8_t version = 0;  // 1: composition offsets are signed
  std::uint32_t flags = kDataOffset | kDuration | kSize;
  std::uint32_t sample_count = 0;
  std::int32_t data_offset = 0;  // from the first byte of moof
  std::vector<Sample> samples;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.u(1, b.version) || !io.u(3, b.flags) || !io.u(4, b.sample_count)) return false;
    const std::uint32_t flags = b.flags;
    if ((flags & kDataOffset) != 0 && !io.u(4, b.data_offset)) return false;
    return io.list(b.sample_count, b.samples, [flags](auto& i, auto& s) {
      return ((flags & kDuration) == 0 || i.u(4, s.duration)) && ((flags & kSize) == 0 || i.u(4, s.size)) &&
             ((flags & kFlags) == 0 || i.u(4, s.flags)) &&
             ((flags & kOffset) == 0 || i.u(4, s.composition_time_offset));
    });
  }
};

struct TrackFragmentExtendedHeader {  // 'uuid' tfxd of [MS-SSTR] 2.2.4.4: absolute time and duration
  static constexpr FourCc kType = fourcc("uuid");
  static constexpr std::array<std::uint8_t, 16> kUuid{0x6d, 0x1d, 0x9b, 0x05, 0x42, 0xd5, 0x44, 0xe6,
                                                      0x80, 0xe2, 0x14, 0x1d, 0xaf, 0xf7, 0x57, 0xb2};
  std::array<std::uint8_t, 16> uuid = kUuid;
  std::uint8_t version = 1;
  std::uint32_t flags = 0;
  std::uint64_t start = 0, duration = 0;
  template <class Io, class Self>
  static bool fields(Io& io, Self& b) {
    if (!io.bytes(b.uuid) || !io.u(1, b.version)) return false;
    const unsigned wide = b.version == 1 ? 8 : 4;
    return io.u(3, b.flags) && io.u(wide, b.start) && io.u(wide, b.duration);
  }
};

}  // namespace lazulite::packager::mp4
