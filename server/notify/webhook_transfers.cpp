#include "server/notify/webhook_transfers.hpp"

#include <boost/asio/ip/address.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <list>
#include <netinet/in.h>
#include <new>
#include <sys/socket.h>
#include <unistd.h>

namespace lazulite::notify {
namespace {

constexpr std::size_t kMaxAnswerBytes = 1 << 20;
constexpr long kConnectTimeoutMs = 5'000;

struct CurlLibrary {
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~CurlLibrary() { curl_global_cleanup(); }
};

std::string text_of(const sockaddr& address) {
  std::string out(INET6_ADDRSTRLEN, '\0');
  const void* bytes = address.sa_family == AF_INET6
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  if (::inet_ntop(address.sa_family, bytes, out.data(), static_cast<socklen_t>(out.size())) == nullptr) return {};
  out.resize(out.find('\0'));
  return out;
}

struct Transfer {
  explicit Transfer(WebhookRequest wanted) : request(std::move(wanted)) {}
  ~Transfer() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  WebhookRequest request;
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  std::size_t received = 0;
  bool allow_local = false;
  bool refused = false;  // the address was one of this machine
};

std::size_t count_answer(char*, std::size_t size, std::size_t n, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.received += size * n;
  return transfer.received > kMaxAnswerBytes ? 0 : size * n;  // 0 ends the transfer; its status is known by now
}

// The address that the name was resolved to, so no name can lead around the check.
curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.allow_local && is_local_address(text_of(address->addr))) {
    transfer.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_up(Transfer& transfer, const WebhookLimits& limits) {
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_URL, transfer.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // an environment variable must not lead around the check of addresses
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "Lazulite");
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.request.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.body.size()));
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  for (const auto& [name, value] : transfer.request.headers)
    transfer.headers = curl_slist_append(transfer.headers, fmt::format("{}: {}", name, value).c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_answer);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  transfer.allow_local = limits.allow_local_targets;
}

WebhookOutcome outcome_of(const Transfer& transfer, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  WebhookOutcome out{transfer.request.id, 0, {}};
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0)) {
    out.status = static_cast<unsigned>(status);
  } else if (transfer.refused) {
    out.error = "the target is an address of this machine or its link (setting notifications.allow_local_targets)";
  } else {
    out.error = curl_easy_strerror(code);
  }
  return out;
}

}  // namespace

struct WebhookTransfers::State {
  CurlLibrary library;
  WebhookLimits limits;
  CURLM* multi = curl_multi_init();
  std::list<Transfer> transfers;

  ~State() {
    for (auto& each : transfers) curl_multi_remove_handle(multi, each.easy);
    transfers.clear();
    curl_multi_cleanup(multi);
  }
};

std::string WebhookOutcome::problem() const {
  return status == 0 ? error : fmt::format("it answered with status {}", status);
}

WebhookTransfers::WebhookTransfers(WebhookLimits limits) : state_(std::make_unique<State>()) {
  state_->limits = limits;
  if (state_->multi == nullptr) throw std::bad_alloc{};
}
WebhookTransfers::~WebhookTransfers() = default;

void WebhookTransfers::start(WebhookRequest request) {
  auto& transfer = state_->transfers.emplace_back(std::move(request));
  if (transfer.easy == nullptr) throw std::bad_alloc{};
  set_up(transfer, state_->limits);
  curl_multi_add_handle(state_->multi, transfer.easy);
}

std::vector<WebhookOutcome> WebhookTransfers::run(std::chrono::milliseconds wait) {
  int running = 0;
  curl_multi_perform(state_->multi, &running);
  if (running == static_cast<int>(state_->transfers.size()))  // none has ended yet
    curl_multi_poll(state_->multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
  curl_multi_perform(state_->multi, &running);
  std::vector<WebhookOutcome> out;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(state_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURL* easy = message->easy_handle;
    const auto at = std::find_if(state_->transfers.begin(), state_->transfers.end(),
                                 [easy](const Transfer& each) { return each.easy == easy; });
    out.push_back(outcome_of(*at, message->data.result));
    curl_multi_remove_handle(state_->multi, at->easy);
    state_->transfers.erase(at);
  }
  return out;
}

void WebhookTransfers::wake() { curl_multi_wakeup(state_->multi); }

bool is_local_address(const std::string& address) {
  boost::system::error_code error;
  auto parsed = boost::asio::ip::make_address(address, error);
  if (error) return true;  // what cannot be read is not called
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped())
    parsed = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6());
  if (parsed.is_loopback() || parsed.is_unspecified() || parsed.is_multicast()) return true;
  if (parsed.is_v6()) return parsed.to_v6().is_link_local();
  const auto bytes = parsed.to_v4().to_bytes();
  return bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254);
}

}  // namespace lazulite::notify
