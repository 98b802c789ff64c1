// base64, crypto, ids and result: the small ones.
#include "schema/base/base64.hpp"
#include "schema/base/crypto.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace lazulite {
namespace {

TEST_CASE("base64 as RFC 4648 §10 shows it", "[unit][schema]") {
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : kVectors) {
    CHECK(base64_encode(as_bytes(plain)) == encoded);
    CHECK(as_text(base64_decode(encoded).value()) == plain);
  }
  const std::vector<std::uint8_t> bytes = {0xfb, 0xff, 0xfe, 0x3f};
  CHECK(base64_encode(bytes) == "+//+Pw==");
  CHECK(base64url_encode(bytes) == "-__-Pw");
  for (const auto* text : {"+//+Pw==", "-__-Pw", "+//+Pw"}) CHECK(base64_decode(text).value() == bytes);
}

TEST_CASE("text that is not base64 is refused", "[unit][schema]") {
  for (const auto* text : {"Z", "Zg=", "Zg===", "Z===", "Zm9v=", "Zm 9", "Zm9v\n", "Zm=v", "=", "====", "Zm8\xC3"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
}

TEST_CASE("digests as their standards show them", "[unit][schema]") {
  CHECK(to_hex(md5(as_bytes("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_hex(md5({})) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(to_hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231 test case 2.
  CHECK(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("an MD5 in pieces is the MD5 of the whole", "[unit][schema]") {
  Md5Stream stream;
  stream.update(as_bytes("a"));
  stream.update({});
  Md5Stream moved = std::move(stream);
  moved.update(as_bytes("bc"));
  CHECK(moved.finish() == md5(as_bytes("abc")));
}

TEST_CASE("random bytes fill what is asked for and differ", "[unit][schema]") {
  CHECK(random_bytes(std::size_t{0}).empty());
  CHECK(random_bytes(std::size_t{32}).size() == 32);
  CHECK(random_bytes(std::size_t{32}) != random_bytes(std::size_t{32}));
}

TEST_CASE("texts compare in constant time", "[unit][schema]") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST_CASE("GUIDs are read in any case, with braces, and written in lower case", "[unit][schema]") {
  constexpr std::string_view kText = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  for (const auto* text : {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
                           "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}"}) {
    CHECK(Uuid::parse(text).value().text() == kText);
  }
  CHECK(to_hex(Uuid::parse(kText).value().dotnet_bytes()) == "10b8a76bad9dd11180b400c04fd430c8");
  for (const auto* text : {"", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c",
                           "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b810+9dad-11d1-80b4-00c04fd430c8",
                           "{6ba7b810-9dad-11d1-80b4-00c04fd430c8"}) {
    CAPTURE(text);
    CHECK_FALSE(Uuid::parse(text));
  }
}

TEST_CASE("random GUIDs are of version 4 and differ", "[unit][schema]") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = Uuid::random().text();
    CHECK(text[14] == '4');
    CHECK(std::string_view{"89ab"}.find(text[19]) != std::string_view::npos);
    CHECK(seen.insert(text).second);
  }
}

TEST_CASE("entity ids are brought to their stored form or refused", "[unit][schema]") {
  CHECK(normalize_entity_id("nb:cid:UUID:", "NB:CID:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8").value() ==
        "nb:cid:UUID:6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  for (const auto* text :
       {"", "nb:cid:UUID:", "nb:jid:UUID:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "nb:cid:UUID:6ba7b810-9dad-11d1-80b4-00c04fd430c8 "}) {
    CAPTURE(text);
    CHECK_FALSE(normalize_entity_id("nb:cid:UUID:", text));
  }
  const std::string made = new_entity_id("nb:cid:UUID:");
  CHECK(normalize_entity_id("nb:cid:UUID:", made).value() == made);
  CHECK(guid_of("nb:cid:UUID:6ba7b810") == "6ba7b810");
  CHECK(guid_of("6ba7b810") == "6ba7b810");
}

Result<int> halve(int number) {
  if (number % 2 != 0) return fail_with(ErrorCode::kConflict, "Odd", "{} is odd", number);
  return number / 2;
}
Result<int> quarter(int number) {
  LAZULITE_TRY(const int half, halve(number));
  LAZULITE_CHECK(halve(half));
  LAZULITE_TRY(const int result, halve(half));
  LAZULITE_TRY(const int again, halve(half));
  return result == again ? result : 0;
}

TEST_CASE("TRY and CHECK hand on values and errors, also two on a line", "[unit][schema]") {
  CHECK(quarter(8).value() == 2);
  const auto failed = quarter(6);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kConflict);
  CHECK(failed.error().message == "3 is odd");
  CHECK(failed.error().detail == "Odd");
  CHECK_THROWS_AS(failed.value(), std::logic_error);
  CHECK(std::string_view{error_code_name(ErrorCode::kPreconditionFailed)} == "PreconditionFailed");
  CHECK(std::string_view{error_code_name(ErrorCode::kInternal)} == "Internal");
}

}  // namespace
}  // namespace lazulite
