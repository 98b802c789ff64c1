// Azure Resource Manager, Microsoft.Media 2015-10-01 (accounts-storage.md A.3). Handlers block; the caller is known to
// be the administrator.
#pragma once

#include "server/http/message.hpp"
#include "server/manage/management.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lazulite::manage {

bool is_arm_path(std::string_view path);

// The API root of an account ("https://…/api/"), as this client reaches it.
using ApiRoot = std::function<std::string(const http::Request& request, std::string_view account)>;

Result<http::Response> answer_arm(Management& management, const http::Request& request, const ApiRoot& api_root);

}  // namespace lazulite::manage
