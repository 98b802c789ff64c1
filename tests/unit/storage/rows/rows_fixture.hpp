// A database in a temporary folder, and rows of any type for it.
#pragma once

#include "schema/entities/asset.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lazulite::rows {

struct TestDatabase {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "rows with a space.db";
  std::unique_ptr<Database> database;

  TestDatabase() { reopen(); }
  void reopen() {
    database.reset();
    auto opened = Database::open({.path = path, .readers = 2, .synchronous_full = true});
    if (!opened) throw std::runtime_error(opened.error().message);
    database = std::move(opened).value();
  }
  template <class F>
  auto read(F&& f) {
    return database->read(std::forward<F>(f));
  }
  template <class F>
  auto write(F&& f) {
    return database->write(std::forward<F>(f));
  }
};

inline Asset make_asset(std::string_view id, std::string_view name, std::int64_t created_us = 0) {
  Asset asset;
  asset.id = id;
  asset.name = std::string{name};
  asset.created = Timestamp{std::chrono::microseconds{created_us}};
  return asset;
}

}  // namespace lazulite::rows
