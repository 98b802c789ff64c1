#include "config/settings.hpp"

#include "schema/base/text.hpp"

#include <toml++/toml.h>

#include <algorithm>

extern char** environ;

namespace lazulite {
namespace {

// The one list of keys: `visit(key, member)` for each. Bounds stand in kBounds.
template <class S, class Visitor>
void for_each_setting(S& s, Visitor&& visit) {
  visit("data", s.data);
  visit("ready_file", s.ready_file);
  visit("network.control", s.network.control);
  visit("network.stream", s.network.stream);
  visit("network.blob", s.network.blob);
  visit("network.queue", s.network.queue);
  visit("network.tls", s.network.tls);
  visit("network.tls_certificate", s.network.tls_certificate);
  visit("network.tls_key", s.network.tls_key);
  visit("network.tls_names", s.network.tls_names);
  visit("network.threads", s.network.threads);
  visit("network.public_control", s.network.public_control);
  visit("network.public_stream", s.network.public_stream);
  visit("network.public_blob", s.network.public_blob);
  visit("network.domains", s.network.domains);
  visit("network.global_hosts", s.network.global_hosts);
  visit("network.region", s.network.region);
  visit("network.trusted_proxies", s.network.trusted_proxies);
  visit("network.idle_seconds", s.network.idle_seconds);
  visit("network.transfer_seconds", s.network.transfer_seconds);
  visit("network.stop_grace_seconds", s.network.stop_grace_seconds);
  visit("network.max_connections", s.network.max_connections);
  visit("account.name", s.account.name);
  visit("account.storage", s.account.storage);
  visit("account.key", s.account.key);
  visit("account.storage_key", s.account.storage_key);
  visit("account.client_id", s.account.client_id);
  visit("account.client_secret", s.account.client_secret);
  visit("account.subscription", s.account.subscription);
  visit("database.synchronous", s.database.synchronous);
  visit("database.readers", s.database.readers);
  visit("pools.db", s.pools.db);
  visit("pools.disk", s.pools.disk);
  visit("encoder.max_tasks", s.encoder.max_tasks);
  visit("encoder.threads_per_task", s.encoder.threads_per_task);
  visit("encoder.lease_seconds", s.encoder.lease_seconds);
  visit("encoder.isolation", s.encoder.isolation);
  visit("encoder.isolation_memory_bytes", s.encoder.isolation_memory_bytes);
  visit("encoder.stall_seconds", s.encoder.stall_seconds);
  visit("encoder.max_task_seconds", s.encoder.max_task_seconds);
  visit("api.page_size", s.api.page_size);
  visit("api.max_body_bytes", s.api.max_body_bytes);
  visit("api.require_version", s.api.require_version);
  visit("api.cdn_available", s.api.cdn_available);
  visit("api.max_locators_per_asset", s.api.max_locators_per_asset);
  visit("api.max_tasks_per_job", s.api.max_tasks_per_job);
  visit("api.max_assets_per_task", s.api.max_assets_per_task);
  visit("api.max_assets_per_job", s.api.max_assets_per_job);
  visit("api.default_format", s.api.default_format);
  visit("quota.access_policies", s.quota.access_policies);
  visit("quota.assets", s.quota.assets);
  visit("quota.asset_filters", s.quota.asset_filters);
  visit("quota.authorization_policies", s.quota.authorization_policies);
  visit("quota.authorization_policy_options", s.quota.authorization_policy_options);
  visit("quota.content_keys", s.quota.content_keys);
  visit("quota.delivery_policies", s.quota.delivery_policies);
  visit("quota.filters", s.quota.filters);
  visit("quota.jobs", s.quota.jobs);
  visit("quota.reserved_units", s.quota.reserved_units);
  visit("quota.scale_units", s.quota.scale_units);
  visit("quota.running_endpoints", s.quota.running_endpoints);
  visit("quota.job_days", s.quota.job_days);
  visit("quota.media_accounts", s.quota.media_accounts);
  visit("quota.storage_accounts", s.quota.storage_accounts);
  visit("quota.storage_bytes", s.quota.storage_bytes);
  visit("stream.fragment_seconds", s.stream.fragment_seconds);
  visit("stream.max_age_media", s.stream.max_age_media);
  visit("stream.max_age_manifest", s.stream.max_age_manifest);
  visit("stream.max_age_error", s.stream.max_age_error);
  visit("stream.cache_bytes", s.stream.cache_bytes);
  visit("stream.manifest_cache_bytes", s.stream.manifest_cache_bytes);
  visit("stream.segment_cache_bytes", s.stream.segment_cache_bytes);
  visit("notifications.queue_encoding", s.notifications.queue_encoding);
  visit("notifications.allow_local_targets", s.notifications.allow_local_targets);
  visit("notifications.timeout_seconds", s.notifications.timeout_seconds);
  visit("notifications.retry_seconds", s.notifications.retry_seconds);
  visit("stream.mbit_per_unit", s.stream.mbit_per_unit);
  visit("log.level", s.log.level);
  visit("log.access", s.log.access);
}

// ---- a value from text (environment, command line)
// --------------------------------------------------------------------------------

bool assign(std::string& member, std::string_view text) {
  member = text;
  return true;
}
bool assign(std::int64_t& member, std::string_view text) {
  const auto number = parse_int64(trim(text));
  if (number) member = *number;
  return number.has_value();
}
bool assign(bool& member, std::string_view text) {
  const std::string word = to_lower(trim(text));
  if (word != "true" && word != "false") return false;
  member = word == "true";
  return true;
}
bool assign(std::vector<std::string>& member, std::string_view text) {
  member.clear();
  for (const auto part : split(text, ',')) {
    if (!trim(part).empty()) member.emplace_back(trim(part));
  }
  return true;
}
bool assign(std::vector<std::int64_t>& member, std::string_view text) {
  member.clear();
  for (const auto part : split(text, ',')) {
    if (trim(part).empty()) continue;
    const auto number = parse_int64(trim(part));
    if (!number) return false;
    member.push_back(*number);
  }
  return true;
}

// ---- a value from TOML
// -------------------------------------------------------------------------------------------------------------

template <class T>
bool assign_node(T& member, const toml::node& node) {
  const auto value = node.value_exact<T>();
  if (value) member = *value;
  return value.has_value();
}
bool assign_node(std::vector<std::string>& member, const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr) return false;
  member.clear();
  for (const auto& each : *array) {
    if (!each.is_string()) return false;
    member.push_back(*each.value_exact<std::string>());
  }
  return true;
}
bool assign_node(std::vector<std::int64_t>& member, const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr) return false;
  member.clear();
  for (const auto& each : *array) {
    if (!each.is_integer()) return false;
    member.push_back(*each.value_exact<std::int64_t>());
  }
  return true;
}

std::string_view kind_name(const std::string&) { return "a text"; }
std::string_view kind_name(const std::int64_t&) { return "a whole number"; }
std::string_view kind_name(const bool&) { return "true or false"; }
std::string_view kind_name(const std::vector<std::string>&) { return "a list of texts"; }
std::string_view kind_name(const std::vector<std::int64_t>&) { return "a list of whole numbers"; }

std::string as_toml(const std::string& value) { return "\"" + value + "\""; }
std::string as_toml(const std::int64_t& value) { return std::to_string(value); }
std::string as_toml(const bool& value) { return value ? "true" : "false"; }
std::string as_toml(const std::vector<std::string>& value) {
  std::string out = "[";
  for (const auto& each : value) out += (out.size() > 1 ? ", " : "") + as_toml(each);
  return out + "]";
}
std::string as_toml(const std::vector<std::int64_t>& value) { return fmt::format("[{}]", fmt::join(value, ", ")); }

// Finds the member of a key and hands it to `use`, which says whether the value fitted; an unknown key is an error.
template <class Use>
Result<void> with_setting(Settings& settings, std::string_view source, std::string_view key, Use&& use) {
  bool known = false;
  std::optional<Error> wrong;
  for_each_setting(settings, [&](std::string_view each, auto& member) {
    if (each != key) return;
    known = true;
    if (!use(member)) wrong = fail(ErrorCode::kInvalidArgument, "{}: {} must be {}", source, key, kind_name(member));
  });
  if (!known) return fail(ErrorCode::kInvalidArgument, "{}: there is no setting '{}'", source, key);
  if (wrong) return *wrong;
  return {};
}

Result<void> apply_table(Settings& settings, const toml::table& table, const std::string& prefix,
                         const std::string& source) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string{name.str()};
    if (const auto* inner = node.as_table()) {
      LAZULITE_CHECK(apply_table(settings, *inner, key + ".", source));
      continue;
    }
    const auto& value = node;  // a structured binding cannot be captured by GCC 12's lambdas in all cases
    LAZULITE_CHECK(with_setting(settings, source, key, [&value](auto& member) { return assign_node(member, value); }));
  }
  return {};
}

Result<void> apply_file(Settings& settings, const std::filesystem::path& path) {
  try {
    return apply_table(settings, toml::parse_file(path.string()), "", path.string());
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalidArgument, "{}:{}: {}", path.string(), error.source().begin.line,
                error.description());
  }
}

std::string environment_name(std::string_view key) {
  std::string name = "LAZULITE_" + to_upper(key);
  for (auto& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

// Variables of ours that are no settings of the server.
bool is_other_variable(std::string_view name) {
  return name == "LAZULITE_UPDATE_GOLDEN" || name == "LAZULITE_CONFIG" || name.starts_with("LAZULITE_TEST_") ||
         name.starts_with("LAZULITE_DEV_");
}

Result<void> apply_environment(Settings& settings, const std::map<std::string, std::string>& environment) {
  for (const auto& entry : environment) {
    const std::string& name = entry.first;
    if (!name.starts_with("LAZULITE_") || is_other_variable(name)) continue;
    std::string key;
    for_each_setting(settings, [&](std::string_view each, auto&) {
      if (environment_name(each) == name) key = each;
    });
    if (key.empty()) return fail(ErrorCode::kInvalidArgument, "the environment variable {} names no setting", name);
    LAZULITE_CHECK(with_setting(settings, name, key, [&](auto& member) { return assign(member, entry.second); }));
  }
  return {};
}

struct Bound {
  std::string_view key;
  std::int64_t low, high;
};
constexpr std::int64_t kHuge = std::int64_t{1} << 50;
constexpr Bound kBounds[] = {
    {"network.threads", 0, 256},
    {"network.idle_seconds", 1, 86'400},
    {"network.transfer_seconds", 1, 86'400},
    {"network.stop_grace_seconds", 0, 3'600},
    {"network.max_connections", 1, 1'000'000},
    {"database.readers", 1, 64},
    {"pools.db", 1, 256},
    {"pools.disk", 1, 256},
    {"encoder.max_tasks", 0, 256},
    {"encoder.threads_per_task", 0, 256},
    {"encoder.lease_seconds", 2, 3'600},
    {"encoder.isolation_memory_bytes", 0, 1LL << 44},
    {"encoder.stall_seconds", 1, 86'400},
    {"encoder.max_task_seconds", 0, 31'536'000},
    {"api.page_size", 1, 10'000},
    {"api.max_body_bytes", 1'024, 1 << 30},
    {"api.max_locators_per_asset", 1, 1'000'000},
    {"api.max_tasks_per_job", 1, 1'000},
    {"api.max_assets_per_task", 1, 1'000},
    {"api.max_assets_per_job", 1, 1'000},
    {"quota.access_policies", 0, kHuge},
    {"quota.assets", 0, kHuge},
    {"quota.asset_filters", 0, kHuge},
    {"quota.authorization_policies", 0, kHuge},
    {"quota.authorization_policy_options", 0, kHuge},
    {"quota.content_keys", 0, kHuge},
    {"quota.delivery_policies", 0, kHuge},
    {"quota.filters", 0, kHuge},
    {"quota.jobs", 0, kHuge},
    {"quota.reserved_units", 1, 1'000},
    {"quota.scale_units", 0, 1'000},
    {"quota.running_endpoints", 0, kHuge},
    {"quota.job_days", 0, 36'500},
    {"quota.media_accounts", 0, kHuge},
    {"quota.storage_accounts", 0, kHuge},
    {"quota.storage_bytes", 0, kHuge},
    {"notifications.timeout_seconds", 1, 300},
    {"stream.fragment_seconds", 1, 30},
    {"stream.max_age_media", 0, kHuge},
    {"stream.max_age_manifest", 0, kHuge},
    {"stream.max_age_error", 0, kHuge},
    {"stream.cache_bytes", 1 << 20, kHuge},
    {"stream.manifest_cache_bytes", 1 << 20, kHuge},
    {"stream.segment_cache_bytes", 0, kHuge},
    {"stream.mbit_per_unit", 0, 1'000'000},
};

Result<void> check_bound(std::string_view key, std::int64_t value) {
  for (const auto& bound : kBounds) {
    if (bound.key == key && (value < bound.low || value > bound.high)) {
      return fail(ErrorCode::kInvalidArgument, "{} is {}, and must be from {} to {}", key, value, bound.low,
                  bound.high);
    }
  }
  return {};
}

bool is_account_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  return name.size() >= 3 && name.size() <= 24 && name.find_first_not_of(kLetters) == std::string_view::npos;
}

bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const auto port = parse_int64(text.substr(colon + 1));
  return port && *port >= 0 && *port <= 65'535;
}

Result<void> validate(Settings& s) {
  Result<void> bounds;
  for_each_setting(s, [&](std::string_view key, auto& member) {
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(member)>, std::int64_t>) {
      if (bounds) bounds = check_bound(key, member);
    }
  });
  LAZULITE_CHECK(bounds);
  for (const auto* address : {&s.network.control, &s.network.stream, &s.network.blob}) {
    if (!is_listen_address(*address)) {
      return fail(ErrorCode::kInvalidArgument, "'{}' is not an address of the form 127.0.0.1:8080", *address);
    }
  }
  if (!s.network.queue.empty() && !is_listen_address(s.network.queue))
    return fail(ErrorCode::kInvalidArgument, "'{}' is not an address of the form 127.0.0.1:10001", s.network.queue);
  if (!s.network.tls.empty() && !is_listen_address(s.network.tls))
    return fail(ErrorCode::kInvalidArgument, "'{}' is not an address of the form 127.0.0.1:8443", s.network.tls);
  if (s.network.tls_certificate.empty() != s.network.tls_key.empty())
    return fail(ErrorCode::kInvalidArgument,
                "network.tls_certificate and network.tls_key are given together or not at all");
  for (const auto* name : {&s.account.name, &s.account.storage}) {
    if (!is_account_name(*name)) {
      return fail(ErrorCode::kInvalidArgument, "'{}' is no account name: 3 to 24 lower-case letters and digits", *name);
    }
  }
  if (s.database.synchronous != "full" && s.database.synchronous != "normal") {
    return fail(ErrorCode::kInvalidArgument, "database.synchronous must be \"full\" or \"normal\"");
  }
  if (s.encoder.isolation != "none" && s.encoder.isolation != "process") {
    return fail(ErrorCode::kInvalidArgument, "encoder.isolation must be \"none\" or \"process\"");
  }
  if (s.notifications.queue_encoding != "base64" && s.notifications.queue_encoding != "none")
    return fail(ErrorCode::kInvalidArgument, "notifications.queue_encoding must be \"base64\" or \"none\"");
  const auto& pauses = s.notifications.retry_seconds;
  if (pauses.size() > 20 ||
      std::any_of(pauses.begin(), pauses.end(), [](auto each) { return each < 0 || each > 86'400; }))
    return fail(ErrorCode::kInvalidArgument, "notifications.retry_seconds takes up to 20 numbers from 0 to 86400");
  if (s.api.default_format != "json" && s.api.default_format != "atom") {
    return fail(ErrorCode::kInvalidArgument, "api.default_format must be \"json\" or \"atom\"");
  }
  for (auto* base : {&s.network.public_control, &s.network.public_stream, &s.network.public_blob}) {
    while (base->ends_with('/')) base->pop_back();
    if (!base->empty() && !base->starts_with("http://") && !base->starts_with("https://")) {
      return fail(ErrorCode::kInvalidArgument, "'{}' is no public base: it must start with http:// or https://", *base);
    }
  }
  return {};
}

}  // namespace

Result<Settings> load_settings(const SettingsSources& sources) {
  Settings settings;
  if (sources.file) LAZULITE_CHECK(apply_file(settings, *sources.file));
  LAZULITE_CHECK(apply_environment(settings, sources.environment));
  for (const auto& entry : sources.overrides) {
    LAZULITE_CHECK(with_setting(settings, "command line", entry.first,
                                [&](auto& member) { return assign(member, entry.second); }));
  }
  LAZULITE_CHECK(validate(settings));
  return settings;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> out;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view entry{*each};
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos) out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> list_settings(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> out;
  for_each_setting(settings, [&](std::string_view key, const auto& member) { out.emplace_back(key, as_toml(member)); });
  return out;
}

}  // namespace lazulite
