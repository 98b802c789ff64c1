// StorageServiceProperties, what an account's clients set of its blob service (accounts-storage.md C.3): the document
// as it is kept and given back, and what the endpoint takes from it. Pure functions.
#pragma once

#include "schema/base/result.hpp"
#include "server/blob/cors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::blob {

// The document `current` (empty: nothing was set yet) with the parts that `change` has; the others stay.
// InvalidArgument "InvalidXmlDocument", or Conflict "FeatureNotSupported" when logs, metrics or kept deletions are to
// be switched on.
Result<std::string> change_service_document(std::string_view current, std::string_view change);

// The document as Get Blob Service Properties gives it; for an empty one, that of a fresh account.
std::string whole_service_document(std::string_view document);

// InvalidArgument when the document is damaged. An empty one has the default rule.
Result<std::vector<CorsRule>> cors_rules(std::string_view document);

// DefaultServiceVersion, or the newest that is known.
std::string default_service_version(std::string_view document);

}  // namespace lazulite::blob
