#include "schema/base/certificate.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>

namespace lazulite {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype([](BIO* p) { BIO_free(p); })>;
using BignumPtr = std::unique_ptr<BIGNUM, decltype([](BIGNUM* p) { BN_free(p); })>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* p) { EVP_PKEY_CTX_free(p); })>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, decltype([](X509_EXTENSION* p) { X509_EXTENSION_free(p); })>;

constexpr int kKeyBits = 2048;
constexpr int kMinForeignBits = 1024, kMaxForeignBits = 16'384;
constexpr int kDaysValid = 36'500;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  return {key, [](EVP_PKEY* p) { EVP_PKEY_free(p); }};
}
std::shared_ptr<X509> owned(X509* certificate) {
  return {certificate, [](X509* p) { X509_free(p); }};
}

void must(bool done) {
  if (!done) std::abort();  // out of memory, or no random numbers
}

// Gives no passphrase, where OpenSSL would otherwise ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

BioPtr reader_of(std::string_view text) {
  BioPtr out{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  must(out != nullptr);
  return out;
}

void set_random_serial(X509* certificate) {
  auto bytes = random_bytes(16);
  bytes[0] = (bytes[0] & 0x7FU) | 0x40U;  // positive, and of 16 bytes
  const BignumPtr number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
  must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::shared_ptr<X509> self_signed(EVP_PKEY* key, std::string_view common_name) {
  auto out = owned(X509_new());
  must(out && X509_set_version(out.get(), X509_VERSION_3) == 1);
  set_random_serial(out.get());
  constexpr long kOneDay = 24L * 60 * 60;  // a client's clock may run behind
  must(X509_gmtime_adj(X509_getm_notBefore(out.get()), -kOneDay) != nullptr);
  must(X509_time_adj_ex(X509_getm_notAfter(out.get()), kDaysValid, 0, nullptr) != nullptr);
  X509_NAME* name = X509_get_subject_name(out.get());
  const auto* text = as_bytes(common_name).data();
  must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, static_cast<int>(common_name.size()), -1,
                                  0) == 1);
  must(X509_set_issuer_name(out.get(), name) == 1 && X509_set_pubkey(out.get(), key) == 1);
  add_extension(out.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(out.get(), NID_key_usage, "critical,keyEncipherment,dataEncipherment");
  add_extension(out.get(), NID_subject_key_identifier, "hash");
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
  const BignumPtr owner{number};
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
  const ContextPtr context{EVP_PKEY_CTX_new(key, nullptr)};
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
  const BioPtr output{BIO_new(BIO_s_mem())};
  must(output && PEM_write_bio_PKCS8PrivateKey(output.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
       PEM_write_bio_X509(output.get(), certificate_.get()) == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(output.get(), &text);
  return {text, static_cast<std::size_t>(length)};
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
