// kill -9 at random moments during two hundred uploads: whatever was acknowledged is whole afterwards, and no blob
// shows that nobody asked to commit.
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace lazulite::test {
namespace {

constexpr int kUploads = 200, kClients = 4, kBlocks = 3;

// What is known of one name. Rounds count its uploads; the bytes of a round tell it.
struct Known {
  int asked = 0;         // the last round whose commit was sent
  int acknowledged = 0;  // the last round whose commit was answered
};

// What all clients have found out; the test reads it when none of them runs.
struct Ledger {
  std::mutex mutex;
  std::map<std::string, Known> blobs;
  std::set<std::string> never_committed;
  std::atomic<int> done{0};
};

std::string bytes_of(const std::string& name, int round) {
  const auto line = fmt::format("{} round {:06}\n", name, round);
  std::string out;
  while (out.size() < 60'000) out += line;
  return out;
}

// One client: uploads one blob after the other until the server is gone or enough is done.
class Uploader {
 public:
  Uploader(Ledger& ledger, const std::string& sas, int number, int turn)
      : ledger_(ledger), sas_(sas), number_(number), turn_(turn), client_(parse_url(sas).base) {}

  void run() {
    try {
      for (int i = 0; ledger_.done < kUploads; ++i) upload(i);
    } catch (const std::exception&) {  // the server was killed
    }
  }

 private:
  HttpAnswer put(const std::string& name, const std::string& query, std::string_view body) {
    const auto question = sas_.find('?');
    const auto target = parse_url(sas_.substr(0, question) + "/" + name + sas_.substr(question) + query).target;
    return client_.send("PUT", target, {{"x-ms-blob-type", "BlockBlob"}}, body);
  }

  void upload(int i) {
    const auto name = fmt::format("blob-{}-{}", number_, i % 5);
    int round = 0;
    {
      const std::scoped_lock guard{ledger_.mutex};
      round = ledger_.blobs[name].asked + 1;
    }
    const bool in_blocks = i % 2 == 0;
    std::string list = "<BlockList>";
    const auto bytes = bytes_of(name, round);
    for (int block = 0; in_blocks && block < kBlocks; ++block) {
      const auto id = base64_encode(as_bytes(fmt::format("block-{:06}", block)));
      const auto part = std::string_view{bytes}.substr(bytes.size() / kBlocks * static_cast<std::size_t>(block),
                                                       block + 1 == kBlocks ? bytes.size() : bytes.size() / kBlocks);
      if (put(name, "&comp=block&blockid=" + percent_encode(id), part).status != 201) return;
      list += "<Latest>" + id + "</Latest>";
    }
    stage_only(i);
    {
      const std::scoped_lock guard{ledger_.mutex};
      ledger_.blobs[name].asked = round;
    }
    const auto answer = in_blocks ? put(name, "&comp=blocklist", list + "</BlockList>") : put(name, "", bytes);
    if (answer.status != 201) return;
    const std::scoped_lock guard{ledger_.mutex};
    ledger_.blobs[name].acknowledged = round;
    ++ledger_.done;
  }

  // A block of a blob that is never committed.
  void stage_only(int i) {
    const auto name = fmt::format("staged-{}-{}-{}", turn_, number_, i);
    {
      const std::scoped_lock guard{ledger_.mutex};
      ledger_.never_committed.insert(name);
    }
    put(name, "&comp=block&blockid=AAAA", "uncommitted");
  }

  Ledger& ledger_;
  std::string sas_;
  int number_, turn_;
  HttpClient client_;
};

void check_all(const std::string& sas, Ledger& ledger) {
  const auto question = sas.find('?');
  const auto read = [&](const std::string& name) {
    return http_get(sas.substr(0, question) + "/" + name + sas.substr(question));
  };
  for (auto& [name, known] : ledger.blobs) {
    const auto answer = read(name);
    INFO(name << " acknowledged " << known.acknowledged << " asked " << known.asked);
    if (known.acknowledged == 0 && answer.status == 404) continue;
    REQUIRE(answer.status == 200);
    int found = 0;
    for (int round = known.acknowledged; round <= known.asked && found == 0; ++round)
      found = round != 0 && answer.body == bytes_of(name, round) ? round : 0;
    REQUIRE(found != 0);  // whole, and not older than what was acknowledged
    known.acknowledged = known.asked = found;
  }
  const auto listed = http_get(sas + "&restype=container&comp=list").body;
  CHECK(listed.find("<Name>staged-") == std::string::npos);
  if (!ledger.never_committed.empty()) CHECK(read(*ledger.never_committed.begin()).status == 404);
}

}  // namespace

TEST_CASE("killed at random moments during 200 uploads, the server loses nothing and shows nothing half-written",
          "[integration]") {
  ServerProcess server;
  std::string sas;
  {
    ApiClient api{server};
    sas = api.create_sas(api.create_asset("crash"), 1 | 2 | 8);
  }
  Ledger ledger;
  std::mt19937 random{20261127};  // the moments differ from run to run all the same
  int turn = 0;
  for (; ledger.done < kUploads && turn < 60; ++turn) {
    std::vector<std::thread> clients;
    clients.reserve(kClients);
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&ledger, &sas, i, turn] {
        try {
          Uploader{ledger, sas, i, turn}.run();
        } catch (const std::exception&) {  // killed before it could connect
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{30 + random() % 250});
    server.kill();
    for (auto& client : clients) client.join();
    server.start();
    check_all(sas, ledger);
  }
  CHECK(ledger.done >= kUploads);
  CHECK(turn >= 3);  // it was killed in the middle
}

}  // namespace lazulite::test
