// The text of Task.PerfMessage for an encode (processing.md 2.4): for people, nothing parses it.
#pragma once

#include "encoder/ffmpeg/source_info.hpp"
#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <span>
#include <string>

namespace lazulite::encoder {

std::string perf_message(const std::string& task_id, std::span<const ffmpeg::SourceInfo> sources,
                         const ResolvedPlan& plan, const ffmpeg::TranscodeReport& report, double encode_seconds);

}  // namespace lazulite::encoder
