// A webhook that writes down what it is told, and answers as the test wants: quickly, slowly, or with an error.
#pragma once

#include "server/http/server.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lazulite::test {

struct ReceivedHook {
  std::string path, body, signature, account_id, content_type;
};

struct HookAnswer {
  unsigned status = 200;
  std::chrono::milliseconds after{0};
};

class WebhookReceiver {
 public:
  using Answer = HookAnswer;
  // Called for each request; thread-safe.
  using Behaviour = std::function<Answer(const ReceivedHook& hook)>;

  explicit WebhookReceiver(Behaviour behaviour = [](const ReceivedHook&) { return HookAnswer{}; });
  ~WebhookReceiver();

  [[nodiscard]] std::string url(const std::string& path) const { return "http://" + address_ + path; }
  [[nodiscard]] std::vector<ReceivedHook> received() const;
  // Waits until that many have come; false after the limit.
  bool wait_for(std::size_t count, std::chrono::seconds limit = std::chrono::seconds{30}) const;

 private:
  struct Quiet final : http::ExchangeObserver {
    void observe(const http::Exchange&) override {}
  };
  Task<http::Response> answer(http::Request request);

  Behaviour behaviour_;
  mutable std::mutex mutex_;
  std::vector<ReceivedHook> received_;
  http::Router router_{{}};
  Quiet observer_;
  std::unique_ptr<http::Server> server_;
  std::string address_;
};

// Waits until it is true; false after the limit.
bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds{30});

}  // namespace lazulite::test
