// The installation's own certificate authority: what lets clients reach us over TLS by the names they know
// (accounts-storage.md E.2). Its key is made at random on the first start and never leaves the machine; users export
// the certificate and let their clients trust it. Immutable; thread-safe.
#pragma once

#include "schema/base/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lazulite::http {

// Texts in PEM form.
struct IssuedCertificate {
  std::string chain;  // the leaf, then its authority
  std::string key;
};

class CertificateAuthority {
 public:
  static CertificateAuthority generate();
  // A certificate and its key, one after the other. InvalidArgument.
  static Result<CertificateAuthority> from_pem(std::string_view pem);
  [[nodiscard]] std::string to_pem() const;  // with the key: secret

  [[nodiscard]] std::string certificate_pem() const;
  // A server certificate for names ("localhost", "*.example.org") and addresses ("127.0.0.1"), valid for kDaysOfLeaf.
  // InvalidArgument for a name that cannot stand in a certificate.
  [[nodiscard]] Result<IssuedCertificate> issue(std::span<const std::string> names) const;

  static constexpr int kDaysOfLeaf = 397;  // browsers refuse more

 private:
  struct State;
  explicit CertificateAuthority(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace lazulite::http
