// Every setting of the server, typed, with its default; read once at start from lazulite.toml, then from the
// environment, and validated. A component gets its own sub-struct by value. Each key is listed once, in settings.cpp,
// and explained in config/lazulite.toml.
#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lazulite {

struct NetworkSettings {
  std::string control = "127.0.0.1:8080";  // REST API, tokens, metrics, health
  std::string stream = "127.0.0.1:8081";
  std::string blob = "127.0.0.1:10000";
  std::string queue = "127.0.0.1:10001";
  std::string tls;                       // all of them by their host names, over TLS; empty: none
  std::string tls_certificate, tls_key;  // PEM files; empty: certificates of our own authority
  std::vector<std::string> tls_names = {"login.microsoftonline.com", "login.windows.net", "sts.windows.net",
                                        "accesscontrol.windows.net"};
  std::int64_t threads = 0;  // 0: one per core
  std::string public_control, public_stream,
      public_blob;  // "https://media.example.org"; empty: from the Host the client used
  std::vector<std::string> domains = {"media.azure.net", "media.windows.net", "core.windows.net",
                                      "mediaservices.windows.net"};
  std::vector<std::string> global_hosts = {
      "media.windows.net"};                  // there, every request is sent on to its account's host
  std::string region = "local";              // in names of accounts: <account>.restv2.<region>.<domain>
  std::vector<std::string> trusted_proxies;  // IP addresses whose X-Forwarded-Host and -Proto are believed
  std::int64_t idle_seconds = 75;            // a connection may rest so long between requests
  std::int64_t transfer_seconds = 60;        // one read or write may make no progress for so long
  std::int64_t stop_grace_seconds = 10;      // running requests may end in this time when the server stops
  std::int64_t max_connections = 10'000;     // over all listeners
};

struct AccountSettings {
  std::string name = "lazulite";            // media account made on first start
  std::string storage = "lazulitestorage";  // its storage account
  std::string key, storage_key;             // primary keys, base64 of 32 and 64 bytes; empty: random
  std::string client_id, client_secret;     // of its AAD application: a GUID, and any text; empty: random
  std::string subscription;                 // a GUID, of the installation; empty: random
};

struct DatabaseSettings {
  std::string synchronous = "full";  // full: a commit survives power loss; normal: it survives a crash of the server
  std::int64_t readers = 4;
};

struct PoolSettings {
  std::int64_t db = 16;    // threads for the database
  std::int64_t disk = 16;  // threads for files and hashes
};

struct EncoderSettings {
  std::int64_t max_tasks = 0;         // tasks at once over all accounts; 0: what the reserved units say
  std::int64_t threads_per_task = 0;  // 0: by the reserved unit type
  std::int64_t lease_seconds = 30;
  std::string isolation = "none";                   // "process": each task in a process of its own
  std::int64_t isolation_memory_bytes = 8LL << 30;  // that one such process may use; 0: no bound
  std::int64_t stall_seconds = 300;                 // a task that does not move for so long fails
  std::int64_t max_task_seconds = 172800;           // a task that takes longer fails; 0: no bound
};

struct ApiSettings {
  std::int64_t page_size = 1000;
  std::int64_t max_body_bytes = 4 << 20;
  bool require_version = false;  // refuse requests without x-ms-version (the real service's 400)
  bool cdn_available = true;     // else CdnEnabled of a streaming endpoint is refused with 412, as in regions without
  std::int64_t max_locators_per_asset = 5;
  std::int64_t max_tasks_per_job = 30;
  std::int64_t max_assets_per_task = 50, max_assets_per_job = 100;  // inputs and outputs
  std::string default_format = "json";  // of answers to requests that name none: "json", or "atom" as the real service
};

// How many rows of each set a media account may have (0: as many as it likes), and for how long.
struct QuotaSettings {
  std::int64_t access_policies = 1'000'000, assets = 1'000'000, asset_filters = 1'000'000;
  std::int64_t authorization_policies = 1'000'000, authorization_policy_options = 1'000'000;
  std::int64_t content_keys = 1'000'000, delivery_policies = 1'000'000;
  std::int64_t filters = 1'000;
  std::int64_t jobs = 50'000;           // in all states
  std::int64_t reserved_units = 25;     // encoding reserved units
  std::int64_t scale_units = 10;        // of one streaming endpoint
  std::int64_t running_endpoints = 0;   // streaming endpoints that run at a time; 0: no limit
  std::int64_t job_days = 0;            // jobs go so long after their end; 0: never
  std::int64_t media_accounts = 100;    // of the installation
  std::int64_t storage_accounts = 100;  // of a media account
  std::int64_t storage_bytes = 0;       // in a storage account
};

struct StreamSettings {
  std::int64_t fragment_seconds = 2;
  std::int64_t max_age_media = 86'400, max_age_manifest = 60, max_age_error = 10;  // seconds
  std::int64_t cache_bytes = 64 << 20;                                             // presentations kept in memory
  std::int64_t manifest_cache_bytes = 16 << 20;                                    // rendered manifests kept in memory
  std::int64_t segment_cache_bytes = 64 << 20;                                     // segments in demand kept in memory
  std::int64_t mbit_per_unit = 0;                                                  // egress of an endpoint; 0: no limit
};

struct NotificationSettings {
  std::string queue_encoding =
      "base64";                       // of messages in queues: "base64", which clients of the time decode, or "none"
  bool allow_local_targets = false;   // webhooks may lead to this machine or its link
  std::int64_t timeout_seconds = 10;  // of a webhook
  std::vector<std::int64_t> retry_seconds = {1, 5, 30, 120, 600};  // pauses before the attempts after the first
};

struct LogSettings {
  std::string level = "info";
  bool access = true;  // one line per request
};

struct Settings {
  std::string data = "data";  // folder of everything that lasts
  std::string ready_file;     // written with the addresses once all listeners are open
  NetworkSettings network;
  AccountSettings account;
  DatabaseSettings database;
  PoolSettings pools;
  EncoderSettings encoder;
  ApiSettings api;
  QuotaSettings quota;
  StreamSettings stream;
  NotificationSettings notifications;
  LogSettings log;
};

struct SettingsSources {
  std::optional<std::filesystem::path> file;       // must exist when given
  std::map<std::string, std::string> environment;  // LAZULITE_NETWORK_CONTROL=… overrides network.control
  std::map<std::string, std::string> overrides;    // by key ("network.control"), from the command line: the last word
};

// InvalidArgument names the key and what is wrong; an unknown key is an error.
Result<Settings> load_settings(const SettingsSources& sources);

std::map<std::string, std::string> process_environment();

// "network.control" and so on, in the order of lazulite.toml, each with its value in `settings` as TOML text.
std::vector<std::pair<std::string, std::string>> list_settings(const Settings& settings);

}  // namespace lazulite
