// The JSON of index files and container.json, and nothing else. Pure functions; Io when a text is damaged.
#pragma once

#include "storage/blobs/container_folder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lazulite::blobs {

std::string encode_record(const IndexRecord& record);  // one line, without its end
Result<IndexRecord> decode_record(std::string_view line);

std::string encode_blocks(const std::vector<BlockEntry>& blocks);  // one line, without its end
Result<std::vector<BlockEntry>> decode_blocks(std::string_view line);

std::string encode_container(const ContainerProperties& properties);
Result<ContainerProperties> decode_container(std::string_view text);

}  // namespace lazulite::blobs
