// Storage encryption against its published vectors (accounts-storage.md C.6).
#include "storage/blobs/storage_encryption.hpp"

#include "schema/base/text.hpp"
#include "storage/blobs/memory_blob_store.hpp"
#include "storage/blobs/work_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sys/stat.h>

using namespace lazulite;
using namespace lazulite::blobs;

namespace {

constexpr std::string_view kPlain = "The quick brown fox jumps over the lazy dog";
constexpr std::string_view kCipher =
    "310a1ef156813c02e4d9b282eea8439482ce3b9c3b5217704ea5b9f43fa32fc6e27a0edcec6d8c4be8a7b3";
constexpr std::uint64_t kVector = 0x0102030405060708;

StorageKey counting_key() {
  StorageKey out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
  return out;
}

std::string applied(std::string bytes, std::uint64_t vector, std::uint64_t offset = 0) {
  CounterCipher cipher{counting_key(), vector, offset};
  cipher.apply({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

std::string read_all(const files::FileDescriptor& file) {
  std::string out(files::size_of(file).value(), '\0');
  CHECK(files::read_some(file, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, 0).value() == out.size());
  return out;
}

}  // namespace

TEST_CASE("the published vectors of storage encryption hold", "[unit][blobs]") {
  const auto cipher = applied(std::string{kPlain}, kVector);
  CHECK(to_hex(as_bytes(cipher)) == kCipher);
  CHECK(applied(cipher, kVector) == kPlain);
  CHECK(to_hex(as_bytes(applied(std::string(48, '\0'), kVector))) ==
        "65627bd127f455618ff9d0f081df2db4e4a143bc51277a003d85d6825ad10fb28a1f2eb08d17f56b8cc8d45d74fecf56");
  CHECK(applied(cipher.substr(20, 7), kVector, 20) == "jumps o");
  CHECK(to_hex(as_bytes(applied(std::string{kPlain.substr(0, 20)}, 18446744073709551614ULL))) ==
        "e2a52adbc3eec8e8f7ac7f1b5f2ac2c5b72cdd04");
  CounterCipher in_parts{counting_key(), kVector};
  std::string parts{kPlain};
  for (std::size_t at = 0; at < parts.size(); at += 5) {
    in_parts.apply({reinterpret_cast<std::uint8_t*>(parts.data()) + at, std::min<std::size_t>(5, parts.size() - at)});
  }
  CHECK(parts == cipher);
}

TEST_CASE("an initialization vector is a decimal number of 64 bits", "[unit][blobs]") {
  CHECK(parse_initialization_vector("72623859790382856").value() == kVector);
  CHECK(parse_initialization_vector("18446744073709551615").value() == ~std::uint64_t{0});
  for (const auto* bad : {"", "18446744073709551616", "-1", "0x10", "1 2", "oKGio6SlpqeoqaqrrK2urw=="}) {
    CHECK(parse_initialization_vector(bad).error().code == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("files are encrypted where they are, and decrypted into a file without a name", "[unit][blobs]") {
  MemoryBlobStore store;
  const auto folder = WorkFolder::make(store).value();
  const auto path = folder.path() / "film.mp4";
  std::string bytes(3'000'001, '\0');  // more than one piece, and no whole number of blocks
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 % 251);
  std::ofstream{path, std::ios::binary} << bytes;
  REQUIRE(encrypt_in_place(path, counting_key(), kVector).has_value());
  const auto source = files::open_for_reading(path).value();
  CHECK(read_all(source) == applied(bytes, kVector));

  const auto clear = decrypt(store, source, counting_key(), kVector).value();
  CHECK(read_all(clear) == bytes);
  const auto again = reopen(clear).value();
  CHECK(read_all(again) == bytes);
  struct stat status {};
  REQUIRE(::fstat(clear.get(), &status) == 0);
  CHECK(status.st_nlink == 0);
}
