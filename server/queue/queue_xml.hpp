// The XML documents of the queue protocol (accounts-storage.md D.4). Stored access policies have the blob protocol's
// document (server/blob/blob_xml). Reading is bounded by the caller's limit on the body.
#pragma once

#include "schema/base/result.hpp"
#include "server/blob/cors.hpp"
#include "storage/rows/queue_rows.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::queue {

// The text of a QueueMessage document, white space and all. InvalidArgument "InvalidXmlDocument".
Result<std::string> read_message(std::string_view xml);

// Which parts of a message an answer tells.
enum class MessageForm : std::uint8_t { kPut, kTaken, kPeeked };
std::string write_messages(const std::vector<rows::QueueMessage>& messages, MessageForm form);

struct QueueList {
  std::string service_url, prefix, marker, next_marker;
  std::int64_t max_results = 0;  // 0: not asked for
  bool has_metadata = false;
  std::vector<rows::Queue> queues;
};
std::string write_queue_list(const QueueList& list);

// Parts of a StorageServiceProperties document by their names, each as it stands. InvalidArgument
// "InvalidXmlDocument", also for a part that the protocol does not know.
Result<rows::TextPairs> read_service_parts(std::string_view xml);
// The rules of its Cors part; none: it was not set.
std::optional<std::vector<blob::CorsRule>> read_cors_rules(const rows::TextPairs& parts);
// Every part, those that were not set as they are from the start.
std::string write_service_parts(const rows::TextPairs& parts);

}  // namespace lazulite::queue
