#include "schema/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <map>
#include <mutex>

namespace lazulite {
namespace {

struct Loggers {
  std::mutex mutex;
  spdlog::level::level_enum level = spdlog::level::info;
  std::shared_ptr<spdlog::sinks::sink> sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  std::map<std::string, std::unique_ptr<spdlog::logger>, std::less<>> by_name;
};

Loggers& loggers() {
  static Loggers instance;
  return instance;
}

}  // namespace

spdlog::logger& logger(std::string_view component) {
  auto& all = loggers();
  const std::lock_guard lock{all.mutex};
  auto found = all.by_name.find(component);
  if (found == all.by_name.end()) {
    auto made = std::make_unique<spdlog::logger>(std::string{component}, all.sink);
    made->set_level(all.level);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l [%n] %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    found = all.by_name.emplace(std::string{component}, std::move(made)).first;
  }
  return *found->second;
}

bool set_log_level(std::string_view level) {
  const auto value = spdlog::level::from_str(std::string{level});
  if (value == spdlog::level::off && level != "off") return false;
  auto& all = loggers();
  const std::lock_guard lock{all.mutex};
  all.level = value;
  for (auto& [name, each] : all.by_name) each->set_level(value);
  return true;
}

}  // namespace lazulite
