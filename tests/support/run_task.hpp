// Runs a coroutine of the server to its end on the calling thread and gives its value: handlers are tested without a
// socket.
#pragma once

#include "server/http/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace lazulite::test {

template <class T>
T run_task(Task<T> task) {
  asio::io_context context;
  std::optional<T> value;
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T result) {
    failure = error;
    if (!error) value.emplace(std::move(result));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*value);
}

}  // namespace lazulite::test
