// The REST API over a real database in a temporary folder, without sockets: one call is one request.
#pragma once

#include "schema/odata/json_reader.hpp"
#include "server/api/odata_endpoint.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::test {

// Containers and the names and sizes of their blobs: all that the API asks of a store.
class ContainerStore : public blobs::BlobStore {
 public:
  std::map<std::string, std::map<std::string, std::uint64_t>> containers;  // "account/container" → blob → size
  bool refuse_deletes = false;

  Result<blobs::ContainerProperties> create_container(const blobs::ContainerRef& ref) override;
  Result<void> delete_container(const blobs::ContainerRef& ref) override;
  Result<blobs::ListPage> list(const blobs::ContainerRef& ref, const blobs::ListQuery& query) override;
  Result<void> remove(const blobs::BlobRef& ref, blobs::Conditions conditions) override;

  Result<blobs::ContainerProperties> container_properties(const blobs::ContainerRef&) override { return unused(); }
  Result<blobs::ContainerProperties> set_container_properties(const blobs::ContainerRef&, blobs::ContainerProperties,
                                                              blobs::Conditions) override {
    return unused();
  }
  Result<std::string> service_document(const std::string&) override { return unused(); }
  Result<void> set_service_document(const std::string&, std::string) override { return unused(); }
  Result<blobs::BlobProperties> copy(const blobs::CopyRequest&, const blobs::BlobRef&, blobs::Conditions) override {
    return unused();
  }
  Result<std::vector<std::string>> list_containers(const std::string&) override { return unused(); }
  Result<blobs::BlobProperties> properties(const blobs::BlobRef&) override { return unused(); }
  Result<blobs::BlobFile> open(const blobs::BlobRef&) override { return unused(); }
  Result<std::unique_ptr<blobs::BlobWriter>> put_blob(const blobs::BlobRef&, blobs::BlobHeaders,
                                                      blobs::Conditions) override {
    return unused();
  }
  Result<std::unique_ptr<blobs::BlobWriter>> put_block(const blobs::BlobRef&, const std::string&) override {
    return unused();
  }
  Result<blobs::BlobProperties> put_block_list(const blobs::BlobRef&, const std::vector<blobs::BlockReference>&,
                                               blobs::BlobHeaders, blobs::Conditions) override {
    return unused();
  }
  Result<blobs::BlockLists> block_lists(const blobs::BlobRef&) override { return unused(); }
  Result<blobs::BlobProperties> set_headers(const blobs::BlobRef&, blobs::BlobHeaders, blobs::Conditions) override {
    return unused();
  }
  Result<std::filesystem::path> make_work_folder() override { return unused(); }
  Result<blobs::BlobProperties> adopt(const blobs::BlobRef&, const std::filesystem::path&,
                                      blobs::BlobHeaders) override {
    return unused();
  }

 private:
  static Error unused() { return fail(ErrorCode::kUnsupported, "the API does not use this"); }
};

// Thread-safe.
class SteppingClock : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    const std::lock_guard lock{mutex_};
    time_ += std::chrono::milliseconds{10};
    return time_;
  }
  void advance(std::chrono::microseconds by) {
    const std::lock_guard lock{mutex_};
    time_ += by;
  }

 private:
  mutable std::mutex mutex_;
  mutable Timestamp time_ = std::chrono::sys_days{std::chrono::year{2024} / 5 / 1} + std::chrono::hours{10};
};

struct Answer {
  unsigned status = 0;
  http::Headers headers;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const { return std::string{headers.get(name)}; }
  // A value in a JSON body: "value.0.Id". Fails the test when it is not there. Numbers and words come as they are
  // written.
  [[nodiscard]] std::string at(std::string_view path) const;
  [[nodiscard]] bool has(std::string_view path) const;
  [[nodiscard]] std::size_t size(std::string_view path) const;  // of a list
};

using Fields = std::vector<std::pair<std::string, std::string>>;

class Api {
 public:
  explicit Api(api::ApiOptions options = {}, std::vector<api::SetQuota> quotas = {});
  ~Api();

  // path: below /api/, as sent ("Assets?$top=1"); the caller is the account "movies".
  Answer call(std::string_view method, std::string_view path, std::string_view body = {}, const Fields& headers = {});
  Answer get(std::string_view path, const Fields& headers = {}) { return call("GET", path, {}, headers); }
  Answer post(std::string_view path, std::string_view body, const Fields& headers = {}) {
    return call("POST", path, body, headers);
  }
  // A request target as sent, by this caller.
  Answer raw(std::string_view method, std::string_view target, std::string_view body, const Fields& headers,
             const std::optional<api::Caller>& caller);

  std::string create_asset(std::string_view name = "a");
  std::string create_policy(int permissions, std::string_view name = "p");

  ContainerStore blobs;
  SteppingClock clock;
  TemporaryFolder folder;
  std::unique_ptr<rows::Database> database;
  server::Addresses addresses;
  WorkPool pool{1};
  int jobs_changed = 0, operations_begun = 0;
  std::mutex changes_mutex;
  std::vector<std::string> changed_accounts;
  std::vector<std::string> uploads_expected;  // "storage/container/blob"
  api::Quotas quotas;
  std::unique_ptr<api::ODataEndpoint> endpoint;
};

// The vault of every Api; making its RSA key takes long.
const keys::KeyVault& key_vault();
// The EncryptedContentKey of a key.
std::string wrapped_key(std::span<const std::uint8_t> key);

// How ContainerStore names the container of an asset of the account "movies".
std::string container_of(std::string_view asset_id);

}  // namespace lazulite::test
