#include "server/queue/queue_target.hpp"

#include "schema/base/text.hpp"
#include "storage/rows/directory.hpp"

#include <algorithm>
#include <optional>

namespace lazulite::queue {
namespace {

constexpr std::string_view kSecondary = "-secondary";
constexpr std::size_t kMessageIdLimit = 64;

std::optional<std::string> account_of_host(std::string_view host) {
  const auto lower = to_lower(host.substr(0, host.find(':')));
  const auto labels = split(lower, '.');
  if (labels.size() < 3 || labels[1] != "queue") return std::nullopt;
  auto account = labels[0];
  if (account.ends_with(kSecondary)) account.remove_suffix(kSecondary.size());
  return std::string{account};
}

// What follows the account: "", "queue", "queue/messages" or "queue/messages/id".
Result<void> read_segments(std::string_view rest, QueueTarget& target) {
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty()) return {};
  const auto segments = split(rest, '/');
  target.queue.name = segments[0];
  if (!is_queue_name(target.queue.name))
    return fail_with(ErrorCode::kInvalidArgument, "InvalidResourceName", "this is no name of a queue");
  target.level = Level::kQueue;
  if (segments.size() == 1) return {};
  if (!equals_ignoring_case(segments[1], "messages") || segments.size() > 3)
    return fail_with(ErrorCode::kInvalidArgument, "InvalidUri", "a queue has messages, and nothing else");
  target.level = segments.size() == 2 ? Level::kMessages : Level::kMessage;
  if (segments.size() == 3) target.message_id = segments[2].substr(0, kMessageIdLimit);
  return {};
}

}  // namespace

bool is_queue_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63 || name.front() == '-' || name.back() == '-') return false;
  if (name.find("--") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Result<QueueTarget> parse_target(std::string_view host, std::string_view path) {
  QueueTarget target;
  const auto decoded = percent_decode(path);
  if (!decoded || !is_valid_utf8(*decoded) || decoded->find('\0') != std::string::npos)
    return fail_with(ErrorCode::kInvalidArgument, "InvalidUri", "the path has a malformed escape");
  std::string_view rest = *decoded;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (auto account = account_of_host(host)) {
    target.queue.storage_account = std::move(*account);
  } else {
    target.path_style = true;
    const auto end = std::min(rest.find('/'), rest.size());
    target.queue.storage_account = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!rows::is_account_name(target.queue.storage_account))
    return fail_with(ErrorCode::kInvalidArgument, "InvalidResourceName", "this is no name of a storage account");
  LAZULITE_CHECK(read_segments(rest, target));
  return target;
}

}  // namespace lazulite::queue
