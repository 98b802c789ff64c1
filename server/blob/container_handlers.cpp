// Operations on containers, and those on the service itself.
#include "server/blob/blob_headers.hpp"
#include "server/blob/blob_xml.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/blob/operations.hpp"
#include "storage/blobs/conditions.hpp"

#include <algorithm>
#include <functional>

namespace lazulite::blob {
namespace {

constexpr std::size_t kPageLimit = 5000;
constexpr int kChangeAttempts = 16;  // of a change while others change the container, too
constexpr std::string_view kNewListVersion = "2013-08-15";

http::Response described(unsigned status, const blobs::ContainerProperties& properties) {
  http::Response response;
  response.status = status;
  write_etag(response.headers, properties.etag, properties.last_modified);
  return response;
}

// Changes what the container says of itself; another change at the same moment is not lost.
Result<blobs::ContainerProperties> change_container(Call& call,
                                                    const std::function<void(blobs::ContainerProperties&)>& change) {
  const auto asked = read_conditions(call.request.headers);
  for (int attempt = 0;; ++attempt) {
    LAZULITE_TRY(auto properties, call.store.container_properties(call.container()));
    LAZULITE_CHECK(blobs::check_write(asked, properties));
    blobs::Conditions unchanged;
    unchanged.if_match = properties.etag;
    change(properties);
    auto changed = call.store.set_container_properties(call.container(), std::move(properties), std::move(unchanged));
    if (changed || changed.error().code != ErrorCode::kPreconditionFailed || attempt == kChangeAttempts) return changed;
  }
}

Result<std::string> read_public_access(const Call& call) {
  const auto access = to_lower(call.header("x-ms-blob-public-access"));
  if (access.empty() || access == "blob" || access == "container") return access;
  return bad_header("x-ms-blob-public-access");
}

// maxresults: 1 and more; more than 5000 means 5000.
Result<std::size_t> read_max_results(const Call& call) {
  const auto text = form_value(call.request.query, "maxresults");
  if (!text || text->empty()) return kPageLimit;
  const auto number = parse_uint64(*text);
  if (!number || *number == 0) return bad_parameter("maxresults");
  return static_cast<std::size_t>(std::min<std::uint64_t>(*number, kPageLimit));
}

bool includes(const Call& call, std::string_view what) {
  const auto include = to_lower(call.parameter("include"));
  const auto parts = split(include, ',');
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return trim(part) == what; });
}

// "http://host/account/" or "http://account.blob.domain/".
std::string service_url(const Call& call) {
  return call.request.base_url() + (call.target.path_style ? "/" + call.container().account + "/" : "/");
}

}  // namespace

// ---- containers
// -------------------------------------------------------------------------------------------------------------------

Result<http::Response> create_container(Call& call) {
  LAZULITE_TRY(auto metadata, read_metadata(call.request.headers));
  LAZULITE_TRY(auto access, read_public_access(call));
  LAZULITE_TRY(auto properties, call.store.create_container(call.container()));
  if (!metadata.empty() || !access.empty()) {
    properties.metadata = std::move(metadata);
    properties.public_access = std::move(access);
    LAZULITE_TRY(properties, call.store.set_container_properties(call.container(), std::move(properties), {}));
  }
  return described(201, properties);
}

Result<http::Response> read_container(Call& call) {
  LAZULITE_TRY(const auto properties, call.store.container_properties(call.container()));
  auto response = described(200, properties);
  write_metadata(response.headers, properties.metadata);
  response.headers.set("x-ms-lease-status", "unlocked");
  response.headers.set("x-ms-lease-state", "available");
  if (!properties.public_access.empty()) response.headers.set("x-ms-blob-public-access", properties.public_access);
  return response;
}

Result<http::Response> set_container_metadata(Call& call) {
  LAZULITE_TRY(auto metadata, read_metadata(call.request.headers));
  LAZULITE_TRY(const auto changed, change_container(call, [&](auto& properties) { properties.metadata = metadata; }));
  return described(200, changed);
}

Result<http::Response> read_container_acl(Call& call) {
  LAZULITE_TRY(const auto properties, call.store.container_properties(call.container()));
  auto response = xml_response(write_signed_identifiers(properties.policies));
  write_etag(response.headers, properties.etag, properties.last_modified);
  if (!properties.public_access.empty()) response.headers.set("x-ms-blob-public-access", properties.public_access);
  return response;
}

Result<http::Response> set_container_acl(Call& call) {
  LAZULITE_TRY(const auto policies, read_signed_identifiers(call.request.body));
  LAZULITE_TRY(const auto access, read_public_access(call));
  LAZULITE_TRY(const auto changed, change_container(call, [&](blobs::ContainerProperties& properties) {
                 properties.policies = policies;
                 properties.public_access = access;
               }));
  return described(200, changed);
}

Result<http::Response> delete_container(Call& call) {
  LAZULITE_TRY(const auto properties, call.store.container_properties(call.container()));
  LAZULITE_CHECK(blobs::check_write(read_conditions(call.request.headers), properties));
  LAZULITE_CHECK(call.store.delete_container(call.container()));
  http::Response response;
  response.status = 202;
  return response;
}

Result<http::Response> list_blobs(Call& call) {
  blobs::ListQuery query{call.parameter("prefix"), call.parameter("delimiter"), call.parameter("marker")};
  query.uncommitted = includes(call, "uncommittedblobs");
  LAZULITE_TRY(query.max_results, read_max_results(call));
  LAZULITE_TRY(const auto page, call.store.list(call.container(), query));
  ListDocument document;
  document.service_url = service_url(call);
  document.container = call.container().container;
  document.container_url = document.service_url + document.container;
  document.is_old = call.version < kNewListVersion;
  document.has_metadata = includes(call, "metadata");
  document.has_copy = includes(call, "copy");
  document.has_max_results = form_value(call.request.query, "maxresults").has_value();
  return xml_response(write_blob_list(document, query, page));
}

// ---- the service
// ------------------------------------------------------------------------------------------------------------------

Result<http::Response> list_containers(Call& call) {
  LAZULITE_TRY(const auto max_results, read_max_results(call));
  LAZULITE_TRY(const auto names, call.store.list_containers(call.container().account));
  ContainerList list{
      service_url(call), call.parameter("prefix"), call.parameter("marker"), {}, includes(call, "metadata"), {}};
  for (auto name = std::lower_bound(names.begin(), names.end(), list.marker); name != names.end(); ++name) {
    if (!name->starts_with(list.prefix)) continue;
    if (list.containers.size() == max_results) {
      list.next_marker = *name;
      break;
    }
    auto properties = call.store.container_properties({call.container().account, *name});
    if (properties) list.containers.push_back({*name, std::move(*properties)});  // else deleted meanwhile
  }
  return xml_response(write_container_list(list));
}

}  // namespace lazulite::blob
