// The Configuration of a task with the option ProtectedConfiguration: encrypted by the client with a content key
// (processing.md 2.2, accounts-storage.md C.6).
#pragma once

#include "schema/entities/content_key.hpp"
#include "schema/entities/task.hpp"
#include "storage/rows/repository.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lazulite::encoder {

// The key of a row; rows keep keys sealed. InvalidArgument when it was sealed otherwise. Thread-safe.
using OpenContentKey =
    std::function<Result<std::vector<std::uint8_t>>(const std::string& account, const ContentKey& row)>;

// In Database::read: the clear text of the task's Configuration, whatever its options. ErrorParsingConfiguration when
// it is protected and its scheme, key or vector are not there or do not fit.
Result<std::string> clear_configuration(rows::Session& session, const std::string& account, const JobTask& task,
                                        const OpenContentKey& open_key);

}  // namespace lazulite::encoder
