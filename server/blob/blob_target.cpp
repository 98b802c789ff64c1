#include "server/blob/blob_target.hpp"

#include "schema/base/text.hpp"
#include "storage/blobs/names.hpp"

#include <algorithm>
#include <optional>

namespace lazulite::blob {
namespace {

constexpr std::string_view kSecondary = "-secondary";

// The account of "<account>.blob.…"; nullopt for every other host, IP addresses included.
std::optional<std::string> account_of_host(std::string_view host) {
  const auto lower = to_lower(host.substr(0, host.find(':')));
  const auto labels = split(lower, '.');
  if (labels.size() < 3 || labels[1] != "blob") return std::nullopt;
  auto account = labels[0];
  if (account.ends_with(kSecondary)) account.remove_suffix(kSecondary.size());
  return std::string{account};
}

// Cuts the text up to the next '/' off the path.
std::string_view next_segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

Result<void> check(const BlobTarget& target) {
  if (target.level == Level::kBlob) return blobs::check_blob(target.ref);
  auto container = target.ref.container;
  if (target.level == Level::kService) container.container = "$root";  // only the account counts
  return blobs::check_container(container);
}

}  // namespace

Result<BlobTarget> parse_target(std::string_view host, std::string_view path, bool is_container) {
  BlobTarget target;
  target.encoded_path = path;
  auto decoded = percent_decode(path);
  if (!decoded) return fail_with(ErrorCode::kInvalidArgument, "InvalidUri", "the path has a malformed escape");
  std::replace(decoded->begin(), decoded->end(), '\\', '/');
  std::string_view rest = *decoded;
  if (rest.starts_with('/')) rest.remove_prefix(1);

  auto& ref = target.ref;
  if (auto account = account_of_host(host)) {
    ref.container.account = std::move(*account);
  } else {
    target.path_style = true;
    ref.container.account = next_segment(rest);
  }
  if (!rest.empty()) {
    ref.container.container = next_segment(rest);
    ref.name = rest;
    target.level = ref.name.empty() ? Level::kContainer : Level::kBlob;
    if (target.level == Level::kContainer && !is_container) {
      ref.name = std::exchange(ref.container.container, "$root");
      target.level = Level::kBlob;
    }
  }
  LAZULITE_CHECK(check(target));
  return target;
}

}  // namespace lazulite::blob
