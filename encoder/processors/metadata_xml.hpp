// The two XML files an encode leaves beside its media: what came out (_manifest.xml, processing.md 4.4) and what went
// in (_metadata.xml, 4.5). Pure.
#pragma once

#include "encoder/ffmpeg/source_info.hpp"
#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/encode_plan.hpp"

#include <span>
#include <string>

namespace lazulite::encoder {

// "PT8.4288444S": up to seven decimals, no trailing zeros.
std::string xml_duration(double seconds);

// `written` belongs to plan.outputs, in that order.
std::string output_metadata_xml(const ResolvedPlan& plan, const ffmpeg::TranscodeReport& written,
                                const std::string& source_name);
std::string input_metadata_xml(std::span<const ffmpeg::SourceInfo> sources);

}  // namespace lazulite::encoder
