// May this request do what it asks? A shared key, a SAS or public access, first one present decides
// (accounts-storage.md C.4, C.5).
#pragma once

#include "server/blob/operations.hpp"

namespace lazulite::blob {

// Blocks. Keeps the SAS and what it grants in the call. Forbidden with C.5's codes; NotFound "ResourceNotFound" for
// anyone without credentials where nothing is public, which does not tell what exists.
Result<void> authorize(Call& call, const Operation& operation);

}  // namespace lazulite::blob
