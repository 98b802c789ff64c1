#include "server/api/api_request.hpp"

#include "schema/entities/operation.hpp"
#include "server/api/error_catalog.hpp"

namespace lazulite::api {

Result<const odata::Codec*> codec_of(const ApiRequest& request) {
  if (request.format.codec == nullptr) {
    return fail_with(ErrorCode::kUnsupported, kUnsupportedMediaType, "None of the formats in Accept is supported.");
  }
  return request.format.codec;
}

odata::WriteContext write_context(const ApiRequest& request) { return {request.root, request.format.level, {}}; }

Result<http::Response> formatted(const ApiRequest& request, unsigned status, odata::Payload payload,
                                 const model::EntityType* type, std::string body) {
  LAZULITE_TRY(const auto* codec, codec_of(request));
  auto response = http::Response::text(status, codec->content_type(payload, request.format.level), std::move(body));
  response.headers.set("DataServiceVersion", std::string{codec->version(payload, type)});
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = kNoContent;
  response.headers.set("DataServiceVersion", "1.0;");
  return response;
}

http::Response with_operation(const HookContext& context, const ApiRequest& request, http::Response response) {
  if (context.operation_id.empty()) return response;
  response.status = kAccepted;
  response.headers.set("operation-id", context.operation_id);
  if (!response.headers.find("Location"))
    response.headers.set("Location", request.root + odata::entity_path(kOperation, context.operation_id));
  return response;
}

std::string entity_url(const ApiRequest& request, const model::Record& record) {
  return request.root + odata::entity_path(*record.type, record.key());
}

}  // namespace lazulite::api
