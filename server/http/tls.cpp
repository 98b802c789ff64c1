#include "server/http/tls.hpp"

#include "schema/base/log.hpp"
#include "schema/base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace lazulite::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t kMaxIssued = 1024;  // names with a certificate in memory; then all are issued anew as needed
constexpr std::chrono::hours kReissueAfter{24 * (CertificateAuthority::kDaysOfLeaf - 60)};

int choose_http(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                unsigned in_length, void* /*user*/) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOurs, sizeof kOurs - 1, in, in_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;  // no ALPN in the answer: HTTP/1.1 all the same
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// TLS 1.2 and later. InvalidArgument when the texts do not fit each other.
Result<std::shared_ptr<ssl::context>> make_context(const IssuedCertificate& certificate) {
  auto out = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  out->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                       ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                   error);
  if (!error) out->use_certificate_chain(boost::asio::buffer(certificate.chain), error);
  if (!error) out->use_private_key(boost::asio::buffer(certificate.key), ssl::context::pem, error);
  if (!error && SSL_CTX_check_private_key(out->native_handle()) != 1)
    return fail(ErrorCode::kInvalidArgument, "the TLS certificate and the key do not belong together");
  if (error) return fail(ErrorCode::kInvalidArgument, "the TLS certificate cannot be used: {}", error.message());
  SSL_CTX_set_alpn_select_cb(out->native_handle(), choose_http, nullptr);
  return out;
}

class OneCertificate final : public TlsContext {
 public:
  explicit OneCertificate(std::shared_ptr<ssl::context> context) : context_(std::move(context)) {}
  ssl::context& context() override { return *context_; }

 private:
  std::shared_ptr<ssl::context> context_;
};

class CertificatePerName final : public TlsContext {
 public:
  CertificatePerName(CertificateAuthority authority, std::shared_ptr<ssl::context> own, Serves serves,
                     const Clock& clock)
      : authority_(std::move(authority)), own_(std::move(own)), serves_(std::move(serves)), clock_(clock) {
    SSL_CTX_set_tlsext_servername_callback(own_->native_handle(), &CertificatePerName::choose);
    SSL_CTX_set_tlsext_servername_arg(own_->native_handle(), this);
  }
  ssl::context& context() override { return *own_; }

 private:
  struct Issued {
    std::shared_ptr<ssl::context> context;
    Timestamp at;
  };

  static int choose(SSL* connection, int* /*alert*/, void* self) {
    const char* name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_OK;
    const auto context = static_cast<CertificatePerName*>(self)->context_for(to_lower(name));
    // OpenSSL counts a reference of its own.
    if (context) SSL_set_SSL_CTX(connection, context->native_handle());
    return SSL_TLSEXT_ERR_OK;
  }

  std::shared_ptr<ssl::context> context_for(const std::string& name) {
    if (!serves_(name)) return nullptr;
    const std::scoped_lock lock{mutex_};
    const auto now = clock_.now();
    if (const auto found = issued_.find(name); found != issued_.end() && now < found->second.at + kReissueAfter)
      return found->second.context;
    const auto certificate = authority_.issue(std::span{&name, 1});
    auto context = certificate ? make_context(*certificate) : certificate.error();
    if (!context) {
      logger("tls").warn("no certificate for a name: {}", context.error().message);
      return nullptr;
    }
    if (issued_.size() >= kMaxIssued) issued_.clear();
    issued_[name] = {*context, now};
    return *context;
  }

  const CertificateAuthority authority_;
  const std::shared_ptr<ssl::context> own_;
  const Serves serves_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Issued> issued_;
};

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::with_certificate(const IssuedCertificate& certificate) {
  LAZULITE_TRY(auto context, make_context(certificate));
  return std::unique_ptr<TlsContext>{std::make_unique<OneCertificate>(std::move(context))};
}

Result<std::unique_ptr<TlsContext>> TlsContext::with_authority(CertificateAuthority authority,
                                                               const std::vector<std::string>& own_names, Serves serves,
                                                               const Clock& clock) {
  LAZULITE_TRY(const auto certificate, authority.issue(own_names));
  LAZULITE_TRY(auto own, make_context(certificate));
  return std::unique_ptr<TlsContext>{
      std::make_unique<CertificatePerName>(std::move(authority), std::move(own), std::move(serves), clock)};
}

}  // namespace lazulite::http
