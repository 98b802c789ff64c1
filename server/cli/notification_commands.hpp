// `lazulite notification …`: dead letters, notifications that nobody took in time. Beside a running server, which sees
// to those that are tried again.
#pragma once

#include "config/settings.hpp"
#include "schema/base/result.hpp"

#include <iosfwd>
#include <string>

namespace lazulite::cli {

struct NotificationArguments {
  std::string id;  // of one dead letter
  bool all = false;
  bool json = false;
};

Result<void> list_dead_letters(const Settings& settings, const NotificationArguments& arguments, std::ostream& out);
// InvalidArgument unless there is an id, or all are meant; NotFound when no dead letter has the id.
Result<void> retry_dead_letters(const Settings& settings, const NotificationArguments& arguments, std::ostream& out);
Result<void> discard_dead_letters(const Settings& settings, const NotificationArguments& arguments, std::ostream& out);

}  // namespace lazulite::cli
