#include "schema/base/certificate.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"
#include "schema/base/x509.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>

namespace lazulite {
namespace {

using x509::must, x509::no_passphrase, x509::Ptr, x509::reader_of;

constexpr int kKeyBits = 2048;
constexpr int kMinForeignBits = 1024, kMaxForeignBits = 16'384;
constexpr int kDaysValid = 36'500;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  return {key, [](EVP_PKEY* p) { EVP_PKEY_free(p); }};
}
std::shared_ptr<X509> owned(X509* certificate) {
  return {certificate, [](X509* p) { X509_free(p); }};
}

std::shared_ptr<X509> self_signed(EVP_PKEY* key, std::string_view common_name) {
  auto out = x509::new_certificate(key, common_name, kDaysValid);
  X509* self = out.get();
  must(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1);
  must(x509::add_extension(self, self, NID_basic_constraints, "critical,CA:FALSE"));
  must(x509::add_extension(self, self, NID_key_usage, "critical,keyEncipherment,dataEncipherment"));
  must(x509::add_extension(self, self, NID_subject_key_identifier, "hash"));
  must(X509_sign(out.get(), key, EVP_sha256()) != 0);
  return out;
}

std::vector<std::uint8_t> der_of(X509* certificate) {
  const int length = i2d_X509(certificate, nullptr);
  must(length > 0);
  std::vector<std::uint8_t> out(static_cast<std::size_t>(length));
  std::uint8_t* end = out.data();
  must(i2d_X509(certificate, &end) == length);
  return out;
}

bool is_rsa(EVP_PKEY* key) { return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA; }

std::vector<std::uint8_t> big_endian_parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const Ptr<BIGNUM> owner{number};
  std::vector<std::uint8_t> out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}

// A foreign DER certificate; its key is RSA of at least `min_bits`.
Result<std::shared_ptr<X509>> parse_certificate(std::span<const std::uint8_t> der, int min_bits) {
  const std::uint8_t* end = der.data();
  auto out = owned(d2i_X509(nullptr, &end, static_cast<long>(der.size())));
  EVP_PKEY* key = out ? X509_get0_pubkey(out.get()) : nullptr;
  ERR_clear_error();
  if (!out || end != der.data() + der.size())
    return fail(ErrorCode::kInvalidArgument, "not an X.509 certificate in DER form");
  const int bits = is_rsa(key) ? EVP_PKEY_get_bits(key) : 0;
  if (bits >= min_bits && bits <= kMaxForeignBits) return out;
  return fail(ErrorCode::kInvalidArgument, "the certificate has no RSA key of {} to {} bits", min_bits,
              kMaxForeignBits);
}

// One EVP_PKEY_encrypt or _decrypt with OAEP; its digests are SHA-1 by default.
using Prepare = int (*)(EVP_PKEY_CTX*);
using Transform = int (*)(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);
bool transform_oaep(EVP_PKEY* key, Prepare prepare, Transform transform, std::span<const std::uint8_t> data,
                    std::vector<std::uint8_t>& out) {
  const Ptr<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new(key, nullptr)};
  out.resize(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t length = out.size();
  const bool done = context && prepare(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                    transform(context.get(), out.data(), &length, data.data(), data.size()) == 1;
  ERR_clear_error();
  out.resize(done ? length : 0);
  return done;
}

}  // namespace

CertifiedKey CertifiedKey::generate(std::string_view common_name) {
  auto key = owned(EVP_RSA_gen(kKeyBits));
  must(key != nullptr);
  auto certificate = self_signed(key.get(), common_name);
  return {std::move(key), std::move(certificate)};
}

Result<CertifiedKey> CertifiedKey::from_pem(std::string_view pem) {
  auto key = owned(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
  auto certificate = owned(PEM_read_bio_X509(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!is_rsa(key.get()) || EVP_PKEY_get_bits(key.get()) < kKeyBits) {
    return fail(ErrorCode::kInvalidArgument, "no unencrypted RSA private key of at least {} bits in PEM form",
                kKeyBits);
  }
  if (!certificate) return fail(ErrorCode::kInvalidArgument, "no certificate in PEM form");
  const bool fits = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return fail(ErrorCode::kInvalidArgument, "the certificate is not the one of the private key");
  return CertifiedKey{std::move(key), std::move(certificate)};
}

std::string CertifiedKey::to_pem() const {
  const auto output = x509::new_memory();
  must(PEM_write_bio_PKCS8PrivateKey(output.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
       PEM_write_bio_X509(output.get(), certificate_.get()) == 1);
  return x509::text_of(output.get());
}

std::vector<std::uint8_t> CertifiedKey::certificate() const { return der_of(certificate_.get()); }

std::string CertifiedKey::thumbprint() const {
  std::array<std::uint8_t, 20> digest{};
  unsigned length = 0;
  must(X509_digest(certificate_.get(), EVP_sha1(), digest.data(), &length) == 1);
  return to_upper(to_hex(digest));
}

Result<std::vector<std::uint8_t>> CertifiedKey::decrypt(std::span<const std::uint8_t> encrypted) const {
  std::vector<std::uint8_t> out;
  if (!transform_oaep(key_.get(), EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, encrypted, out)) {
    return fail(ErrorCode::kInvalidArgument, "not encrypted with RSA-OAEP for the certificate {}", thumbprint());
  }
  return out;
}

Result<std::vector<std::uint8_t>> encrypt_for_certificate(std::span<const std::uint8_t> certificate,
                                                          std::span<const std::uint8_t> data) {
  LAZULITE_TRY(const auto parsed, parse_certificate(certificate, kMinForeignBits));
  std::vector<std::uint8_t> out;
  if (!transform_oaep(X509_get0_pubkey(parsed.get()), EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, data, out))
    return fail(ErrorCode::kInvalidArgument, "{} bytes are too many for the key of the certificate", data.size());
  return out;
}

Result<RsaPublicKey> rsa_key_of_certificate(std::span<const std::uint8_t> certificate) {
  LAZULITE_TRY(const auto parsed, parse_certificate(certificate, kKeyBits));
  const EVP_PKEY* key = X509_get0_pubkey(parsed.get());
  return RsaPublicKey{big_endian_parameter(key, OSSL_PKEY_PARAM_RSA_N),
                      big_endian_parameter(key, OSSL_PKEY_PARAM_RSA_E)};
}

}  // namespace lazulite
