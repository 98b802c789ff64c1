#include "server/stream/manifest_cache.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/gzip.hpp"
#include "schema/base/text.hpp"

#include <span>
#include <utility>

namespace lazulite::stream {

namespace {

constexpr std::size_t kMinGzipBytes = 256;  // below, the headers weigh more than what is saved

}  // namespace

std::size_t RenderedManifest::memory_bytes() const {
  return sizeof *this + plain.body->capacity() + (gzip.body ? gzip.body->capacity() : 0);
}

Result<RenderedManifest> finish_manifest(const packager::Answer& answer) {
  RenderedManifest out;
  out.content_type = answer.content_type;
  std::string text = answer.body.text();
  const Sha256Digest digest = sha256(as_bytes(text));
  const std::string hash = to_hex(std::span{digest}.first(16));
  if (text.size() >= kMinGzipBytes) {
    LAZULITE_TRY(auto packed, lazulite::gzip(text));
    packed.shrink_to_fit();
    out.gzip = {std::make_shared<const std::string>(std::move(packed)), '"' + hash + "-gzip\""};
  }
  out.plain = {std::make_shared<const std::string>(std::move(text)), '"' + hash + '"'};
  return out;
}

ManifestCache::Value ManifestCache::find(std::string_view key) {
  const std::lock_guard lock{mutex_};
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->value;
}

void ManifestCache::put(std::string_view key, Value value) {
  const std::size_t bytes = value->memory_bytes() + key.size() + sizeof(Entry);
  if (bytes > max_bytes_ / 4) return;
  const std::lock_guard lock{mutex_};
  if (by_key_.contains(key)) return;
  entries_.push_front({std::string{key}, std::move(value), bytes});
  by_key_[entries_.front().key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > max_bytes_) {
    const Entry& oldest = entries_.back();
    bytes_ -= oldest.bytes;
    by_key_.erase(oldest.key);
    entries_.pop_back();
  }
}

}  // namespace lazulite::stream
