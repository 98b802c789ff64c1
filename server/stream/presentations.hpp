// Presentations: the parsed .ism files of published assets, each checked against the blobs from time to time, so that a
// source that was replaced or removed is noticed. Thread-safe; load() blocks (run it on the `disk` pool), find() does
// not. The store and the files outlive it.
#pragma once

#include "packager/index_store.hpp"
#include "packager/media_index_cache.hpp"
#include "packager/presentation.hpp"
#include "server/stream/delivery_rules.hpp"
#include "server/stream/source_files.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace lazulite::stream {

class Presentations {
 public:
  using Value = std::shared_ptr<const packager::Presentation>;

  Presentations(blobs::BlobStore& blobs, SourceFiles& files, packager::IndexStore indexes,
                packager::PresentationOptions options, packager::CacheLimits limits,
                std::chrono::milliseconds check_interval)
      : blobs_(blobs),
        files_(files),
        indexes_(std::move(indexes)),
        options_(options),
        cache_(limits),
        check_interval_(check_interval) {}

  // What was checked against the blobs a short while ago, or null. ism: the file's stored name.
  [[nodiscard]] Value find(const DeliveryRules& rules, const std::string& ism, Timestamp now);
  // Checks what is there, and reads it anew when a file of it has changed. Errors as packager::load_presentation.
  Result<Value> load(const DeliveryRules& rules, const std::string& ism, Timestamp now);
  // The next find() of each gives null.
  void check_all();

 private:
  struct Check {
    Timestamp until{};
    std::string ism_etag;
  };
  [[nodiscard]] bool is_current(const DeliveryRules& rules, const std::string& ism, const std::string& key,
                                const packager::Presentation& value);
  [[nodiscard]] Result<packager::SourceFile> open_source(const DeliveryRules& rules, std::string_view name);
  void note_check(const std::string& key, Timestamp until, std::string ism_etag);

  blobs::BlobStore& blobs_;
  SourceFiles& files_;
  packager::IndexStore indexes_;
  const packager::PresentationOptions options_;
  packager::MediaIndexCache cache_;
  const std::chrono::milliseconds check_interval_;
  std::mutex mutex_;
  std::unordered_map<std::string, Check> checks_;
};

}  // namespace lazulite::stream
