#include "server/queue/operations.hpp"

#include "server/blob/error_catalog.hpp"

namespace lazulite::queue {
namespace {

// clang-format off
constexpr Operation kOperations[] = {
    // name                   method    level             comp          SAS    account SAS  handler
    {"ListQueues",            "GET",    Level::kService,  "list",       "",    "l",   list_queues},
    {"GetServiceProperties",  "GET",    Level::kService,  "properties", "",    "r",   read_service_properties},
    {"SetServiceProperties",  "PUT",    Level::kService,  "properties", "",    "w",   set_service_properties},
    {"CreateQueue",           "PUT",    Level::kQueue,    "",           "",    "cw",  create_queue},
    {"DeleteQueue",           "DELETE", Level::kQueue,    "",           "",    "d",   delete_queue},
    {"GetQueueMetadata",      "GET",    Level::kQueue,    "metadata",   "r",   "r",   read_metadata},
    {"SetQueueMetadata",      "PUT",    Level::kQueue,    "metadata",   "",    "w",   set_metadata},
    {"GetQueueAcl",           "GET",    Level::kQueue,    "acl",        "",    "",    read_acl},
    {"SetQueueAcl",           "PUT",    Level::kQueue,    "acl",        "",    "",    set_acl},
    {"PutMessage",            "POST",   Level::kMessages, "",           "a",   "a",   put_message},
    {"GetMessages",           "GET",    Level::kMessages, "",           "p",   "p",   get_messages},
    {"PeekMessages",          "GET",    Level::kMessages, "peek",       "r",   "r",   get_messages},
    {"ClearMessages",         "DELETE", Level::kMessages, "",           "",    "d",   clear_messages},
    {"UpdateMessage",         "PUT",    Level::kMessage,  "",           "u",   "u",   update_message},
    {"DeleteMessage",         "DELETE", Level::kMessage,  "",           "p",   "p",   delete_message},
};
// clang-format on

}  // namespace

Result<const Operation*> find_operation(const Call& call) {
  auto comp = to_lower(call.parameter("comp").value_or(""));
  const bool is_peek = equals_ignoring_case(call.parameter("peekonly").value_or(""), "true");
  if (call.target.level == Level::kMessages && is_peek && comp.empty()) comp = "peek";
  const std::string_view method = call.request.method == "HEAD" ? std::string_view{"GET"} : call.request.method;
  bool known = false;
  for (const auto& operation : kOperations) {
    if (operation.level != call.target.level || operation.comp != comp) continue;
    known = true;
    if (operation.method == method) return &operation;
  }
  if (!known && !comp.empty()) return blob::bad_parameter("comp");
  return fail_with(ErrorCode::kInvalidArgument, "UnsupportedHttpVerb", "{} is not offered here", method);
}

}  // namespace lazulite::queue
