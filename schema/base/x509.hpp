// What is common to all that makes or reads X.509 certificates with OpenSSL: owners of its objects, and pieces of a new
// certificate (RFC 5280 §4.1). Only for the .cpp files that speak OpenSSL.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace lazulite::x509 {

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
template <typename T>
using Ptr = std::unique_ptr<T, Free>;

// Ends the program when OpenSSL is out of memory or of random numbers: nothing else makes these calls fail.
void must(bool done);

// A pem_password_cb that gives none, where OpenSSL would otherwise ask on the terminal.
int no_passphrase(char* buffer, int size, int writing, void* user);

Ptr<BIO> reader_of(std::string_view text);
Ptr<BIO> new_memory();
std::string text_of(BIO* memory);

// Version 3, a random positive serial number of 16 bytes, valid from yesterday (a client's clock may run behind) for
// so many days, with this subject and key. Without issuer and signature.
Ptr<X509> new_certificate(EVP_PKEY* key, std::string_view common_name, int days);

// False when the value cannot be parsed (X509V3_EXT_conf_nid has the grammar).
bool add_extension(X509* certificate, X509* issuer, int nid, const char* value);

}  // namespace lazulite::x509
