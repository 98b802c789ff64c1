// Coroutines of the server, and the way from them to blocking work. See the GCC 12 rule: never a capturing lambda or
// braced aggregate as a temporary inside a co_await expression; name it first, then move it in.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace lazulite {

namespace asio = boost::asio;

template <class T>
using Task = asio::awaitable<T>;

// A named pool of threads for work that blocks: "db", "disk" or "encode".
using WorkPool = asio::thread_pool;

// Runs work() on the pool and resumes on the caller's executor with its result. `work` is kept alive until it has run.
template <class Work, class Value = std::invoke_result_t<Work&>>
Task<Value> run_on(WorkPool& pool, Work work) {
  auto initiate = [&pool](auto handler, Work w) {
    auto executor = asio::get_associated_executor(handler);
    auto guard = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(pool, [handler = std::move(handler), w = std::move(w), guard]() mutable {
      auto result = std::make_unique<std::optional<Value>>();
      std::exception_ptr error;
      try {
        result->emplace(w());
      } catch (...) {
        error = std::current_exception();
      }
      asio::post(guard, [handler = std::move(handler), result = std::move(result), error]() mutable {
        std::move(handler)(error, std::move(result));
      });
    });
  };
  using Signature = void(std::exception_ptr, std::unique_ptr<std::optional<Value>>);
  auto result = co_await asio::async_initiate<const asio::use_awaitable_t<>, Signature>(initiate, asio::use_awaitable,
                                                                                        std::move(work));
  co_return std::move(**result);
}

}  // namespace lazulite
