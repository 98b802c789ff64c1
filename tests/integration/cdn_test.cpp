// A cache in front of the origin, nginx with proxy_cache: what it holds is what the origin says, whole and current.
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"
#include "tests/support/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <set>
#include <thread>
#include <unistd.h>

namespace lazulite::test {
namespace {

using boost::asio::ip::tcp;

// nginx as a cache of one origin, on a free port; stopped at the end.
class CachingProxy {
 public:
  explicit CachingProxy(const std::string& origin) {
    boost::asio::io_context io;
    {
      tcp::acceptor probe{io, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
      port_ = probe.local_endpoint().port();
    }
    const std::string folder = folder_.path().string();
    conf_ = folder + "/nginx.conf";
    std::ofstream{conf_} << (geteuid() == 0 ? "user root;\n" : "")
                         << fmt::format(R"(worker_processes 1; pid {0}/pid; error_log {0}/errors;
events {{ worker_connections 256; }}
http {{
  access_log off; proxy_temp_path {0}/temp; client_body_temp_path {0}/body; fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
  proxy_cache_path {0}/cache keys_zone=media:1m max_size=100m;
  server {{
    listen 127.0.0.1:{1};
    location / {{
      proxy_pass {2}; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Accept-Encoding $http_accept_encoding;
      proxy_cache media; proxy_cache_revalidate on; proxy_cache_lock on;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
)",
                                        folder, port_, origin);
    const auto started = run("");
    INFO(started.err);
    REQUIRE(started.exit_code == 0);
  }
  ~CachingProxy() { static_cast<void>(run("stop")); }
  CachingProxy(const CachingProxy&) = delete;
  CachingProxy& operator=(const CachingProxy&) = delete;

  [[nodiscard]] std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  HttpAnswer get(const std::string& target, const HttpFields& headers = {}) const {
    return HttpClient{address()}.get(target, headers);
  }

 private:
  [[nodiscard]] Ran run(const std::string& signal) const {
    std::vector<std::string> command{"nginx", "-c", conf_, "-e", folder_.path().string() + "/errors"};
    if (!signal.empty()) command.insert(command.end(), {"-s", signal});
    return run_program(command);
  }

  TemporaryFolder folder_;
  std::string conf_;
  unsigned short port_ = 0;
};

// A published clip, whose answers may be cached for a second.
struct CachedOrigin {
  ServerProcess server{{{"LAZULITE_STREAM_MAX_AGE_MEDIA", "1"}, {"LAZULITE_STREAM_MAX_AGE_MANIFEST", "1"}}};
  ApiClient api{server};
  TemporaryFolder folder;
  std::string asset = api.create_asset("cached"), sas = api.create_sas(asset, 2), path;
  CachingProxy proxy{server.stream()};

  CachedOrigin() {
    upload_clip(4);
    api.upload(sas, "clip.ism",
               R"(<smil><body><video src="clip.mp4"/><audio src="clip.mp4" title="a"/></body></smil>)");
    api.create_file_infos(asset);
    path = parse_url(api.publish(asset)).target + "clip.ism/";
  }
  void upload_clip(double seconds) {
    make_clip(folder.path() / "clip.mp4", {.seconds = seconds, .width = 320, .height = 180, .rate = "25"});
    api.upload(sas, "clip.mp4", read_file_text(folder.path() / "clip.mp4"));
  }
  // The only fragment of the video, whose key frames are 10 s apart.
  [[nodiscard]] std::string fragment(const std::string& parameters = {}) const {
    const std::string manifest = http_get(server.stream() + path + "Manifest").body;
    const auto from = manifest.find("Bitrate=\"") + 9;
    return fmt::format("{}QualityLevels({})/Fragments(video=0{})", path,
                       manifest.substr(from, manifest.find('"', from) - from), parameters);
  }
};

}  // namespace

TEST_CASE("a cache in front gets hits of media, playlists and ranges, byte for byte", "[integration]") {
  CachedOrigin origin;
  for (const std::string& target :
       {origin.fragment(), origin.path + "Manifest", origin.path + "Manifest(format=m3u8-aapl)"}) {
    INFO(target);
    const auto direct = http_get(origin.server.stream() + target);
    REQUIRE(direct.status == 200);
    const auto first = origin.proxy.get(target);
    const auto second = origin.proxy.get(target);
    CHECK(first.header("x-cache") == "MISS");
    CHECK(second.header("x-cache") == "HIT");
    CHECK((first.body == direct.body && second.body == direct.body));
    CHECK(second.header("etag") == direct.header("etag"));
    CHECK(origin.proxy.get(target, {{"If-None-Match", direct.header("etag")}}).status == 304);
    const auto part = origin.proxy.get(target, {{"Range", "bytes=10-99"}});
    CHECK(part.status == 206);
    CHECK((part.body == direct.body.substr(10, 90)));
  }
  // The compressed form and the plain one are kept apart.
  const auto packed = origin.proxy.get(origin.path + "Manifest", {{"Accept-Encoding", "gzip"}});
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(origin.proxy.get(origin.path + "Manifest").header("content-encoding").empty());
  // A HEAD and a range that come first leave whole objects behind.
  const std::string other = origin.fragment(",format=mpd-time-csf");
  const auto direct = http_get(origin.server.stream() + other);
  REQUIRE(direct.status == 200);
  CHECK(HttpClient{origin.proxy.address()}.send("HEAD", other).header("content-length") ==
        direct.header("content-length"));
  const auto end = origin.proxy.get(other, {{"Range", "bytes=-5"}});
  CHECK(end.status == 206);
  CHECK((end.body == direct.body.substr(direct.body.size() - 5)));
  CHECK((origin.proxy.get(other).body == direct.body));
}

TEST_CASE("a client that leaves in the middle leaves no partial object in a cache", "[integration]") {
  CachedOrigin origin;
  const std::string target = origin.path.substr(0, origin.path.rfind("clip.ism/")) + "clip.mp4";
  const auto direct = http_get(origin.server.stream() + target);
  REQUIRE(direct.status == 200);
  for (int i = 0; i < 5; ++i) {
    boost::asio::io_context io;
    tcp::socket socket{io};
    const auto address = origin.proxy.address();
    socket.connect({boost::asio::ip::address_v4::loopback(),
                    static_cast<unsigned short>(std::stoi(address.substr(address.find(':') + 1)))});
    boost::asio::write(socket, boost::asio::buffer("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    std::array<char, 100> some{};
    socket.read_some(boost::asio::buffer(some));
  }
  for (int i = 0; i < 3; ++i) CHECK((origin.proxy.get(target).body == direct.body));
}

TEST_CASE("a cache asks again after max-age, and then has what is new or knows that nothing is", "[integration]") {
  CachedOrigin origin;
  const std::string target = origin.path + "Manifest";
  const std::string old = origin.proxy.get(target).body;
  const auto until = [&](const char* what, const auto& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    for (;;) {
      auto answer = origin.proxy.get(target);
      REQUIRE(answer.status == 200);
      if (condition(answer)) return answer;
      INFO(what);
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      CHECK((answer.body == old));
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  };
  until("asked again", [](const HttpAnswer& answer) { return answer.header("x-cache") == "REVALIDATED"; });
  CHECK((origin.proxy.get(target).body == old));

  origin.upload_clip(6);
  const auto renewed = until("renewed", [&](const HttpAnswer& answer) { return answer.body != old; });
  CHECK((renewed.body == http_get(origin.server.stream() + target).body));
  CHECK(renewed.body.find("d=\"60000000\"") != std::string::npos);
  const std::string fragment = origin.fragment();
  CHECK((origin.proxy.get(fragment).body == http_get(origin.server.stream() + fragment).body));
}

TEST_CASE("errors of the origin are kept shortly or not at all", "[integration]") {
  CachedOrigin origin;
  const auto missing = origin.proxy.get(origin.path + "QualityLevels(1)/Fragments(video=0)");
  CHECK(missing.status == 404);
  CHECK(missing.header("cache-control") == "public, max-age=10");
  const auto refused = origin.proxy.get(origin.path + "Manifest(format=none)");
  CHECK(refused.status == 415);
  CHECK(refused.header("cache-control") == "no-store");
  CHECK(origin.proxy.get(origin.path + "Manifest(format=none)").header("x-cache") == "MISS");
}

}  // namespace lazulite::test
