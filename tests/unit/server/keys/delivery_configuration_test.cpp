#include "server/keys/delivery_configuration.hpp"

#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

using namespace lazulite;
using namespace lazulite::keys;

TEST_CASE("a delivery configuration is read as clients write it", "[unit][server]") {
  const auto read = parse_delivery_configuration(
      R"([{"Key":2,"Value":"https:\/\/keys.example\/?a=1"},{"key":"3","value":"19fX19fX19fX19fX19fX1w=="},
          {"Key":6,"Value":"D7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7"},{"Key":9,"Value":"skd://x"},
          {"Key":12,"Value":"mp4a, ec-3"},{"Key":13,"Value":"True"},{"Key":5,"Value":"<a/>"}])");
  REQUIRE(read);
  CHECK(read->size() == 7);
  CHECK(read->at(DeliveryKey::kEnvelopeBaseKeyAcquisitionUrl) == "https://keys.example/?a=1");
  CHECK(read->at(DeliveryKey::kFairPlayLicenseAcquisitionUrl) == "skd://x");
  for (const auto* empty : {"", "  ", "[]", "null"}) CHECK(parse_delivery_configuration(empty).value().empty());
}

TEST_CASE("delivery configurations that say nothing usable are refused", "[unit][server]") {
  for (const auto* bad :
       {"{}", "text", "[1]", "[{}]", R"([{"Key":1}])", R"([{"Key":0,"Value":"a"}])", R"([{"Key":14,"Value":"a"}])",
        R"([{"Key":"x","Value":"a"}])", R"([{"Key":1,"Value":1}])", R"([{"Key":1,"Value":"not a url"}])",
        R"([{"Key":3,"Value":"AAEC"}])", R"([{"Key":6,"Value":"d7"}])", R"([{"Key":11,"Value":"zz"}])",
        R"([{"Key":12,"Value":"mp4a,toolong"}])", R"([{"Key":13,"Value":"maybe"}])",
        R"([{"Key":1,"Value":"https://a/"},{"Key":1,"Value":"https://b/"}])"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_delivery_configuration(bad));
  }
}
