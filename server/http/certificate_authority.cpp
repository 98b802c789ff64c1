#include "server/http/certificate_authority.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace lazulite::http {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype([](BIO* p) { BIO_free(p); })>;
using BignumPtr = std::unique_ptr<BIGNUM, decltype([](BIGNUM* p) { BN_free(p); })>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, decltype([](X509_EXTENSION* p) { X509_EXTENSION_free(p); })>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* p) { EVP_PKEY_free(p); })>;
using CertificatePtr = std::unique_ptr<X509, decltype([](X509* p) { X509_free(p); })>;

constexpr int kDaysOfAuthority = 3650;
constexpr std::string_view kAuthorityName = "Lazulite local authority";

void must(bool done) {
  if (!done) std::abort();  // out of memory, or no random numbers
}

// Gives no passphrase, where OpenSSL would otherwise ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

KeyPtr new_key() {
  KeyPtr key{EVP_EC_gen("P-256")};
  must(key != nullptr);
  return key;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

std::string pem_of(X509* certificate) {
  const BioPtr bio{BIO_new(BIO_s_mem())};
  must(bio && PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioPtr bio{BIO_new(BIO_s_mem())};
  must(bio && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
  ERR_clear_error();
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Random serial number, validity from yesterday (a client's clock may run behind), the name and the key.
CertificatePtr new_certificate(EVP_PKEY* key, std::string_view common_name, int days) {
  CertificatePtr out{X509_new()};
  must(out && X509_set_version(out.get(), X509_VERSION_3) == 1);
  auto bytes = random_bytes(16);
  bytes[0] = (bytes[0] & 0x7FU) | 0x40U;  // positive, and of 16 bytes
  const BignumPtr number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
  must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(out.get())) != nullptr);
  must(X509_time_adj_ex(X509_getm_notBefore(out.get()), -1, 0, nullptr) != nullptr);
  must(X509_time_adj_ex(X509_getm_notAfter(out.get()), days - 1, 0, nullptr) != nullptr);
  must(X509_NAME_add_entry_by_NID(X509_get_subject_name(out.get()), NID_commonName, MBSTRING_UTF8,
                                  as_bytes(common_name).data(), static_cast<int>(common_name.size()), -1, 0) == 1);
  must(X509_set_pubkey(out.get(), key) == 1);
  return out;
}

bool is_dns_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  if (name.starts_with("*.")) name.remove_prefix(2);
  return !name.empty() && name.size() <= 253 && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

// "DNS:a,DNS:*.b,IP:127.0.0.1"
Result<std::string> alternative_names(std::span<const std::string> names) {
  std::string out;
  for (const auto& name : names) {
    boost::system::error_code error;
    boost::asio::ip::make_address(name, error);
    if (error && !is_dns_name(name))
      return fail(ErrorCode::kInvalidArgument, "'{}' cannot stand in a certificate", name);
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", error ? "DNS" : "IP", name);
  }
  if (out.empty()) return fail(ErrorCode::kInvalidArgument, "a certificate needs a name");
  return out;
}

}  // namespace

struct CertificateAuthority::State {
  CertificatePtr certificate;
  KeyPtr key;
};

CertificateAuthority CertificateAuthority::generate() {
  auto key = new_key();
  auto certificate = new_certificate(key.get(), kAuthorityName, kDaysOfAuthority);
  X509* self = certificate.get();
  must(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1);
  must(add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  must(add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign"));
  must(add_extension(self, self, NID_subject_key_identifier, "hash"));
  must(X509_sign(self, key.get(), EVP_sha256()) != 0);
  return CertificateAuthority{std::make_shared<const State>(State{std::move(certificate), std::move(key)})};
}

Result<CertificateAuthority> CertificateAuthority::from_pem(std::string_view pem) {
  const BioPtr bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  must(bio != nullptr);
  CertificatePtr certificate{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)};
  KeyPtr key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  const bool good = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1 &&
                    X509_check_ca(certificate.get()) != 0;
  ERR_clear_error();
  if (!good) return fail(ErrorCode::kInvalidArgument, "not a certificate of an authority and its key, in PEM form");
  return CertificateAuthority{std::make_shared<const State>(State{std::move(certificate), std::move(key)})};
}

std::string CertificateAuthority::to_pem() const {
  return pem_of(state_->certificate.get()) + pem_of(state_->key.get());
}

std::string CertificateAuthority::certificate_pem() const { return pem_of(state_->certificate.get()); }

Result<IssuedCertificate> CertificateAuthority::issue(std::span<const std::string> names) const {
  LAZULITE_TRY(const auto alternatives, alternative_names(names));
  const auto key = new_key();
  constexpr std::size_t kMaxCommonName = 64;
  const auto leaf = new_certificate(key.get(), std::string_view{names.front()}.substr(0, kMaxCommonName), kDaysOfLeaf);
  X509* issuer = state_->certificate.get();
  must(X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer)) == 1);
  must(add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE"));
  must(add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature"));
  must(add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth"));
  must(add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid"));
  if (!add_extension(leaf.get(), issuer, NID_subject_alt_name, alternatives))
    return fail(ErrorCode::kInvalidArgument, "'{}' cannot stand in a certificate", alternatives);
  must(X509_sign(leaf.get(), state_->key.get(), EVP_sha256()) != 0);
  return IssuedCertificate{pem_of(leaf.get()) + pem_of(issuer), pem_of(key.get())};
}

}  // namespace lazulite::http
