#include "server/http/certificate_authority.hpp"

#include "tests/support/command.hpp"
#include "tests/support/result.hpp"
#include "tests/support/server_process.hpp"

#include <fstream>

namespace lazulite::http {
namespace {

std::string write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  return path.string();
}

// What OpenSSL's own program says of a certificate.
test::Ran openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  return test::run_program(arguments);
}

}  // namespace

TEST_CASE("an issued certificate is good for its names, for who trusts the authority", "[unit][server][tls]") {
  test::TemporaryFolder folder;
  const auto authority = CertificateAuthority::generate();
  const std::vector<std::string> names = {"*.blob.example.org", "localhost", "127.0.0.1"};
  const auto issued = authority.issue(names);
  REQUIRE(issued);
  const auto ca = write(folder.path() / "ca.pem", authority.certificate_pem());
  const auto leaf = write(folder.path() / "leaf.pem", issued->chain);
  const auto verify = [&](const std::vector<std::string>& purpose) {
    std::vector<std::string> command = {"verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca};
    command.insert(command.end(), purpose.begin(), purpose.end());
    command.push_back(leaf);
    return openssl(command).exit_code == 0;
  };
  CHECK(verify({"-verify_hostname", "movies.blob.example.org"}));
  CHECK(verify({"-verify_hostname", "localhost"}));
  CHECK(verify({"-verify_ip", "127.0.0.1"}));
  CHECK_FALSE(verify({"-verify_hostname", "blob.example.org"}));
  CHECK_FALSE(verify({"-verify_ip", "127.0.0.2"}));

  const auto other = write(folder.path() / "other.pem", CertificateAuthority::generate().certificate_pem());
  CHECK(openssl({"verify", "-CAfile", other, leaf}).exit_code != 0);
}

TEST_CASE("an authority survives being written and read, and its certificate alone holds no key",
          "[unit][server][tls]") {
  const auto authority = CertificateAuthority::generate();
  const auto again = CertificateAuthority::from_pem(authority.to_pem());
  REQUIRE(again);
  CHECK(again->certificate_pem() == authority.certificate_pem());
  CHECK(authority.certificate_pem().find("PRIVATE KEY") == std::string::npos);
  CHECK_FALSE(CertificateAuthority::from_pem(authority.certificate_pem()));
  CHECK_FALSE(CertificateAuthority::from_pem("no PEM"));
  // The key of another authority, and the certificate of a mere server.
  const auto other = CertificateAuthority::generate();
  const auto key_of_other = other.to_pem().substr(other.certificate_pem().size());
  CHECK_FALSE(CertificateAuthority::from_pem(authority.certificate_pem() + key_of_other));
  const std::string name = "localhost";
  const auto leaf = authority.issue(std::span{&name, 1});
  REQUIRE(leaf);
  CHECK_FALSE(CertificateAuthority::from_pem(leaf->chain + leaf->key));
}

TEST_CASE("names that cannot stand in a certificate are refused", "[unit][server][tls]") {
  const auto authority = CertificateAuthority::generate();
  for (const auto* name : {"", "a b", "x,DNS:evil.example", "name\nline", "*"}) {
    CAPTURE(name);
    const std::string text = name;
    CHECK(authority.issue(std::span{&text, 1}).error().code == ErrorCode::kInvalidArgument);
  }
  CHECK_FALSE(authority.issue({}));
}

}  // namespace lazulite::http
