// The list of all streaming formats. A new one is a line here and a file beside this one.
#include "packager/errors.hpp"
#include "packager/formats/dash.hpp"
#include "packager/formats/format.hpp"
#include "packager/formats/hds.hpp"
#include "packager/formats/hls.hpp"
#include "packager/formats/smooth.hpp"
#include "packager/presentation.hpp"
#include "schema/base/text.hpp"

#include <algorithm>
#include <array>

namespace lazulite::packager {
namespace {

constexpr std::array kFormats{
    &kSmoothFormat,  &kSmooth20Format, &kHlsV4Format,    &kHlsV3Format,
    &kHlsCmafFormat, &kDashCsfFormat,  &kDashCmafFormat, &kHdsFormat,
};

}  // namespace

std::span<const StreamingFormat* const> streaming_formats() { return kFormats; }

const StreamingFormat* find_format(std::string_view name) {
  for (const StreamingFormat* format : kFormats) {
    const auto same = [name](std::string_view known) { return equals_ignoring_case(known, name); };
    if (std::any_of(format->names.begin(), format->names.end(), same)) return format;
  }
  return nullptr;
}

Result<LevelRef> find_level(const Presentation& presentation, const StreamRequest& request) {
  const Stream* stream = presentation.find_stream(request.track);
  if (stream == nullptr) {
    return fail_with(ErrorCode::kNotFound, mpe::kTrackNotFound, "{} has no track '{}'", presentation.name(),
                     request.track);
  }
  const Level* level = stream->find_level(request.bitrate);
  if (level == nullptr) {
    return fail_with(ErrorCode::kNotFound, mpe::kBitrateNotFound, "track '{}' of {} has no bitrate {}", stream->name,
                     presentation.name(), request.bitrate);
  }
  return LevelRef{stream, level};
}

}  // namespace lazulite::packager
