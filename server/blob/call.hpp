// One blob request on its way: what was parsed of it, and what the handlers need. Owned by BlobEndpoint::handle and by
// the work it has on the disk pool; used by one thread at a time.
#pragma once

#include "schema/base/text.hpp"
#include "schema/base/time.hpp"
#include "server/auth/sas.hpp"
#include "server/blob/blob_target.hpp"
#include "server/blob/cors.hpp"
#include "server/blob/storage_directory.hpp"
#include "server/http/message.hpp"
#include "storage/blobs/blob_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::blob {

struct Call {
  blobs::BlobStore& store;
  const StorageDirectory& directory;
  Timestamp now{};
  http::Request request;  // its body is complete for operations that take a small one
  BlobTarget target;
  std::string version;                          // x-ms-version: as asked for, or what the signature or the service says
  std::optional<std::vector<CorsRule>> cors{};  // of the account, once a request from another origin needs them
  std::optional<auth::SasToken> sas;
  bool by_key = false;               // signed with a key of the account: may read all of the account, too
  bool may_overwrite = true;         // false: the signature only lets it create
  blobs::BlobProperties received{};  // of a body that was streamed to the store
  std::string received_md5{};        // base64

  [[nodiscard]] const blobs::BlobRef& blob() const { return target.ref; }
  [[nodiscard]] const blobs::ContainerRef& container() const { return target.ref.container; }
  [[nodiscard]] std::string parameter(std::string_view name) const {
    return form_value(request.query, name).value_or("");
  }
  [[nodiscard]] std::string_view header(std::string_view name) const { return request.headers.get(name); }
  [[nodiscard]] bool is_head() const { return request.method == "HEAD"; }
};

}  // namespace lazulite::blob
