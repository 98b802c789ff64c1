// The real program on a disk that really fills up: 507, nothing half-stored, and back to work once there is room.
#include "schema/base/base64.hpp"
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sys/mount.h>

namespace lazulite::test {
namespace {

// A file system of its own in memory, where this process may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size)
      : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size) == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  bool mounted_;
};

HttpAnswer send(const std::string& sas, const std::string& method, const std::string& name, std::string_view body = {},
                const std::string& query = {}) {
  const auto question = sas.find('?');
  const auto [base, target] = parse_url(sas.substr(0, question) + "/" + name + sas.substr(question) + query);
  HttpClient client{base};
  return client.send(method, target, {{"x-ms-blob-type", "BlockBlob"}}, body);
}

std::string block_query(int number) {
  return "&comp=block&blockid=" + percent_encode(base64_encode(as_bytes(fmt::format("{:04}", number))));
}

std::string list_of(int count) {
  std::string out = "<BlockList>";
  for (int i = 0; i < count; ++i) out += "<Latest>" + base64_encode(as_bytes(fmt::format("{:04}", i))) + "</Latest>";
  return out + "</BlockList>";
}

// Puts whole blobs until one is refused; how many there are.
int fill(const std::string& sas, const std::string& bytes) {
  for (int count = 0; count < 100; ++count) {
    const auto answer = send(sas, "PUT", fmt::format("fill-{}", count), bytes);
    if (answer.status == 201) continue;
    CHECK(answer.status == 507);
    CHECK(answer.header("x-ms-error-code") == "InsufficientStorage");
    CHECK(send(sas, "GET", fmt::format("fill-{}", count)).status == 404);
    return count;
  }
  FAIL("the disk never filled up");
  return 0;
}

}  // namespace

TEST_CASE("a full disk refuses uploads with 507, keeps what was stored, and takes more once there is room",
          "[integration]") {
  const SmallDisk disk{"size=96m"};
  if (!disk.mounted()) {
    WARN("SKIPPED: this process may not mount a file system (the unit test with a limited file size has run)");
    return;
  }
  const ServerProcess server{{}, disk.path() / "data"};
  ApiClient api{server};
  const auto sas = api.create_sas(api.create_asset("full"), 1 | 2 | 4 | 8);
  const std::string piece(4 << 20, 'x');
  REQUIRE(send(sas, "PUT", "first", "kept").status == 201);
  REQUIRE(send(sas, "PUT", "staged", piece, block_query(0)).status == 201);
  const int filled = fill(sas, piece);
  REQUIRE(filled > 4);

  const auto block = send(sas, "PUT", "staged", piece, block_query(1));
  CHECK(block.status == 507);
  CHECK(send(sas, "PUT", "first", piece).status == 507);
  CHECK(send(sas, "GET", "first").body == "kept");
  CHECK(send(sas, "GET", "fill-0").body == piece);

  // Room is made: what was staged before is still there, and everything works.
  for (int i = 0; i < 3; ++i) CHECK(send(sas, "DELETE", fmt::format("fill-{}", i)).status == 202);
  CHECK(send(sas, "PUT", "staged", piece, block_query(1)).status == 201);
  CHECK(send(sas, "PUT", "staged", list_of(2), "&comp=blocklist").status == 201);
  CHECK(send(sas, "GET", "staged").body == piece + piece);
  CHECK(send(sas, "PUT", "first", "changed").status == 201);
  CHECK(send(sas, "GET", "first").body == "changed");
}

}  // namespace lazulite::test
