// A blob endpoint over a store, spoken to without a socket: requests are made from text, signed with the vectors' key,
// and answered.
#pragma once

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "server/blob/blob_endpoint.hpp"
#include "storage/blobs/memory_blob_store.hpp"
#include "tests/support/result.hpp"
#include "tests/support/run_task.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lazulite::blob {

class NoonClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return parse_time("2016-01-01T12:00:00Z").value(); }
};

// Gives the bytes in small odd pieces, or fails after some of them.
class PieceStream final : public http::BodyStream {
 public:
  PieceStream(std::string bytes, std::size_t piece, std::size_t fail_at)
      : bytes_(std::move(bytes)), piece_(piece), fail_at_(fail_at) {}

  Task<Result<std::span<const std::uint8_t>>> next() override {
    if (done_ >= fail_at_) co_return fail(ErrorCode::kIo, "the client vanished");
    const auto n = std::min(piece_, bytes_.size() - done_);
    const auto out = as_bytes(bytes_).subspan(done_, n);
    done_ += n;
    co_return out;
  }

 private:
  std::string bytes_;
  std::size_t piece_, fail_at_, done_ = 0;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct BlobFixture {
  static constexpr const char* kAccount = "amsstore";
  static constexpr const char* kContainer = "asset-1";

  NoonClock clock;
  blobs::MemoryBlobStore memory{clock};
  blobs::BlobStore& store;
  WorkPool disk{2};
  auth::AccountKey key = counting_key();
  std::map<std::string, blobs::StoredAccessPolicy> policies;  // by container/id
  BlobEndpoint endpoint;
  std::string host = "127.0.0.1:10000";
  std::size_t fail_at = std::string::npos;  // bytes of a body after which the client vanishes

  BlobFixture() : BlobFixture(memory) {}
  explicit BlobFixture(blobs::BlobStore& other) : store(other), endpoint(store, directory(), disk, clock) {
    REQUIRE(store.create_container({kAccount, kContainer}).has_value());
  }
  BlobFixture(const BlobFixture&) = delete;
  BlobFixture& operator=(const BlobFixture&) = delete;
  ~BlobFixture() { disk.join(); }

  static auth::AccountKey counting_key() {
    auth::AccountKey out(64);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
    return out;
  }

  StorageDirectory directory() {
    StorageDirectory out;
    out.find_account = [this](const std::string& name) -> Result<std::optional<StorageOwner>> {
      std::optional<StorageOwner> owner;
      if (name == kAccount) owner = StorageOwner{"media", {auth::AccountKey(64, 9), key}};
      return owner;
    };
    out.find_policy = [this](const blobs::ContainerRef& container,
                             const std::string& id) -> Result<std::optional<blobs::StoredAccessPolicy>> {
      const auto found = policies.find(container.container + "/" + id);
      return found == policies.end() ? std::optional<blobs::StoredAccessPolicy>{} : found->second;
    };
    return out;
  }

  // The query of a container SAS with these letters, valid all day.
  [[nodiscard]] std::string sas(const std::string& letters, const std::string& version = "2018-03-28",
                                const std::string& container = kContainer) const {
    auto query = "sv=" + version + "&sr=c&sp=" + letters + "&se=2016-01-02T00:00:00Z";
    const auto token = auth::parse_sas(query + "&sig=x").value();
    return query + "&sig=" + percent_encode(auth::sign(key, auth::string_to_sign(token, kAccount, container, "")));
  }
  // An account SAS for everything.
  [[nodiscard]] std::string account_sas() const {
    const std::string query = "sv=2018-03-28&ss=b&srt=sco&sp=rwdlac&se=2016-01-02T00:00:00Z";
    return query + "&sig=" +
           percent_encode(
               auth::sign(key, auth::string_to_sign(auth::parse_sas(query + "&sig=x").value(), kAccount, "", "")));
  }

  [[nodiscard]] http::Request make(const std::string& method, const std::string& target, HeaderList headers = {},
                                   std::string body = {}) const {
    http::Request request;
    request.id = Uuid::random().text();
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers.set("Host", host);
    for (auto& [name, value] : headers) request.headers.add(name, std::move(value));
    if (method == "PUT" || !body.empty()) request.content_length = body.size();
    request.stream = std::make_shared<PieceStream>(std::move(body), 7, fail_at);
    request.client_address = "127.0.0.1";
    return request;
  }
  http::Response answer(http::Request request) { return test::run_task(endpoint.handle(std::move(request))); }
  http::Response send(const std::string& method, const std::string& target, HeaderList headers = {},
                      std::string body = {}) {
    return answer(make(method, target, std::move(headers), std::move(body)));
  }

  // On the test container, with a SAS of these letters: path "/a.mp4", more parameters "comp=…".
  http::Response call(const std::string& method, const std::string& letters, const std::string& path,
                      const std::string& parameters = {}, HeaderList headers = {}, std::string body = {}) {
    const auto target = std::string{"/"} + kAccount + "/" + kContainer + path + "?" + parameters +
                        (parameters.empty() ? "" : "&") + sas(letters);
    return send(method, target, std::move(headers), std::move(body));
  }
  http::Response put(const std::string& path, std::string body, HeaderList headers = {}) {
    headers.emplace_back("x-ms-blob-type", "BlockBlob");
    return call("PUT", "w", path, "", std::move(headers), std::move(body));
  }
};

inline std::string code_of(const http::Response& response) {
  return std::string{response.headers.get("x-ms-error-code")};
}

inline std::string id_of(std::string_view text) { return base64_encode(as_bytes(text)); }

}  // namespace lazulite::blob
