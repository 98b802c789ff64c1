#include "server/stream/stream_endpoint.hpp"

#include "packager/formats/format.hpp"
#include "packager/origin.hpp"
#include "packager/stream_request.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "server/stream/conditional_answer.hpp"
#include "server/stream/content_types.hpp"
#include "server/stream/error_catalog.hpp"
#include "server/stream/filter_choice.hpp"
#include "server/stream/policy_choice.hpp"
#include "storage/rows/directory.hpp"

namespace lazulite::stream {

namespace {

constexpr std::uint64_t kStandardUnits = 3;  // a standard endpoint has none, and 600 Mbit/s (delivery.md 3.1)
constexpr std::size_t kMaxPaces = 10'000;
constexpr std::string_view kCrossDomain = "/crossdomain.xml", kClientAccess = "/clientaccesspolicy.xml";

// Every answer may be read by any page; none needs credentials (delivery.md 3.5).
void allow_any_origin(http::Response& response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Access-Control-Expose-Headers", "Content-Length, Content-Range, Server, Date");
}

http::Response preflight() {
  http::Response out;
  out.status = 204;
  out.headers.set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
  out.headers.set("Access-Control-Allow-Headers", "Range, If-None-Match, Authorization");
  out.headers.set("Access-Control-Max-Age", "86400");
  out.headers.set("Allow", "GET, HEAD, OPTIONS");
  return out;
}

// A media answer is known by its URL and the version of all files, without its bytes.
std::string media_etag(const packager::Presentation& presentation, std::string_view tail) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : tail) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return fmt::format("\"{}-{:016x}\"", presentation.version(), hash);
}

bool is_media(packager::RequestKind kind) {
  return kind == packager::RequestKind::kFragment || kind == packager::RequestKind::kInit ||
         kind == packager::RequestKind::kKeyFrame;
}

}  // namespace

StreamEndpoint::StreamEndpoint(rows::Database& database, blobs::BlobStore& blobs, WorkPool& db, WorkPool& disk,
                               const Clock& clock, StreamOptions options)
    : database_(database),
      db_(db),
      disk_(disk),
      clock_(clock),
      options_(std::move(options)),
      rules_(options_.time_to_live),
      source_files_(blobs, options_.open_storage_key),
      presentations_(
          blobs, source_files_,
          options_.index_folder.empty() ? packager::IndexStore{} : packager::IndexStore{options_.index_folder},
          options_.presentation, options_.cache, options_.time_to_live),
      manifests_(options_.manifest_cache_bytes),
      segments_(options_.segment_cache_bytes) {}

void StreamEndpoint::forget(std::string_view account) {
  rules_.forget(account);
  presentations_.check_all();
}

void StreamEndpoint::forget_all() {
  rules_.forget_all();
  presentations_.check_all();
}

Task<http::Response> StreamEndpoint::handle(http::Request request) {
  http::Response out;
  if (request.method == "OPTIONS") {
    out = preflight();
  } else if (request.method != "GET" && request.method != "HEAD") {
    out = error_response(method_not_allowed(request.method));
    out.headers.set("Allow", "GET, HEAD, OPTIONS");
  } else {
    auto served = co_await serve(request);
    if (served) {
      out = std::move(*served);
    } else {
      out = error_response(served.error());
      if (out.status == 500) logger("stream").error("{} {}: {}", request.id, request.path, served.error().message);
      const bool may_be_cached = out.status == 404 || out.status == 412;
      out.headers.set("Cache-Control",
                      may_be_cached ? fmt::format("public, max-age={}", options_.max_age_error) : "no-store");
    }
  }
  if (request.method == "HEAD" && !out.content_length) {
    out.content_length = out.body.size();
    out.body = {};
  }
  allow_any_origin(out);
  out.headers.set("x-ms-request-id", request.id);
  co_return out;
}

Task<Result<http::Response>> StreamEndpoint::serve(const http::Request& request) {
  if (equals_ignoring_case(request.path, kCrossDomain) || equals_ignoring_case(request.path, kClientAccess)) {
    co_return co_await serve_cross_site_policy(request);
  }
  Delivery delivery;
  LAZULITE_CO_TRY(delivery.target, parse_stream_target(request.path));
  auto rules = co_await find_rules(delivery.target.locator);
  LAZULITE_CO_TRY(delivery.rules, std::move(rules));
  if (delivery.rules == nullptr) co_return no_such_resource("locator with this name");
  LAZULITE_CO_CHECK(require_valid_now(*delivery.rules, clock_.now()));
  delivery.endpoint = endpoint_of_host(delivery.rules->endpoints, delivery.rules->account, request.host());
  LAZULITE_CO_CHECK(require_admission(delivery.endpoint, request, clock_.now()));
  auto served = co_await serve_target(request, delivery);
  if (served) served->pace = pace_of(*delivery.endpoint);
  co_return served;
}

Task<Result<http::Response>> StreamEndpoint::serve_target(const http::Request& request, const Delivery& delivery) {
  if (delivery.target.tail) co_return co_await serve_presentation(request, delivery);
  co_return co_await serve_file(request, delivery);
}

std::shared_ptr<http::Pace> StreamEndpoint::pace_of(const StreamingEndpoint& endpoint) {
  if (options_.bytes_per_unit == 0) return nullptr;
  const auto units = endpoint.scale_units > 0 ? static_cast<std::uint64_t>(endpoint.scale_units) : kStandardUnits;
  const std::uint64_t rate = options_.bytes_per_unit * units;
  const std::lock_guard lock{paces_mutex_};
  if (paces_.size() > kMaxPaces && !paces_.contains(endpoint.id)) {
    std::erase_if(paces_, [](const auto& each) { return each.second.use_count() == 1; });
  }
  auto& pace = paces_[endpoint.id];
  if (pace == nullptr) {
    pace = std::make_shared<http::Pace>(rate);
  } else if (pace->rate() != rate) {
    pace->set_rate(rate);  // the units were changed
  }
  return pace;
}

Task<Result<StreamEndpoint::Rules>> StreamEndpoint::find_rules(std::string guid) {
  const Timestamp now = clock_.now();
  const RulesCache::Lookup lookup = rules_.find(guid, now);
  if (!lookup.must_load) co_return *lookup.rules;
  auto load = [this, guid] {
    return database_.read([&](rows::Session& session) { return compile_rules(session, guid); });
  };
  auto loaded = co_await run_on(db_, std::move(load));
  LAZULITE_CO_TRY(Rules rules, std::move(loaded));
  rules_.put(guid, rules, now, lookup.generation);
  co_return rules;
}

Task<Result<http::Response>> StreamEndpoint::serve_presentation(const http::Request& request,
                                                                const Delivery& delivery) {
  const DeliveryFile* ism = delivery.rules->find_file(delivery.target.file);
  if (ism == nullptr) co_return no_such_resource("presentation with this name");
  Wanted wanted;
  LAZULITE_CO_TRY(wanted.request, packager::parse_stream_request(*delivery.target.tail));
  const auto& format = *wanted.request.format;
  LAZULITE_CO_CHECK(require_clear_delivery(*delivery.rules, protocol_of(format), wanted.request.encryption));
  LAZULITE_CO_TRY(wanted.filters, choose_filters(*delivery.rules, wanted.request.filters));
  wanted.request.size_only = request.method == "HEAD";

  auto presentation = presentations_.find(*delivery.rules, ism->name, clock_.now());
  if (presentation == nullptr) {
    auto load = [this, rules = delivery.rules, name = ism->name, now = clock_.now()] {
      return presentations_.load(*rules, name, now);
    };
    auto loaded = co_await run_on(disk_, std::move(load));
    LAZULITE_CO_TRY(presentation, std::move(loaded));
  }
  if (is_media(wanted.request.kind))
    co_return co_await serve_media(request, delivery, std::move(presentation), std::move(wanted));
  co_return co_await serve_manifest(request, delivery, std::move(presentation), std::move(wanted));
}

Task<Result<http::Response>> StreamEndpoint::serve_media(const http::Request& request, const Delivery& delivery,
                                                         Presentations::Value presentation, Wanted wanted) {
  const Validators validators{media_etag(*presentation, *delivery.target.tail), presentation->last_modified()};
  const std::string caching = cache_control(delivery, true);
  if (is_unmodified(request, validators)) co_return not_modified(validators, caching);
  const std::string key = answer_key(delivery, *presentation, wanted);
  if (auto segment = segments_.find(key)) {
    files::Content body;
    body.append(files::FileRange{segment->file, 0, segment->file->bytes().size()});
    co_return whole_or_range(request, validators, caching, {std::move(segment->content_type), std::move(body), {}});
  }
  wanted.request.buffers = &buffers_;
  wanted.request.memory_only = true;
  auto answer = package(delivery.rules, presentation, wanted);
  if (!answer && answer.error().detail == packager::kMediaOnDisk) {
    wanted.request.memory_only = false;
    auto on_disk = [rules = delivery.rules, presentation, wanted] { return package(rules, presentation, wanted); };
    answer = co_await run_on(disk_, std::move(on_disk));
  }
  if (!answer) co_return answer.error();
  if (segments_.wants(key, answer->body)) {
    // Beside the answer, which does not wait for the copy.
    asio::post(disk_,
               [this, key, type = answer->content_type, body = answer->body] { segments_.put(key, type, body); });
  }
  co_return whole_or_range(request, validators, caching,
                           {std::move(answer->content_type), std::move(answer->body), answer->size});
}

Task<Result<http::Response>> StreamEndpoint::serve_manifest(const http::Request& request, const Delivery& delivery,
                                                            Presentations::Value presentation, Wanted wanted) {
  const std::string key = answer_key(delivery, *presentation, wanted);
  ManifestCache::Value manifest = manifests_.find(key);
  if (manifest == nullptr) {
    auto render = [rules = delivery.rules, presentation, wanted]() -> Result<ManifestCache::Value> {
      LAZULITE_TRY(const auto answer, package(rules, presentation, wanted));
      LAZULITE_TRY(auto rendered, finish_manifest(answer));
      return std::make_shared<const RenderedManifest>(std::move(rendered));
    };
    auto rendered = co_await run_on(disk_, std::move(render));
    LAZULITE_CO_TRY(manifest, std::move(rendered));
    manifests_.put(key, manifest);
  }
  co_return answer_manifest(request, delivery, *presentation, wanted, *manifest);
}

Result<packager::Answer> StreamEndpoint::package(const Rules&, const Presentations::Value& presentation,
                                                 const Wanted& wanted) {
  std::vector<packager::Filter> filters;
  for (const DeliveryFilter* each : wanted.filters) filters.push_back(*each->filter);
  return packager::answer(presentation, wanted.request, filters);
}

std::string StreamEndpoint::answer_key(const Delivery& delivery, const packager::Presentation& presentation,
                                       const Wanted& wanted) {
  const auto& container = delivery.rules->container;
  std::string key;
  key.reserve(256);
  for (const std::string_view part :
       {std::string_view{container.account}, std::string_view{container.container},
        std::string_view{presentation.version()}, std::string_view{*delivery.target.tail}}) {
    key += part;
    key += '/';
  }
  for (const DeliveryFilter* filter : wanted.filters) key += filter->description;
  return key;
}

http::Response StreamEndpoint::answer_manifest(const http::Request& request, const Delivery& delivery,
                                               const packager::Presentation& presentation, const Wanted& wanted,
                                               const RenderedManifest& manifest) const {
  const bool packed = manifest.gzip.body != nullptr && accepts_gzip(request);
  const EncodedManifest& encoded = packed ? manifest.gzip : manifest.plain;
  // Rows of filters have no time of change: what was filtered is known by its ETag alone.
  const auto changed = wanted.filters.empty() ? std::optional{presentation.last_modified()} : std::nullopt;
  const Validators validators{encoded.etag, changed};
  const std::string caching = cache_control(delivery, false);
  files::Content body;
  body.append(encoded.body);
  auto out = is_unmodified(request, validators)
                 ? not_modified(validators, caching)
                 : whole_or_range(request, validators, caching, {manifest.content_type, std::move(body), {}});
  if (packed && out.status < 300) out.headers.set("Content-Encoding", "gzip");
  out.headers.set("Vary", "Accept-Encoding");
  return out;
}

Task<Result<http::Response>> StreamEndpoint::serve_file(const http::Request& request, const Delivery& delivery) {
  const DeliveryFile* file = delivery.rules->find_file(delivery.target.file);
  if (file == nullptr || !may_be_downloaded(delivery.target.file)) co_return no_such_resource("file with this name");
  LAZULITE_CO_CHECK(require_clear_delivery(*delivery.rules, kProtocolProgressiveDownload, {}));
  struct Opened {
    blobs::BlobProperties properties;
    std::shared_ptr<const files::MappedFile> file;
  };
  auto open = [this, rules = delivery.rules, file]() -> Result<Opened> {
    LAZULITE_TRY(auto blob, source_files_.open(*rules, *file));
    LAZULITE_TRY(auto mapped, files::MappedFile::map(std::move(blob.file)));
    return Opened{std::move(blob.properties), std::move(mapped)};
  };
  auto opened = co_await run_on(disk_, std::move(open));
  if (!opened) {
    if (opened.error().code != ErrorCode::kNotFound) co_return opened.error();
    co_return fail_with(ErrorCode::kNotFound, "MPE_STORAGE_RESOURCE_NOT_FOUND", "the file is missing in its container");
  }
  const Validators validators{opened->properties.etag, opened->properties.last_modified};
  const std::string caching = cache_control(delivery, true);
  if (is_unmodified(request, validators)) co_return not_modified(validators, caching);
  files::Content body;
  body.append(files::FileRange{opened->file, 0, opened->file->bytes().size()});
  co_return whole_or_range(request, validators, caching, {content_type_of(*file), std::move(body), std::nullopt});
}

Task<Result<http::Response>> StreamEndpoint::serve_cross_site_policy(const http::Request& request) {
  auto load = [this, host = std::string{request.host()}]() -> Result<std::optional<CrossSiteAccessPolicies>> {
    return database_.read([&](rows::Session& session) -> Result<std::optional<CrossSiteAccessPolicies>> {
      LAZULITE_TRY(const auto accounts, rows::list_accounts(session));
      std::vector<std::string> names;
      for (const MediaAccount& account : accounts) names.push_back(account.name);
      if (names.empty()) return std::optional<CrossSiteAccessPolicies>{};
      const std::string* named = account_of_host(names, host);
      const std::string& account = named != nullptr ? *named : names.front();
      LAZULITE_TRY(const auto endpoints, list_endpoints(session, account));
      const StreamingEndpoint* endpoint = endpoint_of_host(endpoints, account, host);
      if (endpoint == nullptr) return std::optional<CrossSiteAccessPolicies>{};
      return endpoint->cross_site_access_policies;
    });
  };
  auto loaded = co_await run_on(db_, std::move(load));
  LAZULITE_CO_TRY(const auto policies, std::move(loaded));
  const bool is_cross_domain = equals_ignoring_case(request.path, kCrossDomain);
  const auto text = !policies         ? std::nullopt
                    : is_cross_domain ? policies->cross_domain_policy
                                      : policies->client_access_policy;
  if (!text || text->empty()) co_return no_such_resource("cross-site policy");
  auto out = http::Response::text(200, "text/xml", *text);
  out.headers.set("Cache-Control", fmt::format("public, max-age={}", options_.max_age_manifest));
  co_return out;
}

std::string StreamEndpoint::cache_control(const Delivery& delivery, bool is_media) const {
  const auto& own = delivery.endpoint->cache_control;
  const std::int64_t seconds = own && own->max_age ? *own->max_age
                               : is_media          ? options_.max_age_media
                                                   : options_.max_age_manifest;
  return fmt::format("public, max-age={}", seconds);
}

}  // namespace lazulite::stream
