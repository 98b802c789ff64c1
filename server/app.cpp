#include "server/app.hpp"

#include "encoder/jobs/job_scheduler.hpp"
#include "encoder/processors/media_processor.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "server/addresses.hpp"
#include "server/api/containers.hpp"
#include "server/api/long_operations.hpp"
#include "server/api/odata_endpoint.hpp"
#include "server/api/retention.hpp"
#include "server/auth/bearer_authenticator.hpp"
#include "server/auth/installation_secrets.hpp"
#include "server/auth/token_endpoint.hpp"
#include "server/blob/blob_endpoint.hpp"
#include "server/blob/locator_policies.hpp"
#include "server/control_service.hpp"
#include "server/housekeeping.hpp"
#include "server/http/server.hpp"
#include "server/ingest/manifest_intake.hpp"
#include "server/keys/key_vault.hpp"
#include "server/manage/management_endpoint.hpp"
#include "server/metrics.hpp"
#include "server/notify/notifier.hpp"
#include "server/queue/queue_endpoint.hpp"
#include "server/storage_keys.hpp"
#include "server/storage_meter.hpp"
#include "server/stream/stream_endpoint.hpp"
#include "server/tls_setup.hpp"
#include "storage/blobs/file_blob_store.hpp"
#include "storage/rows/account_changes.hpp"
#include "storage/rows/directory.hpp"

#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace lazulite::server {
namespace {

unsigned or_cores(std::int64_t setting) {
  return setting > 0 ? static_cast<unsigned>(setting) : std::max(1U, std::thread::hardware_concurrency());
}

http::ServerOptions server_options(const Settings& settings) {
  http::ServerOptions options;
  options.threads = or_cores(settings.network.threads);
  options.idle_timeout = std::chrono::seconds{settings.network.idle_seconds};
  options.transfer_timeout = std::chrono::seconds{settings.network.transfer_seconds};
  options.stop_grace = std::chrono::seconds{settings.network.stop_grace_seconds};
  options.max_connections = static_cast<std::size_t>(settings.network.max_connections);
  options.trusted_proxies = settings.network.trusted_proxies;
  options.access_log = settings.log.access;
  return options;
}

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(parse_uint64(address.substr(address.rfind(':') + 1)).value_or(0));
}

Result<void> make_data_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the data folder {}: {}", folder.string(), error.message());
  ::chmod(folder.c_str(), 0700);
  return {};
}

// Every connection, mapped source and index is a descriptor: the soft limit (often 1024) goes up to the hard one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) logger("app").warn("the limit of open files stays at its soft value");
}

// The account of the settings, made when the database has none.
Result<std::optional<MediaAccount>> make_first_account(rows::Database& database, const AccountSettings& settings,
                                                       const Clock& clock) {
  return database.write([&](rows::Session& session) -> Result<std::optional<MediaAccount>> {
    LAZULITE_TRY(const auto accounts, rows::list_accounts(session));
    if (!accounts.empty()) return std::optional<MediaAccount>{};
    const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
    rows::NewAccount wanted;
    wanted.name = settings.name;
    wanted.storage_account_name = settings.storage;
    wanted.client_id = given(settings.client_id);
    wanted.client_secret = given(settings.client_secret);
    wanted.subscription_id = given(settings.subscription);
    LAZULITE_TRY(auto made, rows::create_account(session, wanted, clock.now()));
    return std::optional<MediaAccount>{std::move(made)};
  });
}

// Keys of the settings hold at every start.
Result<void> set_given_keys(rows::Database& database, const AccountSettings& settings) {
  if (settings.key.empty() && settings.storage_key.empty()) return {};
  return database.write([&](rows::Session& session) -> Result<void> {
    LAZULITE_TRY(const auto account, rows::find_account(session, settings.name));
    if (!account) return fail(ErrorCode::kNotFound, "account.key: there is no account '{}'", settings.name);
    if (!settings.key.empty())
      LAZULITE_CHECK(rows::renew_account_key(session, settings.name, rows::WhichKey::kPrimary, settings.key));
    if (settings.storage_key.empty()) return {};
    LAZULITE_CHECK(rows::renew_storage_key(session, settings.name, settings.storage, rows::WhichKey::kPrimary,
                                           settings.storage_key));
    return {};
  });
}

Result<void> write_ready_file(const std::string& path, const ListeningAt& at) {
  if (path.empty()) return {};
  return files::write_file_durably(
      path,
      fmt::format("{{\"control\": \"{}\", \"stream\": \"{}\", \"blob\": \"{}\", \"queue\": \"{}\", \"tls\": "
                  "\"{}\"}}\n",
                  at.control, at.stream, at.blob, at.queue, at.tls),
      0644);
}

// Waits for SIGINT or SIGTERM. They are blocked in every thread, so that only this wait takes them.
class StopSignals {
 public:
  StopSignals() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~StopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  int wait() {
    int signal = 0;
    while (::sigwait(&set_, &signal) != 0) {
    }
    return signal;
  }

 private:
  sigset_t set_{}, before_{};
};

std::vector<MediaProcessorRow> processor_rows() {
  std::vector<MediaProcessorRow> rows;
  for (const auto& each : encoder::processors()) {
    if (!each.listed) continue;
    const std::string name{each.name};
    rows.push_back({"nb:mpid:UUID:" + std::string{each.uuid}, name, name, "", "Microsoft", std::string{each.version}});
  }
  return rows;
}

std::vector<api::SetQuota> quotas_of(const QuotaSettings& quota) {
  return {
      {"AccessPolicies", quota.access_policies},
      {"AssetDeliveryPolicies", quota.delivery_policies},
      {"AssetFilters", quota.asset_filters},
      {"Assets", quota.assets},
      {"ContentKeyAuthorizationPolicies", quota.authorization_policies},
      {"ContentKeyAuthorizationPolicyOptions", quota.authorization_policy_options},
      {"ContentKeys", quota.content_keys},
      {"Filters", quota.filters},
      {"Jobs", quota.jobs},
  };
}

// Members in the order of their construction; destroyed in reverse.
class RunningApp final : public App {
 public:
  explicit RunningApp(const Settings& settings)
      : settings_(settings), db_(pool_size(settings.pools.db)), disk_(pool_size(settings.pools.disk)) {}
  ~RunningApp() override { stop(); }

  Result<void> open();
  [[nodiscard]] const ListeningAt& listening_at() const override { return listening_at_; }
  [[nodiscard]] const std::optional<MediaAccount>& first_account() const override { return first_account_; }
  void run_until_signal() override;
  void stop() override;

 private:
  static std::size_t pool_size(std::int64_t threads) { return static_cast<std::size_t>(threads); }
  Result<void> open_storage();
  Result<void> open_listeners();
  Result<void> open_tls_listener();
  void build_services();
  void build_management();
  void add_gauges();
  void finish_operations();
  [[nodiscard]] std::vector<Chore> chores(const api::ApiServices& services) const;
  [[nodiscard]] api::ApiServices api_services(std::function<void(const blobs::BlobRef&)> take_in);
  [[nodiscard]] encoder::JobSchedulerOptions scheduler_options() const;
  [[nodiscard]] stream::StreamOptions stream_options() const;
  [[nodiscard]] notify::NotifierOptions notifier_options() const;

  const Settings settings_;
  const Clock& clock_ = system_clock();
  StopSignals signals_;
  Metrics metrics_;
  WorkPool db_, disk_;
  std::optional<auth::InstallationSecrets> secrets_;
  std::optional<keys::KeyVault> keys_;
  std::unique_ptr<rows::Database> database_;
  std::unique_ptr<blobs::FileBlobStore> blobs_;
  std::optional<MediaAccount> first_account_;
  std::unique_ptr<encoder::JobScheduler> scheduler_;
  http::Router router_{settings_.network.domains};
  std::unique_ptr<http::TlsContext> tls_;
  std::unique_ptr<http::Server> server_;
  ServicePorts ports_;
  ListeningAt listening_at_;
  std::unique_ptr<Addresses> addresses_;
  std::unique_ptr<auth::BearerAuthenticator> authenticator_;
  std::unique_ptr<auth::TokenEndpoint> tokens_;
  std::unique_ptr<stream::StreamEndpoint> stream_;
  std::unique_ptr<ingest::ManifestIntake> intake_;
  api::Quotas quotas_{quotas_of(settings_.quota)};
  std::unique_ptr<api::ODataEndpoint> api_;
  std::unique_ptr<blob::BlobEndpoint> blob_;
  std::unique_ptr<queue::QueueEndpoint> queue_;
  std::unique_ptr<notify::Notifier> notifier_;
  StorageMeter meter_{std::filesystem::path{settings_.data} / "blobs"};
  std::unique_ptr<manage::Management> management_;
  std::unique_ptr<auth::ManagementAuthenticator> administrator_;
  std::unique_ptr<manage::ManagementEndpoint> manage_;
  std::unique_ptr<ControlService> control_;
  std::optional<Housekeeping> housekeeping_;
  bool stopped_ = false;
};

Result<void> RunningApp::open() {
  raise_descriptor_limit();
  LAZULITE_CHECK(open_storage());
  scheduler_ = std::make_unique<encoder::JobScheduler>(*database_, *blobs_, clock_, scheduler_options());
  server_ = http::Server::make(router_, server_options(settings_), metrics_);
  LAZULITE_CHECK(open_listeners());
  build_services();
  add_gauges();
  LAZULITE_CHECK(scheduler_->start());
  notifier_->start();
  asio::post(disk_, [this] { intake_->take_in_all(); });
  server_->run();
  return write_ready_file(settings_.ready_file, listening_at_);
}

Result<void> RunningApp::open_storage() {
  const std::filesystem::path data = settings_.data;
  LAZULITE_CHECK(make_data_folder(data));
  LAZULITE_TRY(secrets_, auth::load_or_create_secrets(data));
  keys_.emplace(secrets_->protection_key, secrets_->master_key);
  rows::DatabaseOptions options;
  options.path = database_path(settings_);
  options.readers = static_cast<unsigned>(settings_.database.readers);
  options.synchronous_full = settings_.database.synchronous == "full";
  LAZULITE_TRY(database_, rows::Database::open(options));
  LAZULITE_TRY(blobs_, blobs::FileBlobStore::open(data / "blobs", clock_));
  LAZULITE_CHECK(api::finish_container_removals(*database_, *blobs_));
  LAZULITE_CHECK(api::finish_operations(*database_, clock_, {}));
  LAZULITE_TRY(first_account_, make_first_account(*database_, settings_.account, clock_));
  LAZULITE_CHECK(set_given_keys(*database_, settings_.account));
  if (first_account_ && !settings_.account.key.empty()) first_account_->primary_key = settings_.account.key;
  return {};
}

Result<void> RunningApp::open_listeners() {
  struct Wanted {
    const std::string& address;
    const char* service;
    std::string& at;
    std::uint16_t& port;
  };
  for (const auto& each : {Wanted{settings_.network.control, "control", listening_at_.control, ports_.control},
                           Wanted{settings_.network.stream, "stream", listening_at_.stream, ports_.stream},
                           Wanted{settings_.network.blob, "blob", listening_at_.blob, ports_.blob}}) {
    LAZULITE_TRY(const auto where, server_->listen(each.address, each.service));
    each.at = "http://" + where;
    each.port = port_of(where);
  }
  if (!settings_.network.queue.empty()) {
    LAZULITE_TRY(const auto where, server_->listen(settings_.network.queue, "queue"));
    listening_at_.queue = "http://" + where;
    ports_.queue = port_of(where);
  }
  return open_tls_listener();
}

Result<void> RunningApp::open_tls_listener() {
  if (settings_.network.tls.empty()) return {};
  LAZULITE_TRY(tls_, make_tls_context(settings_, clock_));
  LAZULITE_TRY(const auto where, server_->listen(settings_.network.tls, "control", tls_.get()));
  listening_at_.tls = "https://" + where;
  ports_.tls = port_of(where);
  return {};
}

void RunningApp::build_services() {
  addresses_ = std::make_unique<Addresses>(settings_.network, ports_);
  authenticator_ = std::make_unique<auth::BearerAuthenticator>(*database_, db_, *secrets_, clock_);
  tokens_ = std::make_unique<auth::TokenEndpoint>(*database_, db_, *secrets_, clock_);
  stream_ = std::make_unique<stream::StreamEndpoint>(*database_, *blobs_, db_, disk_, clock_, stream_options());
  intake_ = std::make_unique<ingest::ManifestIntake>(*database_, *blobs_, clock_,
                                                     [this](std::string_view account) { stream_->forget(account); });
  const auto take_in = [this](const blobs::BlobRef& blob) { intake_->take_in(blob); };
  const auto services = api_services(take_in);
  api_ = std::make_unique<api::ODataEndpoint>(services, db_);
  housekeeping_.emplace(chores(services));
  blob_ =
      std::make_unique<blob::BlobEndpoint>(*blobs_, blob::make_storage_directory(*database_), disk_, clock_, take_in);
  queue_ = std::make_unique<queue::QueueEndpoint>(*database_, blob::make_storage_directory(*database_), db_, clock_);
  notifier_ = std::make_unique<notify::Notifier>(*database_, *keys_, clock_, notifier_options());
  build_management();
  const ControlService::Parts parts{*authenticator_, *tokens_, *api_, *manage_, *database_, db_, metrics_, *addresses_};
  control_ = std::make_unique<ControlService>(parts, static_cast<std::uint64_t>(settings_.api.max_body_bytes));

  router_.add(control_->service());
  http::Handler answer_stream = [this](http::Request request) { return stream_->handle(std::move(request)); };
  http::Handler answer_blob = [this](http::Request request) { return blob_->handle(std::move(request)); };
  http::Handler answer_queue = [this](http::Request request) { return queue_->handle(std::move(request)); };
  router_.add(
      {"stream", {{"stream", "/", http::PathMatch::kPrefix, std::move(answer_stream), 64 * 1024, false, true}}});
  router_.add(
      {"blob", {{"blob", "/", http::PathMatch::kPrefix, std::move(answer_blob), blob::kBlobSizeLimit, true, true}}});
  router_.add({"queue",
               {{"queue", "/", http::PathMatch::kPrefix, std::move(answer_queue), queue::kMaxBodyBytes, false, true}}});
}

void RunningApp::build_management() {
  const manage::ManagementOptions options{settings_.network.region, settings_.quota.media_accounts,
                                          settings_.quota.storage_accounts};
  management_ = std::make_unique<manage::Management>(*database_, clock_, options, [this](std::string_view account) {
    authenticator_->forget(account);
    stream_->forget(account);
  });
  administrator_ = std::make_unique<auth::ManagementAuthenticator>(*secrets_, clock_);
  manage_ = std::make_unique<manage::ManagementEndpoint>(
      *management_, *administrator_, db_, [this](const http::Request& request, std::string_view account) {
        return addresses_->reachable_root(request, account);
      });
}

api::ApiServices RunningApp::api_services(std::function<void(const blobs::BlobRef&)> take_in) {
  api::ApiOptions options;
  options.page_size = settings_.api.page_size;
  options.locators_per_asset = static_cast<std::size_t>(settings_.api.max_locators_per_asset);
  options.tasks_per_job = static_cast<std::size_t>(settings_.api.max_tasks_per_job);
  options.assets_per_task = static_cast<std::size_t>(settings_.api.max_assets_per_task);
  options.assets_per_job = static_cast<std::size_t>(settings_.api.max_assets_per_job);
  options.reserved_units = static_cast<std::int32_t>(settings_.quota.reserved_units);
  options.scale_units_per_endpoint = static_cast<std::int32_t>(settings_.quota.scale_units);
  options.running_endpoints = settings_.quota.running_endpoints;
  options.require_service_version = settings_.api.require_version;
  options.cdn_available = settings_.api.cdn_available;
  options.storage_bytes = settings_.quota.storage_bytes;
  options.atom_by_default = settings_.api.default_format == "atom";
  api::ApiServices services{*database_, *blobs_, *addresses_,        *keys_, quotas_, clock_, processor_rows, {},
                            {},         {},      std::move(take_in), options};
  services.storage_bytes_used = [this](const std::string& account) { return meter_.bytes_used(account); };
  services.jobs_changed = [this] { scheduler_->notify(); };
  services.account_changed = [this](std::string_view account) { stream_->forget(account); };
  services.operations_begun = [this] { asio::post(db_, [this] { finish_operations(); }); };
  return services;
}

std::vector<Chore> RunningApp::chores(const api::ApiServices& services) const {
  std::vector<Chore> out;
  if (const std::chrono::days age{settings_.quota.job_days}; age.count() > 0) {
    out.push_back({"old jobs are removed", [services, age]() -> Result<void> {
                     LAZULITE_TRY(const auto count, api::remove_old_jobs(services, age));
                     if (count > 0) logger("app").info("removed old jobs count={}", count);
                     return {};
                   }});
  }
  return out;
}

void RunningApp::finish_operations() {
  const auto changed = [this](std::string_view account) { stream_->forget(account); };
  const auto finished = api::finish_operations(*database_, clock_, changed);
  if (!finished) logger("app").error("operations stay in progress: {}", finished.error().message);
}

encoder::JobSchedulerOptions RunningApp::scheduler_options() const {
  encoder::JobSchedulerOptions options;
  options.max_tasks = static_cast<unsigned>(settings_.encoder.max_tasks);
  options.lease = std::chrono::seconds{settings_.encoder.lease_seconds};
  options.runner.storage_keys.open = [this](std::string_view account, const ContentKey& row) {
    return open_storage_key(*keys_, account, row);
  };
  options.runner.storage_keys.make = [this](std::string_view account) {
    return make_storage_key(*keys_, account, clock_.now());
  };
  options.runner.threads_per_task = static_cast<unsigned>(settings_.encoder.threads_per_task);
  options.runner.open_content_key = [this](const std::string& account, const ContentKey& row) {
    return keys_->unseal(account, row.id, row.sealed_key);
  };
  options.stall = std::chrono::seconds{settings_.encoder.stall_seconds};
  options.time_limit = std::chrono::seconds{settings_.encoder.max_task_seconds};
  if (settings_.encoder.isolation == "process") {
    encoder::IsolationOptions isolation;
    isolation.memory_bytes = static_cast<std::uint64_t>(settings_.encoder.isolation_memory_bytes);
    isolation.stall = options.stall;
    isolation.time_limit = options.time_limit;
    options.runner.isolation = isolation;
  }
  options.assets_changed = [this](const std::string& account) { stream_->forget(account); };
  return options;
}

stream::StreamOptions RunningApp::stream_options() const {
  stream::StreamOptions options;
  options.open_storage_key = [this](std::string_view account, const ContentKey& row) {
    return open_storage_key(*keys_, account, row);
  };
  options.max_age_media = settings_.stream.max_age_media;
  options.max_age_manifest = settings_.stream.max_age_manifest;
  options.max_age_error = settings_.stream.max_age_error;
  options.cache.max_bytes = static_cast<std::size_t>(settings_.stream.cache_bytes);
  options.manifest_cache_bytes = static_cast<std::size_t>(settings_.stream.manifest_cache_bytes);
  options.segment_cache_bytes = static_cast<std::size_t>(settings_.stream.segment_cache_bytes);
  options.bytes_per_unit = static_cast<std::uint64_t>(settings_.stream.mbit_per_unit) * 1'000'000 / 8;
  options.presentation.plan.fragment_seconds = static_cast<std::uint32_t>(settings_.stream.fragment_seconds);
  options.index_folder = std::filesystem::path{settings_.data} / "index";
  return options;
}

notify::NotifierOptions RunningApp::notifier_options() const {
  notify::NotifierOptions options;
  options.base64_in_queues = settings_.notifications.queue_encoding == "base64";
  options.webhooks.timeout = std::chrono::seconds{settings_.notifications.timeout_seconds};
  options.webhooks.allow_local_targets = settings_.notifications.allow_local_targets;
  options.retry_after.clear();
  for (const auto seconds : settings_.notifications.retry_seconds) options.retry_after.emplace_back(seconds);
  return options;
}

void RunningApp::add_gauges() {
  const auto& jobs = scheduler_->metrics();
  const auto& notifications = notifier_->metrics();
  const auto add = [&](const char* name, const char* help, const auto& value) {
    metrics_.add_gauge(name, help, [&value] { return static_cast<double>(value.load()); });
  };
  add("lazulite_tasks_running", "Tasks that this node runs now.", jobs.running);
  add("lazulite_tasks_claimed_total", "Tasks begun since the start.", jobs.claimed);
  add("lazulite_tasks_finished_total", "Tasks that ended well since the start.", jobs.finished);
  add("lazulite_tasks_failed_total", "Tasks that ended in Error since the start.", jobs.failed);
  add("lazulite_tasks_cancelled_total", "Tasks cancelled since the start.", jobs.cancelled);
  add("lazulite_notifications_waiting", "Notifications that are still to be delivered.", notifications.waiting);
  add("lazulite_notifications_dead", "Dead letters: notifications that nobody took.", notifications.dead);
  add("lazulite_notifications_delivered_total", "Notifications delivered since the start.", notifications.delivered);
  add("lazulite_notifications_failed_total", "Attempts that failed since the start.", notifications.failed_attempts);
}

void RunningApp::run_until_signal() {
  const int signal = signals_.wait();
  logger("app").info("stopping signal={}", signal);
  stop();
}

void RunningApp::stop() {
  if (std::exchange(stopped_, true)) return;
  if (server_) server_->stop();
  if (scheduler_) scheduler_->stop();
  housekeeping_.reset();
  if (notifier_) notifier_->stop();
  db_.join();
  disk_.join();
}

}  // namespace

Result<std::unique_ptr<App>> App::start(const Settings& settings) {
  if (!set_log_level(settings.log.level)) {
    return fail(ErrorCode::kInvalidArgument, "log.level is '{}', and must be trace, debug, info, warn, error or off",
                settings.log.level);
  }
  auto app = std::make_unique<RunningApp>(settings);
  LAZULITE_CHECK(app->open());
  return std::unique_ptr<App>{std::move(app)};
}

std::string database_path(const Settings& settings) {
  return (std::filesystem::path{settings.data} / "lazulite.db").string();
}

}  // namespace lazulite::server
