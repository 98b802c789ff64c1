#include "encoder/processors/media_encoder_standard.hpp"
#include "encoder/processors/media_processor.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::encoder {
namespace {

// processing.md 1.1. Of the older encoders one row each is listed, for clients that ask for it by name.
constexpr ProcessorInfo kProcessors[] = {
    {"Media Encoder Standard", "ff4df607-d419-42f0-bc17-a481b1331e56", "1.1", true, &make_media_encoder_standard},
    {"Azure Media Encoder", "1b1da727-93ae-4e46-a8a1-268828765609", "4.4", true, &make_azure_media_encoder},
    {"Azure Media Encoder", "2e7aa8f3-4961-4e0c-b4db-0e0439e524f5", "1.0", false, &make_azure_media_encoder},
    {"Windows Azure Media Encoder", "70bdc2c3-ebf4-42a9-8542-5afc1e55d217", "2.3.0.0", true, &make_azure_media_encoder},
    {"Windows Azure Media Encoder", "2f381738-c504-4e4a-a38e-d199e207fcd5", "1.0", false, &make_azure_media_encoder},
    {"Media Encoder Premium Workflow", "77fea72a-107c-439e-b0bb-f88153b93461", "1.0", false, nullptr},
    {"Windows Azure Media Packager", "a2f9afe9-7146-4882-a5f7-da4a85e06a93", "1.0", false, nullptr},
    {"Windows Azure Media Encryptor", "38a620d8-b8dc-4e39-bb2e-7d589587232b", "1.0", false, nullptr},
    {"Storage Decryption", "aec03716-7c5e-4f68-b592-f4850eba9f10", "1.6", false, nullptr},
    {"Azure Media Indexer", "233e57fc-36bb-4f6f-8f18-3b662747a9f8", "1.0", false, nullptr},
    {"Azure Media Indexer 2 Preview", "1927f26d-0aa5-4ca1-95a3-1a3f95b0f706", "1.0", false, nullptr},
    {"Azure Media Hyperlapse", "db657ff0-fc6e-407c-a03a-80fdca3b81cd", "1.0", false, nullptr},
    {"Azure Media Face Detector", "6a9b8239-81ea-4762-8125-66b4f45737a2", "1.0", false, nullptr},
    {"Azure Media Redactor", "3806d7a6-4985-4437-b098-50e3733310e8", "1.0", false, nullptr},
    {"Azure Media Motion Detector", "464c4ede-daad-4edd-9c3c-3b5f667eef08", "1.0", false, nullptr},
    {"Azure Media Video Thumbnails", "d4d94427-b8e7-44b5-addb-5f3a26124385", "1.0", false, nullptr},
    {"Azure Media OCR", "074c3899-d9fb-448f-9ae1-4ebcbe633056", "1.1", false, nullptr},
    {"Azure Media Content Moderator", "bb312589-3bd4-4f2e-af26-2df8a984b395", "1.0", false, nullptr},
    {"Azure Media Video Annotator", "4b8b1e57-3bf3-4a07-b21a-12c3cdcc0894", "1.0", false, nullptr},
    {"Azure Media Stabilizer", "73845a7d-8505-421d-9af9-d4bdc7838bdf", "1.0", false, nullptr},
};

}  // namespace

std::span<const ProcessorInfo> processors() { return kProcessors; }

const ProcessorInfo* find_processor(std::string_view entity_id) {
  const std::string_view uuid = guid_of(entity_id);
  const auto found = std::find_if(std::begin(kProcessors), std::end(kProcessors),
                                  [uuid](const ProcessorInfo& row) { return equals_ignoring_case(row.uuid, uuid); });
  return found == std::end(kProcessors) ? nullptr : &*found;
}

}  // namespace lazulite::encoder
