// Authorization: SharedKey and SharedKeyLite of the storage services (accounts-storage.md C.4). Pure functions,
// thread-safe.
#pragma once

#include "schema/base/result.hpp"
#include "schema/base/time.hpp"
#include "server/auth/sas.hpp"
#include "server/http/message.hpp"

#include <span>
#include <string>
#include <string_view>

namespace lazulite::auth {

// The text that SharedKey signs. `zero_length` is what stands for a Content-Length of 0: "" from version 2015-02-21 on,
// "0" before.
std::string shared_key_string(const http::Request& request, std::string_view account, std::string_view zero_length);
std::string shared_key_lite_string(const http::Request& request, std::string_view account);

// Checks the Authorization header against each key, and that x-ms-date or Date is within 15 minutes of now. Forbidden
// "AuthenticationFailed", or InvalidArgument "InvalidAuthenticationInfo" for another scheme or a malformed header.
Result<void> verify_shared_key(const http::Request& request, std::string_view account, std::span<const AccountKey> keys,
                               Timestamp now);

}  // namespace lazulite::auth
