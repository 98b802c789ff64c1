#include "schema/base/x509.hpp"

#include "schema/base/crypto.hpp"
#include "schema/base/text.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace lazulite::x509 {

void must(bool done) {
  if (!done) std::abort();
}

int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

Ptr<BIO> reader_of(std::string_view text) {
  Ptr<BIO> out{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  must(out != nullptr);
  return out;
}

Ptr<BIO> new_memory() {
  Ptr<BIO> out{BIO_new(BIO_s_mem())};
  must(out != nullptr);
  return out;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(length)};
}

Ptr<X509> new_certificate(EVP_PKEY* key, std::string_view common_name, int days) {
  Ptr<X509> out{X509_new()};
  must(out && X509_set_version(out.get(), X509_VERSION_3) == 1);
  auto bytes = random_bytes(16);
  bytes[0] = (bytes[0] & 0x7FU) | 0x40U;  // positive, and of 16 bytes
  const Ptr<BIGNUM> number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
  must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(out.get())) != nullptr);
  must(X509_time_adj_ex(X509_getm_notBefore(out.get()), -1, 0, nullptr) != nullptr);
  must(X509_time_adj_ex(X509_getm_notAfter(out.get()), days - 1, 0, nullptr) != nullptr);
  must(X509_NAME_add_entry_by_NID(X509_get_subject_name(out.get()), NID_commonName, MBSTRING_UTF8,
                                  as_bytes(common_name).data(), static_cast<int>(common_name.size()), -1, 0) == 1);
  must(X509_set_pubkey(out.get(), key) == 1);
  return out;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Ptr<X509_EXTENSION> extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
  ERR_clear_error();
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

}  // namespace lazulite::x509
