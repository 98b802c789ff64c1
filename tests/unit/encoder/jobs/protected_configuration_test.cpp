#include "encoder/jobs/protected_configuration.hpp"

#include "schema/entities/content_key.hpp"
#include "tests/support/command.hpp"
#include "tests/unit/encoder/jobs/job_world.hpp"

#include <catch2/catch.hpp>

#include <numeric>

namespace lazulite::encoder {
namespace {

const std::string kKeyId = "nb:kid:UUID:9c8ea9c6-52bd-4232-8a43-8e43d8564a99";

std::vector<std::uint8_t> key_of_the_vector() {
  std::vector<std::uint8_t> key(32);
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  return key;
}

// The vector of accounts-storage.md C.6.
JobTask protected_task() {
  JobTask task;
  task.options = kTaskProtectedConfiguration;
  task.configuration = "LaRec6hZJcpfZwl3FTST2o/bxfq2Y5xp4+Elns9h9xc=";
  task.encryption_scheme = "ConfigurationEncryption";
  task.encryption_version = "1.0";
  task.encryption_key_id = kKeyId;
  task.initialization_vector = "oKGio6SlpqeoqaqrrK2urw==";
  return task;
}

struct Fixture {
  test::TemporaryFolder folder;
  test::JobWorld world{folder.path()};

  explicit Fixture(ContentKeyType type = ContentKeyType::kConfigurationEncryption) {
    ContentKey row;
    row.id = kKeyId;
    row.content_key_type = type;
    row.sealed_key = "sealed";
    test::must(world.database().write(
        [&](rows::Session& session) -> Result<void> { return rows::insert(session, test::kAccount, row); }));
  }
  Result<std::string> clear(const JobTask& task, std::vector<std::uint8_t> key = key_of_the_vector()) {
    const OpenContentKey open = [&](const std::string& account, const ContentKey& row) {
      CHECK(account == test::kAccount);
      CHECK(row.sealed_key == "sealed");
      return Result<std::vector<std::uint8_t>>{key};
    };
    return world.database().read(
        [&](rows::Session& session) { return clear_configuration(session, test::kAccount, task, open); });
  }
};

void check_refused(const Result<std::string>& clear, const char* word) {
  REQUIRE_FALSE(clear);
  INFO(clear.error().message);
  CHECK(clear.error().detail == "ErrorParsingConfiguration");
  CHECK(clear.error().message.find(word) != std::string::npos);
}

TEST_CASE("a protected configuration is decrypted with its content key", "[unit][jobs]") {
  Fixture f;
  CHECK(test::value_of(f.clear(protected_task())) == "H264 Multiple Bitrate 720p");
  JobTask plain;
  plain.configuration = "as it is";
  CHECK(test::value_of(f.clear(plain)) == "as it is");
}

TEST_CASE("a protected configuration whose parts do not fit fails by name", "[unit][jobs]") {
  Fixture f;
  auto task = protected_task();
  task.encryption_key_id = "nb:kid:UUID:00000000-0000-0000-0000-000000000001";
  check_refused(f.clear(task), "no content key");
  task = protected_task();
  task.encryption_key_id.reset();
  check_refused(f.clear(task), "EncryptionKeyId");
  task = protected_task();
  task.encryption_scheme = "None";
  check_refused(f.clear(task), "EncryptionScheme");
  task = protected_task();
  task.initialization_vector = "oKGi";
  check_refused(f.clear(task), "InitializationVector");
  task = protected_task();
  task.configuration = "H264 Multiple Bitrate 720p";
  check_refused(f.clear(task), "");
  check_refused(f.clear(protected_task(), std::vector<std::uint8_t>(32, 7)), "not encrypted with this key");
  check_refused(f.clear(protected_task(), std::vector<std::uint8_t>(16, 7)), "16 bytes");
  Fixture other{ContentKeyType::kStorageEncryption};
  check_refused(other.clear(protected_task()), "not of the type");
}

}  // namespace
}  // namespace lazulite::encoder
