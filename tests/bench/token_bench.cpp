// What checking a token costs: why BearerAuthenticator remembers verified ones (a look-up is one SHA-256).
#include "schema/base/text.hpp"
#include "server/auth/aad_token.hpp"
#include "server/auth/acs_token.hpp"

#include <benchmark/benchmark.h>
#include <string>

namespace {

using namespace lazulite;
using namespace lazulite::auth;

constexpr std::string_view kTenant = "11111111-2222-3333-4444-555555555555";
const Timestamp kNow{std::chrono::seconds{1'700'000'000}};

std::string aad_token(const RsaKey& key) {
  const AadClaims claims{std::string{kMediaResources[0]}, "99999999-8888-7777-6666-555555555555", unix_seconds(kNow),
                         unix_seconds(kNow) + kAadLifetime.count()};
  return write_aad_token(claims, kTenant, key);
}

void read_aad(benchmark::State& state) {
  const auto key = RsaKey::generate();
  const auto token = aad_token(key);
  for (auto _ : state) benchmark::DoNotOptimize(read_aad_token(token, kTenant, key, kNow));
}
BENCHMARK(read_aad);

void write_aad(benchmark::State& state) {
  const auto key = RsaKey::generate();
  for (auto _ : state) benchmark::DoNotOptimize(aad_token(key));
}
BENCHMARK(write_aad);

void read_acs(benchmark::State& state) {
  const auto key = random_bytes(32);
  const AcsClaims claims{"account", "00000000-0000-0000-0000-000000000001", unix_seconds(kNow) + kAcsLifetime.count()};
  const auto token = write_acs_token(claims, key);
  for (auto _ : state) benchmark::DoNotOptimize(read_acs_token(token, key, kNow));
}
BENCHMARK(read_acs);

void hash_token(benchmark::State& state) {
  const auto token = aad_token(RsaKey::generate());
  for (auto _ : state) benchmark::DoNotOptimize(sha256(as_bytes(token)));
}
BENCHMARK(hash_token);

}  // namespace
