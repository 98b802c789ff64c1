// The TLS listener, reached by curl as clients with hard-coded names reach it: names resolved to us, our authority
// trusted, nothing else relaxed.
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/command.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sys/stat.h>

namespace lazulite::test {
namespace {

class TlsServer {
 public:
  TlsServer() : api_(server_) {
    const auto exported = run_program({program_under_test(), "tls", "export-ca", "--data", server_.data()});
    REQUIRE(exported.exit_code == 0);
    std::ofstream(authority()) << exported.out;
    port_ = server_.tls().substr(server_.tls().rfind(':') + 1);
  }

  // https://NAME:port/target with NAME led to the listener. What curl prints is the status, then the body.
  Ran curl(const std::string& name, const std::string& target, std::vector<std::string> options = {}) {
    std::vector<std::string> command = {"curl",         "-sSg",
                                        "--cacert",     authority(),
                                        "--connect-to", "::127.0.0.1:" + port_,
                                        "-w",           "\n%{http_code} %{redirect_url}"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back("https://" + name + target);
    return run_program(command);
  }
  std::string bearer() { return "Authorization: Bearer " + api_.token(); }
  ApiClient& api() { return api_; }
  ServerProcess& server() { return server_; }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }

 private:
  [[nodiscard]] std::string authority() const { return file("authority.pem"); }

  TemporaryFolder folder_;
  ServerProcess server_{{{"LAZULITE_NETWORK_TLS", "127.0.0.1:0"}}};
  ApiClient api_;
  std::string port_;
};

bool ends_with_status(const Ran& ran, const std::string& status) {
  INFO(ran.out << ran.err);
  return ran.exit_code == 0 && ran.out.find("\n" + status + " ") != std::string::npos;
}

}  // namespace

TEST_CASE("every service answers on one TLS port by the names that clients know", "[integration][tls]") {
  TlsServer tls;
  CHECK(ends_with_status(tls.curl("lazulite.restv2.westeurope.media.azure.net", "/api/"), "200"));
  CHECK(ends_with_status(tls.curl("localhost", "/health"), "200"));
  CHECK(ends_with_status(tls.curl("127.0.0.1", "/health"), "200"));
  CHECK(ends_with_status(tls.curl("lazulitestorage.blob.core.windows.net", "/nothing?restype=container"), "404"));
  CHECK(ends_with_status(tls.curl("lazulite.streaming.mediaservices.windows.net", "/x/y.ism/Manifest"), "404"));
  CHECK(ends_with_status(tls.curl("login.microsoftonline.com", "/tenant/oauth2/token", {"-d", "grant_type=x"}), "400"));
  const auto global = tls.curl("media.windows.net", "/", {"-H", tls.bearer()});
  CHECK(ends_with_status(global, "301"));
  CHECK(global.out.ends_with("https://lazulite.restv2.local.media.azure.net/api/"));

  CHECK(tls.curl("www.example.org", "/health").exit_code == 60);  // no certificate of ours is good for a foreign name
  CHECK(tls.curl("localhost", "/health", {"--tls-max", "1.1"}).exit_code != 0);
}

TEST_CASE("addresses in answers stay on the names and the port that the client used", "[integration][tls]") {
  TlsServer tls;
  const std::string name = "lazulite.restv2.local.media.azure.net";
  const auto made = tls.curl(name, "/api/Assets",
                             {"-H", tls.bearer(), "-H", "Content-Type: application/json", "-H",
                              "Accept: application/json", "-d", R"({"Name": "x"})"});
  REQUIRE(ends_with_status(made, "201"));
  CHECK(made.out.find(R"("Uri":"https://lazulitestorage.blob.media.azure.net/asset-)") != std::string::npos);
  const auto by_address = tls.curl("127.0.0.1", "/api/Assets", {"-H", tls.bearer(), "-H", "Accept: application/json"});
  CHECK(by_address.out.find("\"Uri\":\"http://127.0.0.1:") != std::string::npos);  // the blob service's own plain port
}

TEST_CASE("a large blob goes up and comes down over TLS as it is", "[integration][tls]") {
  TlsServer tls;
  std::string bytes(5'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  std::ofstream(tls.file("up"), std::ios::binary) << bytes;
  const auto asset = tls.api().create_asset("large");
  const auto sas = parse_url(tls.api().create_sas(asset, 3)).target;  // "/account/container?…": path style
  const auto container = sas.substr(sas.find('/', 1));
  const auto blob = container.substr(0, container.find('?')) + "/large.bin" + container.substr(container.find('?'));
  const std::string name = "lazulitestorage.blob.core.windows.net";
  CHECK(ends_with_status(tls.curl(name, blob, {"-H", "x-ms-blob-type: BlockBlob", "-T", tls.file("up")}), "201"));
  const auto down = tls.curl(name, blob, {"-o", tls.file("down")});
  REQUIRE(down.exit_code == 0);
  std::ifstream file(tls.file("down"), std::ios::binary);
  CHECK(std::string{std::istreambuf_iterator<char>(file), {}} == bytes);
}

TEST_CASE("the authority is made once, and its key is for the server alone", "[integration][tls]") {
  TlsServer tls;
  const auto first = run_program({program_under_test(), "tls", "export-ca", "--data", tls.server().data()}).out;
  CHECK(tls.server().stop() == 0);
  tls.server().start();
  CHECK(run_program({program_under_test(), "tls", "export-ca", "--data", tls.server().data()}).out == first);
  struct stat status {};
  REQUIRE(::stat((tls.server().data() / "secrets" / "tls-authority.pem").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a client that does not speak TLS, or nothing at all, harms nobody", "[integration][tls]") {
  TlsServer tls;
  HttpClient plain{tls.server().tls().substr(8)};
  CHECK(plain.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1 200") == std::string::npos);
  CHECK(ends_with_status(tls.curl("localhost", "/health"), "200"));
}

}  // namespace lazulite::test
