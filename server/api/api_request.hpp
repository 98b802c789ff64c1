// One parsed request on its way through this folder, and the answers that several files build. Lives on the stack of
// ODataEndpoint.
#pragma once

#include "schema/odata/entity_input.hpp"
#include "schema/odata/query_options.hpp"
#include "schema/odata/target_parser.hpp"
#include "server/api/entity_hooks.hpp"
#include "server/api/negotiation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite::api {

struct ApiRequest {
  const http::Request& http;
  std::string method;
  odata::ODataTarget target;
  odata::RawOptions options;
  Format format;
  std::string root;  // "http://host:port/api/"

  // What the body says, read before any transaction begins.
  odata::EntityInput input;             // POST, MERGE, PATCH, PUT
  odata::EntityReference link;          // POST on $links
  std::vector<model::Value> arguments;  // functions and actions
};

// 200 (or another status) with a body of the negotiated format. Unsupported when there is none.
Result<http::Response> formatted(const ApiRequest& request, unsigned status, odata::Payload payload,
                                 const model::EntityType* type, std::string body);
http::Response no_content();
// The answer of a hook that began a long-running operation: 202 with operation-id; any other as it is (api.md 4.3).
http::Response with_operation(const HookContext& context, const ApiRequest& request, http::Response response);

// The codec, or Unsupported "UnsupportedMediaType".
Result<const odata::Codec*> codec_of(const ApiRequest& request);
odata::WriteContext write_context(const ApiRequest& request);

// The absolute address of an entity.
std::string entity_url(const ApiRequest& request, const model::Record& record);

}  // namespace lazulite::api
