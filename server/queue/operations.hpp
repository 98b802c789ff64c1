// Every operation of the queue protocol as one row: how it is recognised, who may call it, and its handler
// (accounts-storage.md D.4). Handlers block; QueueEndpoint runs them on the db pool.
#pragma once

#include "schema/base/text.hpp"
#include "schema/base/time.hpp"
#include "server/auth/sas.hpp"
#include "server/http/message.hpp"
#include "server/queue/queue_target.hpp"
#include "storage/rows/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lazulite::queue {

// One request on its way. Used by one thread at a time.
struct Call {
  rows::Database& database;
  Timestamp now{};
  http::Request request;
  QueueTarget target{};
  std::string version{};
  std::optional<auth::SasToken> sas{};

  [[nodiscard]] const rows::QueueRef& queue() const { return target.queue; }
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const {
    return form_value(request.query, name);
  }
};

struct Operation {
  std::string_view name;
  std::string_view method;  // HEAD finds the rows of GET
  Level level = Level::kService;
  std::string_view comp;
  std::string_view sas;          // letters of a queue's SAS, one of which is enough; empty: keys or an account SAS only
  std::string_view account_sas;  // the same for an account SAS; empty: keys only
  Result<http::Response> (*handle)(Call& call) = nullptr;
};

// InvalidArgument "UnsupportedHttpVerb", or "InvalidQueryParameterValue" for an unknown comp.
Result<const Operation*> find_operation(const Call& call);

// ---- handlers, by file
// queue_handlers.cpp
Result<http::Response> create_queue(Call& call);
Result<http::Response> delete_queue(Call& call);
Result<http::Response> read_metadata(Call& call);
Result<http::Response> set_metadata(Call& call);
Result<http::Response> read_acl(Call& call);
Result<http::Response> set_acl(Call& call);
Result<http::Response> list_queues(Call& call);
Result<http::Response> read_service_properties(Call& call);
Result<http::Response> set_service_properties(Call& call);
// message_handlers.cpp
Result<http::Response> put_message(Call& call);
Result<http::Response> get_messages(Call& call);
Result<http::Response> clear_messages(Call& call);
Result<http::Response> update_message(Call& call);
Result<http::Response> delete_message(Call& call);

}  // namespace lazulite::queue
