#include "server/keys/key_vault.hpp"

#include "schema/base/base64.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace lazulite;
using namespace lazulite::keys;

namespace {

KeyBytes counted(std::size_t bytes) {
  KeyBytes out(bytes);
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

}  // namespace

TEST_CASE("checksums of content keys, by the specification's vectors", "[unit][server]") {
  CHECK(checksum_of("nb:kid:UUID:6f7e8d9c-0b1a-4c2d-9e3f-405162738495", counted(16)) == "l4999coXdo8=");
  CHECK(checksum_of("nb:kid:UUID:6f7e8d9c-0b1a-4c2d-9e3f-405162738495", counted(32)) == "CJwyb601OzE=");
  CHECK(checksum_of("nb:kid:UUID:9c8ea9c6-52bd-4232-8a43-8e43d8564a99", counted(32)) == "tBVetDK3vJY=");
  CHECK(checksum_of("nb:kid:UUID:9c8ea9c6-52bd-4232-8a43-8e43d8564a99", counted(16)) == "gwqnehWJJsw=");
  CHECK_FALSE(checksum_of("nb:kid:UUID:9c8ea9c6-52bd-4232-8a43-8e43d8564a99", counted(12)));
}

TEST_CASE("a vault unwraps what its certificate wrapped, and keeps keys for their row only", "[unit][server]") {
  const KeyVault vault{CertifiedKey::generate("a"), SealingKey{7}};
  const auto certificate = base64_decode(vault.protection_certificate()).value();
  const auto wrapped = base64_encode(encrypt_for_certificate(certificate, counted(16)).value());
  CHECK(vault.unwrap(wrapped).value() == counted(16));
  CHECK(vault.unwrap(" " + wrapped + "\n").value() == counted(16));
  CHECK_FALSE(vault.unwrap("not base64!"));
  CHECK_FALSE(vault.unwrap("AAAA"));

  const auto sealed = vault.seal("movies", "nb:kid:UUID:1", counted(16));
  CHECK(vault.unseal("movies", "nb:kid:UUID:1", sealed).value() == counted(16));
  CHECK_FALSE(vault.unseal("others", "nb:kid:UUID:1", sealed));
  CHECK_FALSE(vault.unseal("movies", "nb:kid:UUID:2", sealed));
  CHECK_FALSE(KeyVault(CertifiedKey::generate("a"), SealingKey{8}).unseal("movies", "nb:kid:UUID:1", sealed));
}
