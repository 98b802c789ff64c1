#include "server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

namespace lazulite::server {
namespace {

constexpr std::array<const char*, 6> kStatusClasses = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

struct Metrics::State {
  struct RouteMetrics {
    std::array<prometheus::Counter*, kStatusClasses.size()> requests{};
    prometheus::Counter* received = nullptr;
    prometheus::Counter* sent = nullptr;
    prometheus::Histogram* seconds = nullptr;
  };
  struct ReadGauge {
    prometheus::Gauge* gauge;
    std::function<double()> read;
  };

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("lazulite_http_requests_total")
                                                          .Help("Answers by route and status class.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& received = prometheus::BuildCounter()
                                                          .Name("lazulite_http_received_bytes_total")
                                                          .Help("Bytes of request bodies.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& sent = prometheus::BuildCounter()
                                                      .Name("lazulite_http_sent_bytes_total")
                                                      .Help("Bytes of answers, with headers.")
                                                      .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                           .Name("lazulite_http_request_seconds")
                                                           .Help("From a request's header to its answer's end.")
                                                           .Register(registry);
  std::mutex mutex;
  std::map<std::string, RouteMetrics, std::less<>> routes;
  std::vector<ReadGauge> gauges;

  RouteMetrics& of(std::string_view route) {
    const std::lock_guard lock{mutex};
    const auto found = routes.find(route);
    if (found != routes.end()) return found->second;
    const std::string name{route};
    RouteMetrics made;
    for (std::size_t i = 0; i < kStatusClasses.size(); ++i) {
      made.requests[i] = &requests.Add({{"route", name}, {"status", kStatusClasses[i]}});
    }
    made.received = &received.Add({{"route", name}});
    made.sent = &sent.Add({{"route", name}});
    made.seconds = &seconds.Add({{"route", name}},
                                prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60});
    return routes.emplace(name, made).first->second;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::observe(const http::Exchange& exchange) {
  auto& metrics = state_->of(exchange.route);
  const unsigned status_class = exchange.status / 100;
  metrics.requests[status_class < kStatusClasses.size() ? status_class : 0]->Increment();
  metrics.received->Increment(static_cast<double>(exchange.bytes_received));
  metrics.sent->Increment(static_cast<double>(exchange.bytes_sent));
  metrics.seconds->Observe(static_cast<double>(exchange.duration.count()) / 1e6);
}

void Metrics::add_gauge(const std::string& name, const std::string& help, std::function<double()> read) {
  auto& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add({});
  state_->gauges.push_back({&gauge, std::move(read)});
}

std::string Metrics::text() {
  for (const auto& each : state_->gauges) each.gauge->Set(each.read());
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, state_->registry.Collect());
  return out.str();
}

}  // namespace lazulite::server
