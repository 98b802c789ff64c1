#include "server/auth/form.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::auth;

TEST_CASE("a form gives its fields decoded, whatever the case of their names", "[unit][auth]") {
  const auto form = Form::parse("grant_type=client_credentials&Scope=urn%3aWindowsAzureMediaServices&empty=&flag");
  REQUIRE(form);
  CHECK(form->find("grant_type") == "client_credentials");
  CHECK(form->find("scope") == "urn:WindowsAzureMediaServices");
  CHECK_FALSE(form->find("empty"));
  CHECK_FALSE(form->find("flag"));
}

TEST_CASE("white space around form names and values does not count", "[unit][auth]") {
  const auto form = Form::parse("client_secret=abc%3D &scope= x \r\n& name =%20y%20");
  REQUIRE(form);
  CHECK(form->find("client_secret") == "abc=");
  CHECK(form->find("scope") == "x");
  CHECK(form->find("name") == "y");
}

TEST_CASE("a raw plus in a secret is read both ways", "[unit][auth]") {
  const auto form = Form::parse("client_secret=+a+b%3D &other=1");
  REQUIRE(form);
  CHECK(form->find_secret("client_secret") == std::vector<std::string>{"a b=", "+a+b="});
}

TEST_CASE("a form in a JSON string is unwrapped", "[unit][auth]") {
  const auto form = Form::parse(R"("grant_type=client_credentials&client_id=a\/b")");
  REQUIRE(form);
  CHECK(form->find("client_id") == "a/b");
}

TEST_CASE("hostile forms are refused", "[unit][auth]") {
  CHECK(Form::parse("a=%zz").error().code == ErrorCode::kInvalidArgument);
  CHECK(Form::parse("a=%4").error().code == ErrorCode::kInvalidArgument);
  CHECK(Form::parse("a=%00").error().code == ErrorCode::kInvalidArgument);
  CHECK(Form::parse(std::string{"a=\0", 3}).error().code == ErrorCode::kInvalidArgument);
  CHECK(Form::parse("a=%ff").error().code == ErrorCode::kInvalidArgument);
  CHECK(Form::parse(std::string(Form::kMaxBytes + 1, 'a')).error().code == ErrorCode::kTooLarge);
  CHECK(Form::parse(std::string(Form::kMaxFields, '&')).error().code == ErrorCode::kTooLarge);
  CHECK(Form::parse(std::string(Form::kMaxBytes, '"')));
}
