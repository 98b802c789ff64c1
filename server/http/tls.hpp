// The server's side of TLS: which certificate a client is shown. Thread-safe.
#pragma once

#include "schema/base/result.hpp"
#include "schema/base/time.hpp"
#include "server/http/certificate_authority.hpp"

#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lazulite::http {

class TlsContext {
 public:
  virtual ~TlsContext() = default;
  // For every handshake of a listener.
  virtual boost::asio::ssl::context& context() = 0;

  // One certificate for all names: texts in PEM form, the chain from the leaf on. InvalidArgument.
  static Result<std::unique_ptr<TlsContext>> with_certificate(const IssuedCertificate& certificate);

  // A certificate per name that a client asks for (SNI), issued when it is first needed, for names that `serves` takes;
  // any other client is shown the one for `own_names`. InvalidArgument when these cannot stand in a certificate.
  using Serves = std::function<bool(std::string_view name)>;
  static Result<std::unique_ptr<TlsContext>> with_authority(CertificateAuthority authority,
                                                            const std::vector<std::string>& own_names, Serves serves,
                                                            const Clock& clock);
};

}  // namespace lazulite::http
