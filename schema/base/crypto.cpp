#include "schema/base/crypto.hpp"

#include "schema/base/hmac.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace lazulite {
namespace {

template <class Digest>
Digest digest_of(const EVP_MD* algorithm, std::span<const std::uint8_t> data) {
  Digest out{};
  unsigned length = 0;
  if (EVP_Digest(data.data(), data.size(), out.data(), &length, algorithm, nullptr) != 1) std::abort();
  return out;
}

using BioPtr = std::unique_ptr<BIO, decltype([](BIO* p) { BIO_free(p); })>;
using BignumPtr = std::unique_ptr<BIGNUM, decltype([](BIGNUM* p) { BN_free(p); })>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* p) { EVP_MD_CTX_free(p); })>;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  return {key, [](EVP_PKEY* p) { EVP_PKEY_free(p); }};
}

std::vector<std::uint8_t> big_endian_parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) std::abort();
  const BignumPtr owner{number};
  std::vector<std::uint8_t> out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}

// Gives no passphrase, where OpenSSL would otherwise ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

}  // namespace

namespace {

void generate(std::span<std::uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

// Random bytes in stock, since each call of the generator costs a microsecond, and every request has an id. Each byte
// is given once and wiped.
struct RandomStock {
  std::array<std::uint8_t, 1024> bytes{};
  std::size_t used = bytes.size();

  void take(std::span<std::uint8_t> out) {
    if (out.size() > bytes.size() - used) {
      generate(bytes);
      used = 0;
    }
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(used), out.size(), out.begin());
    OPENSSL_cleanse(bytes.data() + used, out.size());
    used += out.size();
  }
};

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  constexpr std::size_t kMaxFromStock = 32;
  thread_local RandomStock stock;
  if (out.size() <= kMaxFromStock) {
    stock.take(out);
  } else {
    generate(out);
  }
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  std::vector<std::uint8_t> out(count);
  random_bytes(std::span{out});
  return out;
}

Sha256Digest sha256(std::span<const std::uint8_t> data) { return digest_of<Sha256Digest>(EVP_sha256(), data); }
Md5Digest md5(std::span<const std::uint8_t> data) { return digest_of<Md5Digest>(EVP_md5(), data); }

namespace {

// `out` has room for the hash; returns its size.
std::size_t compute_hmac(const EVP_MD* hash, std::span<const std::uint8_t> key, std::span<const std::uint8_t> data,
                         std::uint8_t* out) {
  unsigned length = 0;
  // To OpenSSL a null key means "the one of the last call": an empty key needs an address too.
  const std::uint8_t none = 0;
  const std::uint8_t* key_bytes = key.empty() ? &none : key.data();
  if (HMAC(hash, key_bytes, static_cast<int>(key.size()), data.data(), data.size(), out, &length) == nullptr) {
    std::abort();
  }
  return length;
}

}  // namespace

Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
  Sha256Digest out{};
  compute_hmac(EVP_sha256(), key, data, out.data());
  return out;
}

std::vector<std::uint8_t> hmac(MacHash hash, std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
  const EVP_MD* method = hash == MacHash::kMd5 ? EVP_md5() : hash == MacHash::kSha1 ? EVP_sha1() : EVP_sha256();
  std::vector<std::uint8_t> out(EVP_MAX_MD_SIZE);
  out.resize(compute_hmac(method, key, data, out.data()));
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct Md5Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    if (context == nullptr || EVP_DigestInit_ex(context, EVP_md5(), nullptr) != 1) std::abort();
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Md5Stream::Md5Stream() : state_(std::make_unique<State>()) {}
Md5Stream::~Md5Stream() = default;
Md5Stream::Md5Stream(Md5Stream&&) noexcept = default;
Md5Stream& Md5Stream::operator=(Md5Stream&&) noexcept = default;

void Md5Stream::update(std::span<const std::uint8_t> data) {
  if (EVP_DigestUpdate(state_->context, data.data(), data.size()) != 1) std::abort();
}

Md5Digest Md5Stream::finish() {
  Md5Digest out{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(state_->context, out.data(), &length) != 1) std::abort();
  return out;
}

RsaKey RsaKey::generate(unsigned bits) {
  auto key = owned(EVP_RSA_gen(bits));
  if (!key) std::abort();
  return RsaKey{std::move(key)};
}

Result<RsaKey> RsaKey::from_pem(std::string_view pem) {
  const BioPtr input{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  if (!input) std::abort();
  auto key = owned(PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(ErrorCode::kInvalidArgument, "not an unencrypted RSA private key in PEM form");
  }
  if (EVP_PKEY_get_bits(key.get()) < 2048) {
    return fail(ErrorCode::kInvalidArgument, "an RSA key of {} bits is too short, 2048 are needed",
                EVP_PKEY_get_bits(key.get()));
  }
  return RsaKey{std::move(key)};
}

std::string RsaKey::to_pem() const {
  const BioPtr output{BIO_new(BIO_s_mem())};
  if (!output || PEM_write_bio_PKCS8PrivateKey(output.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    std::abort();
  char* text = nullptr;
  const long length = BIO_get_mem_data(output.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

RsaPublicKey RsaKey::public_key() const {
  return {big_endian_parameter(key_.get(), OSSL_PKEY_PARAM_RSA_N),
          big_endian_parameter(key_.get(), OSSL_PKEY_PARAM_RSA_E)};
}

std::vector<std::uint8_t> RsaKey::sign_sha256(std::span<const std::uint8_t> data) const {
  const DigestContextPtr context{EVP_MD_CTX_new()};
  std::vector<std::uint8_t> out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t length = out.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), out.data(), &length, data.data(), data.size()) != 1) {
    std::abort();
  }
  out.resize(length);
  return out;
}

bool RsaKey::verify_sha256(std::span<const std::uint8_t> data, std::span<const std::uint8_t> signature) const {
  const DigestContextPtr context{EVP_MD_CTX_new()};
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1) std::abort();
  const bool fits = EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
  ERR_clear_error();
  return fits;
}

}  // namespace lazulite
