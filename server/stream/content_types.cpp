#include "server/stream/content_types.hpp"

#include "schema/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lazulite::stream {

namespace {

constexpr std::array<std::string_view, 5> kPackagedOnly{".ism", ".ismc", ".ismv", ".isma", ".ismt"};

constexpr std::pair<std::string_view, std::string_view> kByExtension[] = {
    {".mp4", "video/mp4"},
    {".m4v", "video/mp4"},
    {".m4a", "audio/mp4"},
    {".mp3", "audio/mpeg"},
    {".aac", "audio/aac"},
    {".wav", "audio/wav"},
    {".mov", "video/quicktime"},
    {".ts", "video/MP2T"},
    {".wmv", "video/x-ms-wmv"},
    {".wma", "audio/x-ms-wma"},
    {".webm", "video/webm"},
    {".mkv", "video/x-matroska"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".png", "image/png"},
    {".bmp", "image/bmp"},
    {".gif", "image/gif"},
    {".vtt", "text/vtt"},
    {".ttml", "application/ttml+xml"},
    {".srt", "application/x-subrip"},
    {".json", "application/json"},
    {".xml", "text/xml"},
    {".smi", "application/smil+xml"},
    {".txt", "text/plain"},
    {".m3u8", "application/vnd.apple.mpegurl"},
};

}  // namespace

bool may_be_downloaded(std::string_view file_name) {
  return std::none_of(kPackagedOnly.begin(), kPackagedOnly.end(),
                      [&](std::string_view extension) { return ends_with_ignoring_case(file_name, extension); });
}

std::string content_type_of(const DeliveryFile& file) {
  if (!file.mime_type.empty()) return file.mime_type;
  for (const auto& [extension, type] : kByExtension) {
    if (ends_with_ignoring_case(file.name, extension)) return std::string{type};
  }
  return "application/octet-stream";
}

}  // namespace lazulite::stream
