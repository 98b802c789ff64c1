// What an encode leaves in its output asset: media, pictures, the two metadata files and the server manifest
// (processing.md 4.1), and what of it is billed.
#pragma once

#include "encoder/ffmpeg/image_extractor.hpp"
#include "encoder/ffmpeg/transcoder.hpp"
#include "encoder/presets/encode_plan.hpp"
#include "encoder/processors/media_processor.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lazulite::encoder {

struct MadeFiles {
  ffmpeg::TranscodeReport media;                          // files as ResolvedPlan::outputs
  std::vector<std::vector<ffmpeg::WrittenLayer>> images;  // as ResolvedPlan::images
};

struct OutputNames {
  std::string primary;      // input file
  std::string input_asset;  // its id
  std::string language;     // of the audio
  bool server_manifest = true, metadata = true;
};

// Media first and .ism last; the .ism is primary, else the first file. Errors: ErrorUploadingOutputAsset.
Result<std::vector<OutputFile>> collect_outputs(const std::filesystem::path& folder, const OutputNames& names,
                                                std::span<const ffmpeg::SourceInfo> sources, const ResolvedPlan& plan,
                                                const MadeFiles& made);

// A result without outputs: minutes and pictures.
TaskResult count_result(const ResolvedPlan& plan, const MadeFiles& made);

}  // namespace lazulite::encoder
