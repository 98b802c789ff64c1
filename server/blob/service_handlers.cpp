// Get and Set Blob Service Properties, Get Account Information.
#include "server/blob/blob_headers.hpp"
#include "server/blob/error_catalog.hpp"
#include "server/blob/operations.hpp"
#include "server/blob/service_properties.hpp"

namespace lazulite::blob {

Result<http::Response> read_service_properties(Call& call) {
  if (equals_ignoring_case(call.parameter("restype"), "account")) return read_account_information(call);
  LAZULITE_TRY(const auto document, call.store.service_document(call.container().account));
  return xml_response(whole_service_document(document));
}

Result<http::Response> set_service_properties(Call& call) {
  LAZULITE_TRY(const auto current, call.store.service_document(call.container().account));
  LAZULITE_TRY(auto changed, change_service_document(current, call.request.body));
  LAZULITE_CHECK(call.store.set_service_document(call.container().account, std::move(changed)));
  http::Response response;
  response.status = 202;
  return response;
}

Result<http::Response> read_account_information(Call& call) {
  if (!equals_ignoring_case(call.parameter("restype"), "account")) return bad_parameter("restype");
  http::Response response;
  response.headers.set("x-ms-sku-name", "Standard_LRS");
  response.headers.set("x-ms-account-kind", "StorageV2");
  response.headers.set("x-ms-is-hns-enabled", "false");
  return response;
}

}  // namespace lazulite::blob
