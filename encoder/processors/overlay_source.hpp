// The files that a preset lays over its sources: found among the task's inputs, probed and placed (processing.md 3c.8).
#pragma once

#include "encoder/ffmpeg/overlay.hpp"
#include "encoder/presets/encode_plan.hpp"
#include "encoder/processors/media_processor.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace lazulite::encoder {

// What overlays lie on.
struct Beneath {
  const InputAsset* asset = nullptr;                // whose files a name may mean
  std::optional<std::pair<int, int>> display_size;  // of its pictures; nothing: it has none, overlays are only heard
  std::optional<double> seconds;                    // how long it is; nothing when that is not known
};

// "1" or "%1%": the task's second input. Nothing for anything else.
std::optional<std::size_t> input_number(std::string_view overlay_source);

// As `plans`. Errors: ErrorParsingConfiguration for files the task has not and places outside of the picture;
// unsupported format for files without what is to be seen or heard; as probe().
Result<std::vector<ffmpeg::Overlay>> open_overlays(const TaskContext& context, std::span<const OverlayPlan> plans,
                                                   const Beneath& beneath);

}  // namespace lazulite::encoder
