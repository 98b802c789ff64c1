#include "server/auth/installation_secrets.hpp"

#include "schema/base/ids.hpp"
#include "storage/files/file.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace lazulite;
using namespace lazulite::auth;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("lazulite-secrets-" + Uuid::random().text());
  ~Folder() { fs::remove_all(path); }
};

fs::perms permissions(const fs::path& path) { return fs::status(path).permissions(); }

}  // namespace

TEST_CASE("secrets are made once, for their owner only", "[unit][auth]") {
  const Folder data;
  const auto first = load_or_create_secrets(data.path);
  REQUIRE(first);
  CHECK(first->swt_key.size() == 32);
  CHECK(Uuid::parse(first->tenant_id));
  CHECK(permissions(data.path / "secrets") == fs::perms::owner_all);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator{data.path / "secrets"}) {
    CHECK(permissions(entry.path()) == (fs::perms::owner_read | fs::perms::owner_write));
    ++files;
  }
  CHECK(files == 6);

  const auto second = load_or_create_secrets(data.path);
  REQUIRE(second);
  CHECK(second->swt_key == first->swt_key);
  CHECK(second->tenant_id == first->tenant_id);
  CHECK(second->jwt_key.public_key().modulus == first->jwt_key.public_key().modulus);
  CHECK(second->protection_key.thumbprint() == first->protection_key.thumbprint());
  CHECK(second->master_key == first->master_key);

  const Folder other;
  const auto third = load_or_create_secrets(other.path);
  REQUIRE(third);
  CHECK(third->swt_key != first->swt_key);
  CHECK(third->jwt_key.public_key().modulus != first->jwt_key.public_key().modulus);
  CHECK(third->protection_key.thumbprint() != first->protection_key.thumbprint());
  CHECK(third->master_key != first->master_key);
}

TEST_CASE("a damaged secret stops the start and is left alone", "[unit][auth]") {
  const Folder data;
  REQUIRE(load_or_create_secrets(data.path));
  for (const auto* name : {"swt.key", "jwt-key.pem", "tenant-id", "protection-key.pem", "master.key"}) {
    const auto path = data.path / "secrets" / name;
    const auto good = files::read_file(path).value();
    REQUIRE(files::write_file_durably(path, "garbage\n"));
    const auto loaded = load_or_create_secrets(data.path);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ErrorCode::kInvalidArgument);
    CHECK(loaded.error().message.find(name) != std::string::npos);
    CHECK(files::read_file(path).value() == "garbage\n");
    REQUIRE(files::write_file_durably(path, good));
  }
}

TEST_CASE("a data folder that cannot be made is an error", "[unit][auth]") {
  const auto secrets = load_or_create_secrets("/proc/lazulite-cannot-be-here");
  REQUIRE_FALSE(secrets);
  CHECK(secrets.error().code == ErrorCode::kIo);
}
