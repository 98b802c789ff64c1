// Classic service management, 2012 to 2018: /{subscription}/services/mediaservices/… in JSON and XML
// (accounts-storage.md A.2). Handlers block; the caller is known to be the administrator.
#pragma once

#include "server/http/message.hpp"
#include "server/manage/management.hpp"

#include <string_view>

namespace lazulite::manage {

// True for a path of this API.
bool is_classic_path(std::string_view path);
// JSON unless Accept, or without one Content-Type, asks for XML.
bool wants_xml(const http::Request& request);

Result<http::Response> answer_classic(Management& management, const http::Request& request);

}  // namespace lazulite::manage
