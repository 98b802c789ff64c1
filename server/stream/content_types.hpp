// Progressive downloads (delivery.md 1.6): which files of an asset may be had whole, and as what.
#pragma once

#include "server/stream/delivery_rules.hpp"

#include <string>
#include <string_view>

namespace lazulite::stream {

// Not manifests and files of Smooth Streaming, which are there to be packaged.
bool may_be_downloaded(std::string_view file_name);
// The MimeType that the AssetFile says, else the one usual for its extension.
std::string content_type_of(const DeliveryFile& file);

}  // namespace lazulite::stream
