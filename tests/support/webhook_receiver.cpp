#include "tests/support/webhook_receiver.hpp"

#include <boost/asio/steady_timer.hpp>

#include <thread>

namespace lazulite::test {

WebhookReceiver::WebhookReceiver(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
  http::Handler handler = [this](http::Request request) { return answer(std::move(request)); };
  router_.add({"control", {{"hook", "/", http::PathMatch::kPrefix, std::move(handler), 1 << 20, false, true}}});
  http::ServerOptions options;
  options.access_log = false;
  options.stop_grace = std::chrono::seconds{0};
  server_ = http::Server::make(router_, options, observer_);
  address_ = server_->listen("127.0.0.1:0", "control").value();
  server_->run();
}

WebhookReceiver::~WebhookReceiver() { server_->stop(); }

Task<http::Response> WebhookReceiver::answer(http::Request request) {
  const auto header = [&request](std::string_view name) { return std::string{request.headers.get(name)}; };
  const ReceivedHook hook{request.path, request.body, header("ms-signature"), header("ms-mediaservices-accountid"),
                          header("Content-Type")};
  {
    const std::lock_guard lock{mutex_};
    received_.push_back(hook);
  }
  const auto [status, after] = behaviour_(hook);
  const unsigned code = status;
  if (after.count() > 0) {
    asio::steady_timer timer{co_await asio::this_coro::executor, after};
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return http::Response::text(code, "text/plain", "heard");
}

std::vector<ReceivedHook> WebhookReceiver::received() const {
  const std::lock_guard lock{mutex_};
  return received_;
}

bool WebhookReceiver::wait_for(std::size_t count, std::chrono::seconds limit) const {
  return eventually([&] { return received().size() >= count; }, limit);
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace lazulite::test
