// StreamEndpoint: the origin (delivery.md 3). /{locator}/{name}.ism/… is packaged just in time, /{locator}/{file}
// downloaded progressively, /crossdomain.xml and /clientaccesspolicy.xml told from the endpoint's row. GET, HEAD and
// OPTIONS.
//
// handle() runs on the connection's strand. When rules and presentation are in memory it answers at once, but for what
// copies media bytes and the first rendering of a manifest; everything else waits on the `db` and `disk` pools. All
// references belong to App and outlive every request. Thread-safe.
#pragma once

#include "packager/filter.hpp"
#include "packager/stream_request.hpp"
#include "server/http/message.hpp"
#include "server/http/pace.hpp"
#include "server/stream/manifest_cache.hpp"
#include "server/stream/presentations.hpp"
#include "server/stream/rules_cache.hpp"
#include "server/stream/segment_cache.hpp"
#include "server/stream/source_files.hpp"
#include "server/stream/stream_target.hpp"
#include "storage/files/buffer_pool.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lazulite::stream {

struct StreamOptions {
  std::int64_t max_age_media = 86'400, max_age_manifest = 60, max_age_error = 10;  // seconds (delivery.md 3.2)
  packager::PresentationOptions presentation;
  packager::CacheLimits cache;
  std::size_t manifest_cache_bytes = std::size_t{16} << 20U;
  std::size_t segment_cache_bytes = std::size_t{64} << 20U;
  OpenStorageKey open_storage_key;     // of storage-encrypted assets; empty: they are not delivered
  std::uint64_t bytes_per_unit = 0;    // a second, for each scale unit of an endpoint; 0: no limit
  std::filesystem::path index_folder;  // of persistent media indexes; empty: in memory only
  // How long rows and ETags that nobody announced a change of are believed.
  std::chrono::milliseconds time_to_live{2000};
};

class StreamEndpoint {
 public:
  StreamEndpoint(rows::Database& database, blobs::BlobStore& blobs, WorkPool& db, WorkPool& disk, const Clock& clock,
                 StreamOptions options);

  Task<http::Response> handle(http::Request request);

  // After a commit that changed locators, assets, files or endpoints of a media account.
  void forget(std::string_view account);
  void forget_all();

 private:
  using Rules = std::shared_ptr<const DeliveryRules>;

  // What a GET or HEAD has come to know on its way.
  struct Delivery {
    StreamTarget target;
    Rules rules;
    const StreamingEndpoint* endpoint = nullptr;  // in *rules
  };

  // A URL tail, parsed, with the filters that it names.
  struct Wanted {
    packager::StreamRequest request;
    std::vector<const DeliveryFilter*> filters;  // of the delivery's rules
  };

  Task<Result<http::Response>> serve(const http::Request& request);
  Task<Result<http::Response>> serve_cross_site_policy(const http::Request& request);
  Task<Result<Rules>> find_rules(std::string guid);
  Task<Result<http::Response>> serve_target(const http::Request& request, const Delivery& delivery);
  Task<Result<http::Response>> serve_presentation(const http::Request& request, const Delivery& delivery);
  Task<Result<http::Response>> serve_media(const http::Request& request, const Delivery& delivery,
                                           Presentations::Value presentation, Wanted wanted);
  Task<Result<http::Response>> serve_manifest(const http::Request& request, const Delivery& delivery,
                                              Presentations::Value presentation, Wanted wanted);
  // What the packager says; the rules own the filters.
  static Result<packager::Answer> package(const Rules& rules, const Presentations::Value& presentation,
                                          const Wanted& wanted);
  // All that the bytes of an answer depend on.
  [[nodiscard]] static std::string answer_key(const Delivery& delivery, const packager::Presentation& presentation,
                                              const Wanted& wanted);
  [[nodiscard]] http::Response answer_manifest(const http::Request& request, const Delivery& delivery,
                                               const packager::Presentation& presentation, const Wanted& wanted,
                                               const RenderedManifest& manifest) const;
  Task<Result<http::Response>> serve_file(const http::Request& request, const Delivery& delivery);
  // How fast the endpoint may send; null without a limit.
  [[nodiscard]] std::shared_ptr<http::Pace> pace_of(const StreamingEndpoint& endpoint);
  [[nodiscard]] std::string cache_control(const Delivery& delivery, bool is_media) const;

  rows::Database& database_;
  WorkPool& db_;
  WorkPool& disk_;
  const Clock& clock_;
  const StreamOptions options_;
  RulesCache rules_;
  SourceFiles source_files_;
  Presentations presentations_;
  ManifestCache manifests_;
  SegmentCache segments_;
  std::mutex paces_mutex_;
  std::unordered_map<std::string, std::shared_ptr<http::Pace>> paces_;  // by endpoint
  files::BufferPool buffers_{std::size_t{16} << 20U};
};

}  // namespace lazulite::stream
