// Every error that the origin answers, once: its name, status, value and sentence (delivery.md 3.7). The only HTTP
// statuses of this folder.
#pragma once

#include "schema/base/result.hpp"
#include "server/http/message.hpp"

#include <cstdint>
#include <string_view>

namespace lazulite::stream {

struct CatalogEntry {
  std::string_view name;  // "MPE_RESOURCE_NOT_FOUND"
  unsigned status = 500;
  std::uint32_t value = 0;  // 0: the vendor has none
  std::string_view sentence;
};

// The entry named by error.detail, else the one for its code.
const CatalogEntry& find_entry(const Error& error);

// text/plain, one line "{NAME} (0x…): {sentence}", with x-ams-error-code. Says error.message where the client caused
// it.
http::Response error_response(const Error& error);

// Errors of this folder.
Error no_such_resource(std::string_view what);
Error method_not_allowed(std::string_view method);

}  // namespace lazulite::stream
