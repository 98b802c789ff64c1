// The one entry point of the packager for a published asset: a URL tail in, an answer out.
#pragma once

#include "packager/filter.hpp"
#include "packager/formats/format.hpp"
#include "packager/presentation.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace lazulite::packager {

// `tail` is the path after "name.ism/", still percent-encoded, without a query. Works in memory only (no media byte is
// read), so HEAD may call it and drop the body. Errors carry the MPE_ name of delivery.md 3.7 in `detail`:
// InvalidArgument 400, Forbidden 403, NotFound 404, Unsupported 415.
Result<Answer> answer(const Presentation& presentation, std::string_view tail);

// The same for a request that is parsed already.
Result<Answer> answer(const Presentation& presentation, const StreamRequest& request);
// Under the filters that the request names, found by the caller. Errors also as apply_filters().
Result<Answer> answer(std::shared_ptr<const Presentation> presentation, const StreamRequest& request,
                      std::span<const Filter> filters);

}  // namespace lazulite::packager
