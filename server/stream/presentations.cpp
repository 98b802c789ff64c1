#include "server/stream/presentations.hpp"

#include "server/stream/error_catalog.hpp"

#include <algorithm>

namespace lazulite::stream {

namespace {

constexpr std::size_t kMaxChecks = 20'000;

std::string key_of(const DeliveryRules& rules, const std::string& ism) {
  return rules.container.account + '/' + rules.container.container + '/' + ism;
}

}  // namespace

Presentations::Value Presentations::find(const DeliveryRules& rules, const std::string& ism, Timestamp now) {
  const std::string key = key_of(rules, ism);
  {
    const std::lock_guard lock{mutex_};
    const auto found = checks_.find(key);
    if (found == checks_.end()) return nullptr;
    Timestamp& until = found->second.until;
    if (now >= until) {
      // One caller checks while the others go on for as long, but not when a change was announced.
      if (until != Timestamp{}) until = now + check_interval_;
      return nullptr;
    }
  }
  return cache_.find(key);
}

Result<Presentations::Value> Presentations::load(const DeliveryRules& rules, const std::string& ism, Timestamp now) {
  const std::string key = key_of(rules, ism);
  const Value known = cache_.find(key);
  if (known != nullptr) {
    if (is_current(rules, ism, key, *known)) {
      const std::lock_guard lock{mutex_};
      checks_[key].until = now + check_interval_;
      return known;
    }
    cache_.erase(key);
  }
  return cache_.get(key, [&]() -> Result<Value> {
    std::string ism_etag;
    const packager::SourceLookup lookup = [&](std::string_view name) -> Result<packager::SourceFile> {
      auto source = open_source(rules, name);
      if (source && source->name == ism) ism_etag = source->etag;
      return source;
    };
    LAZULITE_TRY(auto value, packager::load_presentation(ism, lookup, indexes_, options_));
    note_check(key, now + check_interval_, std::move(ism_etag));
    return value;
  });
}

void Presentations::check_all() {
  const std::lock_guard lock{mutex_};
  for (auto& [key, check] : checks_) check.until = Timestamp{};
}

bool Presentations::is_current(const DeliveryRules& rules, const std::string& ism, const std::string& key,
                               const packager::Presentation& value) {
  const auto has_etag = [&](const std::string& name, const std::string& etag) {
    if (rules.find_file(name) == nullptr) return false;
    const auto properties = blobs_.properties({rules.container, name});
    return properties && properties->etag == etag;
  };
  std::string ism_etag;
  {
    const std::lock_guard lock{mutex_};
    const auto found = checks_.find(key);
    if (found == checks_.end()) return false;
    ism_etag = found->second.ism_etag;
  }
  const auto& sources = value.sources();
  return has_etag(ism, ism_etag) && std::all_of(sources.begin(), sources.end(), [&](const auto& source) {
           return has_etag(source->name, source->etag);
         });
}

Result<packager::SourceFile> Presentations::open_source(const DeliveryRules& rules, std::string_view name) {
  const DeliveryFile* file = rules.find_file(name);
  if (file == nullptr) return fail(ErrorCode::kNotFound, "the asset has no file '{}'", name);
  LAZULITE_TRY(auto blob, files_.open(rules, *file));
  const auto& properties = blob.properties;
  // Opened once, here, so that the bytes are those of the ETag.
  const auto descriptor = std::make_shared<files::FileDescriptor>(std::move(blob.file));
  return packager::SourceFile{
      .name = file->name,
      .identity = key_of(rules, file->name),
      .etag = properties.etag,
      .last_modified = properties.last_modified,
      .size = properties.size,
      .open = [descriptor]() -> Result<files::FileDescriptor> { return std::move(*descriptor); }};
}

void Presentations::note_check(const std::string& key, Timestamp until, std::string ism_etag) {
  const std::lock_guard lock{mutex_};
  if (checks_.size() >= kMaxChecks) checks_.clear();
  checks_[key] = Check{until, std::move(ism_etag)};
}

}  // namespace lazulite::stream
