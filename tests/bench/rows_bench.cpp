// What rows cost: get by key, lists, single durable writes, and writes of many threads that share commits.
#include "schema/entities/asset.hpp"
#include "storage/rows/repository.hpp"

#include <atomic>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace {

using namespace lazulite;
using namespace lazulite::rows;

constexpr std::string_view kAccount = "movies";
constexpr int kRows = 10'000;

Asset asset_named(const std::string& id) {
  Asset asset;
  asset.id = id;
  asset.name = "a name of ordinary length";
  asset.created = system_clock().now();
  return asset;
}

// A database with rows in a temporary folder, made once and removed at the end.
class Rows {
 public:
  static Database& database() {
    static Rows rows;
    return *rows.database_;
  }
  ~Rows() {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

 private:
  Rows() {
    std::string name = (std::filesystem::temp_directory_path() / "rows_bench_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    database_ = Database::open({.path = folder_ / "rows.db"}).value();
    database_
        ->write([](Session& s) -> Result<void> {
          for (int i = 0; i < kRows; ++i) LAZULITE_CHECK(insert(s, kAccount, asset_named(std::to_string(i))));
          return {};
        })
        .value();
  }
  std::filesystem::path folder_;
  std::unique_ptr<Database> database_;
};

void get_by_key(benchmark::State& state) {
  Database& database = Rows::database();
  int i = 0;
  for (auto _ : state) {
    const std::string id = std::to_string(++i % kRows);
    benchmark::DoNotOptimize(database.read([&](Session& s) { return get(s, kAccount, kAsset, id); }).value());
  }
}
BENCHMARK(get_by_key)->ThreadRange(1, 4)->UseRealTime();

void list_1000(benchmark::State& state) {
  Database& database = Rows::database();
  ListQuery query;
  query.top = 1000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(database.read([&](Session& s) { return list(s, kAccount, kAsset, query); }).value());
  }
}
BENCHMARK(list_1000)->UseRealTime();

void insert_durably(benchmark::State& state) {
  Database& database = Rows::database();
  static std::atomic<int> next = kRows;
  for (auto _ : state) {
    const Asset asset = asset_named("new" + std::to_string(++next));
    database.write([&](Session& s) { return insert(s, kAccount, asset); }).value();
  }
}
BENCHMARK(insert_durably)->ThreadRange(1, 16)->UseRealTime();

}  // namespace
