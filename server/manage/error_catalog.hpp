// Failures of the management APIs: status, code and body of both dialects in one place (accounts-storage.md A.2, A.3).
#pragma once

#include "schema/base/result.hpp"
#include "server/http/message.hpp"

namespace lazulite::manage {

// Classic service management: {"Code", "Message"}, as XML when `as_xml`; the reason phrase is the message.
http::Response classic_error(const Error& error, bool as_xml);
// Azure Resource Manager: {"error": {"code", "message"}}. error.detail names the code, if there is one.
http::Response arm_error(const Error& error);

}  // namespace lazulite::manage
