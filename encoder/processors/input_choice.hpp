// Which file of an input asset is read: the primary one, or the media that a primary .ism names (api.md 5.3,
// processing.md 2.6 and 7.3).
#pragma once

#include "encoder/processors/media_processor.hpp"
#include "schema/base/result.hpp"

#include <vector>

namespace lazulite::encoder {

struct InputChoice {
  const InputFile* primary = nullptr;  // whose name outputs are named after
  std::vector<const InputFile*>
      candidates;  // files to read, best video first; one unless the primary is a server manifest
};

// Errors: ErrorDownloadingInputAssetMalformedContent when there is no primary file, its name is bad, or a manifest
// names files the asset has not.
Result<InputChoice> choose_input(const InputAsset& asset, bool lowest_bitrate = false);

}  // namespace lazulite::encoder
