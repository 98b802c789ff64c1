// Backups of a whole installation: its database, its committed blobs and its secrets, in the layout of a data folder.
// Blocking; for the command line.
#pragma once

#include "config/settings.hpp"
#include "storage/blobs/blob_copy.hpp"

#include <filesystem>

namespace lazulite::server {

// Makes the new folder `target`, beside a running server or without one. Everything that was acknowledged when the call
// began is in it, and no row without its blob; uncommitted blocks are not. It appears whole or not at all: until then
// it is "<target>.partial", which a later call takes up where it broke off. Conflict when `target` exists, NotFound
// without an installation, Io.
Result<blobs::CopyTotals> back_up(const Settings& settings, const std::filesystem::path& target);

// Makes the data folder of the settings from a backup. Conflict when it holds something, NotFound when `backup` is
// none.
Result<blobs::CopyTotals> restore(const std::filesystem::path& backup, const Settings& settings);

}  // namespace lazulite::server
