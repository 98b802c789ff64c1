#include "server/stream/delivery_rules.hpp"

#include "schema/entities/asset_filter.hpp"
#include "tests/unit/server/stream/stream_fixture.hpp"

using namespace lazulite;
using namespace lazulite::stream;

TEST_CASE("the rules of a locator hold the filters of its asset and account, the asset's own first", "[unit][server]") {
  PublishedAsset site;
  const auto with_bitrate = [](std::int32_t bitrate) { return FirstQuality{bitrate}; };
  site.write([&](rows::Session& session) -> Result<void> {
    for (const auto* name : {"z", "both"}) {
      LAZULITE_CHECK(rows::insert(session, PublishedAsset::kAccount, Filter{name, {}, {}, with_bitrate(1)}));
    }
    for (const auto& [asset, name] :
         {std::pair{site.asset.id, "both"}, {site.asset.id, "a"}, {std::string{"nb:cid:UUID:other"}, "other"}}) {
      const AssetFilter filter{asset_filter_id(asset, name), asset, name, {}, {}, with_bitrate(2)};
      LAZULITE_CHECK(rows::insert(session, PublishedAsset::kAccount, filter));
    }
    return {};
  });
  const auto rules =
      site.database->read([&](rows::Session& session) { return compile_rules(session, guid_of(site.locator.id)); });
  REQUIRE(rules);
  const auto bitrate_of = [&](std::string_view name) {
    const auto* filter = (*rules)->find_filter(name);
    return filter != nullptr ? *filter->filter->first_quality : 0;
  };
  CHECK(bitrate_of("z") == 1);
  CHECK(bitrate_of("both") == 2);
  CHECK(bitrate_of("a") == 2);
  CHECK(bitrate_of("other") == 0);
  CHECK(bitrate_of("A") == 0);
}
