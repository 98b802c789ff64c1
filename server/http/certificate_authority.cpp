#include "server/http/certificate_authority.hpp"

#include "schema/base/text.hpp"
#include "schema/base/x509.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace lazulite::http {
namespace {

using x509::must, x509::new_certificate, x509::no_passphrase, x509::Ptr, x509::text_of;

constexpr int kDaysOfAuthority = 3650;
constexpr std::string_view kAuthorityName = "Lazulite local authority";

Ptr<EVP_PKEY> new_key() {
  Ptr<EVP_PKEY> key{EVP_EC_gen("P-256")};
  must(key != nullptr);
  return key;
}

std::string pem_of(X509* certificate) {
  const auto bio = x509::new_memory();
  must(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const auto bio = x509::new_memory();
  must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
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
  Ptr<X509> certificate;
  Ptr<EVP_PKEY> key;
};

CertificateAuthority CertificateAuthority::generate() {
  auto key = new_key();
  auto certificate = new_certificate(key.get(), kAuthorityName, kDaysOfAuthority);
  X509* self = certificate.get();
  must(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1);
  must(x509::add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  must(x509::add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign"));
  must(x509::add_extension(self, self, NID_subject_key_identifier, "hash"));
  must(X509_sign(self, key.get(), EVP_sha256()) != 0);
  return CertificateAuthority{std::make_shared<const State>(State{std::move(certificate), std::move(key)})};
}

Result<CertificateAuthority> CertificateAuthority::from_pem(std::string_view pem) {
  const auto bio = x509::reader_of(pem);
  Ptr<X509> certificate{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)};
  Ptr<EVP_PKEY> key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
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
  must(x509::add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE"));
  must(x509::add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature"));
  must(x509::add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth"));
  must(x509::add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid"));
  if (!x509::add_extension(leaf.get(), issuer, NID_subject_alt_name, alternatives.c_str()))
    return fail(ErrorCode::kInvalidArgument, "'{}' cannot stand in a certificate", alternatives);
  must(X509_sign(leaf.get(), state_->key.get(), EVP_sha256()) != 0);
  return IssuedCertificate{pem_of(leaf.get()) + pem_of(issuer), pem_of(key.get())};
}

}  // namespace lazulite::http
