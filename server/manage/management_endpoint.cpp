#include "server/manage/management_endpoint.hpp"

#include "schema/base/log.hpp"
#include "server/manage/classic_api.hpp"
#include "server/manage/error_catalog.hpp"

namespace lazulite::manage {

bool ManagementEndpoint::serves(std::string_view path) { return is_arm_path(path) || is_classic_path(path); }

Task<http::Response> ManagementEndpoint::handle(http::Request request) {
  auto work = [this, request = std::move(request)] { return answer(request); };
  co_return co_await run_on(db_, std::move(work));
}

http::Response ManagementEndpoint::answer(const http::Request& request) const {
  const bool is_arm = is_arm_path(request.path);
  const auto respond = [&]() -> Result<http::Response> {
    LAZULITE_CHECK(authenticator_.authenticate(request));
    if (is_arm) return answer_arm(management_, request, api_root_);
    return answer_classic(management_, request);
  };
  auto result = respond();
  if (!result && (result.error().code == ErrorCode::kIo || result.error().code == ErrorCode::kInternal))
    logger("manage").error("request failed id={} error={}", request.id, result.error().message);
  http::Response response = result   ? std::move(*result)
                            : is_arm ? arm_error(result.error())
                                     : classic_error(result.error(), wants_xml(request));
  response.headers.set("x-ms-request-id", request.id);
  response.headers.set("Cache-Control", "no-cache, no-store");
  return response;
}

}  // namespace lazulite::manage
