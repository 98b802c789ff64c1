// A strict reader of transport streams for tests: checks sync bytes, counters, table CRCs and adaptation fields while
// it takes PES packets apart.
#pragma once

#include "packager/ts/psi.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lazulite::test {

struct ReadPes {
  std::uint16_t pid = 0;
  std::uint8_t stream_id = 0;
  std::uint64_t pts = 0, dts = 0;
  std::optional<std::uint64_t> pcr;
  bool random_access = false;
  std::vector<std::uint8_t> payload;
};

inline std::uint64_t read_timestamp(const std::uint8_t* p) {
  REQUIRE((p[0] & 1U & p[2] & p[4]) == 1U);  // marker bits
  return (std::uint64_t{p[0]} >> 1U & 7U) << 30U | std::uint64_t{p[1]} << 22U | (std::uint64_t{p[2]} >> 1U) << 15U |
         std::uint64_t{p[3]} << 7U | std::uint64_t{p[4]} >> 1U;
}

inline ReadPes parse_pes(std::uint16_t pid, const std::vector<std::uint8_t>& bytes, std::optional<std::uint64_t> pcr,
                         bool random_access) {
  REQUIRE(bytes.size() >= 14);
  REQUIRE((bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 1));
  ReadPes out{pid, bytes[3], 0, 0, pcr, random_access, {}};
  const std::size_t length = std::size_t{bytes[4]} << 8U | bytes[5];
  if (length != 0) REQUIRE(length + 6 == bytes.size());
  out.pts = out.dts = read_timestamp(&bytes[9]);
  if ((bytes[7] & 0x40U) != 0) out.dts = read_timestamp(&bytes[14]);
  out.payload.assign(bytes.begin() + 9 + bytes[8], bytes.end());
  return out;
}

// All PES packets in the order of their first packets; tables are checked and dropped.
inline std::vector<ReadPes> read_ts(std::span<const std::uint8_t> ts) {
  struct Open {
    std::size_t index = 0;
    std::vector<std::uint8_t> bytes;
  };
  REQUIRE(ts.size() % 188 == 0);
  std::map<std::uint16_t, unsigned> counters;
  std::map<std::uint16_t, Open> open;
  std::vector<ReadPes> out;
  const auto finish = [&](std::uint16_t pid) {
    const auto found = open.find(pid);
    if (found == open.end()) return;
    ReadPes& slot = out[found->second.index];
    slot = parse_pes(pid, found->second.bytes, slot.pcr, slot.random_access);
    open.erase(found);
  };
  for (std::size_t at = 0; at < ts.size(); at += 188) {
    const auto packet = ts.subspan(at, 188);
    REQUIRE(packet[0] == 0x47);
    const auto pid = static_cast<std::uint16_t>((packet[1] & 0x1FU) << 8U | packet[2]);
    REQUIRE((packet[3] & 0x0FU) == counters[pid]);
    counters[pid] = (counters[pid] + 1) & 0x0FU;
    if (pid == 0 || pid == packager::ts::kPmtPid) {
      const std::size_t size = 3 + ((packet[6] & 0x0FU) << 8U | packet[7]);
      REQUIRE(packager::ts::crc32_mpeg(packet.subspan(5, size)) == 0);
      continue;
    }
    std::size_t payload = 4;
    std::optional<std::uint64_t> pcr;
    bool random_access = false;
    if ((packet[3] & 0x20U) != 0) {
      payload += 1U + packet[4];
      REQUIRE(payload < 188);
      if (packet[4] > 0) {
        random_access = (packet[5] & 0x40U) != 0;
        if ((packet[5] & 0x10U) != 0) {
          pcr = std::uint64_t{packet[6]} << 25U | std::uint64_t{packet[7]} << 17U | std::uint64_t{packet[8]} << 9U |
                std::uint64_t{packet[9]} << 1U | packet[10] >> 7U;
        }
        for (std::size_t i = 6 + (pcr ? 6U : 0U); i < payload; ++i) REQUIRE(packet[i] == 0xFF);
      }
    }
    if ((packet[1] & 0x40U) != 0) {
      finish(pid);
      open[pid].index = out.size();
      out.push_back(ReadPes{pid, 0, 0, 0, pcr, random_access, {}});
    }
    REQUIRE(open.count(pid) == 1);
    auto& bytes = open[pid].bytes;
    bytes.insert(bytes.end(), packet.begin() + static_cast<std::ptrdiff_t>(payload), packet.end());
  }
  finish(packager::ts::kVideoPid);
  finish(packager::ts::kAudioPid);
  return out;
}

}  // namespace lazulite::test
