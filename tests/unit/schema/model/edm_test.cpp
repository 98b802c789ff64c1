#include "schema/model/edm.hpp"

#include "schema/entities/asset.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "schema/model/model.hpp"
#include "schema/model/record.hpp"
#include "tests/support/result.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <set>

namespace lazulite::model {
namespace {

enum class Colour : std::int32_t { kRed = 1 };

struct Everything {
  std::string text;
  std::int32_t small = 0;
  std::int64_t large = 0;
  double real = 0;
  bool flag = false;
  Timestamp time{};
  Guid guid;
  Colour colour = Colour::kRed;
  std::optional<std::int64_t> maybe;
  std::vector<std::string> list;
  std::optional<StreamingEndpointAccessControl> access;
};
constexpr Property kProperties[] = {
    property<&Everything::text>("Text", kKey).limited_to(10),
    property<&Everything::small>("Small"),
    property<&Everything::large>("Large"),
    property<&Everything::real>("Real"),
    property<&Everything::flag>("Flag"),
    property<&Everything::time>("Time"),
    property<&Everything::guid>("Guid"),
    property<&Everything::colour>("Colour"),
    property<&Everything::maybe>("Maybe"),
    property<&Everything::list>("List", kInternal),
    property<&Everything::access>("Access"),
};
constexpr EntityType kEverything{"Everything", "Everythings", "", kProperties, {}};
static_assert(is_well_formed(kEverything));
constexpr const EntityType& entity_type(const Everything*) { return kEverything; }

// A key twice, and a navigation named like a property.
constexpr Property kTwoKeys[] = {property<&Everything::text>("A", kKey), property<&Everything::large>("B", kKey)};
constexpr Property kSameName[] = {property<&Everything::text>("A", kKey), property<&Everything::large>("A")};
constexpr Navigation kNamedA[] = {to_many("A", "Files", "X")};
static_assert(!is_well_formed({"T", "Ts", "", kTwoKeys, {}}));
static_assert(!is_well_formed({"T", "Ts", "", kSameName, {}}));
static_assert(!is_well_formed({"T", "Ts", "", std::span{kProperties}.subspan<1>(), {}}));
static_assert(!is_well_formed({"T", "Ts", "", std::span{kTwoKeys}.first<1>(), kNamedA}));

TEST_CASE("the Edm type and nullability follow the member's C++ type", "[unit][schema]") {
  const EdmType kTypes[] = {EdmType::kString,  EdmType::kInt32,    EdmType::kInt64,  EdmType::kDouble,
                            EdmType::kBoolean, EdmType::kDateTime, EdmType::kGuid,   EdmType::kInt32,
                            EdmType::kInt64,   EdmType::kString,   EdmType::kComplex};
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    CAPTURE(kProperties[i].name);
    CHECK(kProperties[i].type == kTypes[i]);
    CHECK(kProperties[i].nullable == (kProperties[i].name == "Maybe" || kProperties[i].name == "Access"));
    CHECK(kProperties[i].collection == (kProperties[i].name == "List"));
  }
  CHECK(kProperties[10].complex == &kAccessControl);
  CHECK(kProperties[0].max_length == 10);
  CHECK(edm_name(EdmType::kDateTime) == "Edm.DateTime");
  CHECK(edm_name(EdmType::kGuid) == "Edm.Guid");
  CHECK(edm_name(EdmType::kComplex).empty());
}

TEST_CASE("an entity becomes a record and the record the entity", "[unit][schema]") {
  Everything all;
  all.text = "t";
  all.small = INT32_MIN;
  all.large = INT64_MAX;
  all.real = 0.1;
  all.flag = true;
  all.time = dotnet_min_time();
  all.guid.text = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  all.maybe = -5;
  all.list = {"a", ""};
  all.access.emplace();
  all.access->ip.emplace();
  all.access->ip->allow = {{"all", "0.0.0.0", 0}};
  const Record record = to_record(all);
  CHECK(record.key() == "t");
  CHECK(record["Colour"] == Value{1});
  const auto back = to_entity<Everything>(record);
  REQUIRE(back);
  CHECK(to_record(*back).values == record.values);
  CHECK(back->access->ip->allow[0].subnet_prefix_length == 0);
  CHECK_FALSE(back->access->akamai);
}

TEST_CASE("a value of another kind is refused and leaves the member as it was", "[unit][schema]") {
  Everything all;
  all.small = 7;
  all.maybe = 8;
  all.text = "kept";
  const auto refuses = [&](std::string_view name, const Value& value) {
    const auto done = kEverything.find_property(name)->set(&all, value);
    return !done && done.error().code == ErrorCode::kInvalidArgument;
  };
  CHECK(refuses("Small", Value{std::int64_t{INT32_MAX} + 1}));
  CHECK(refuses("Small", Value{std::int64_t{INT32_MIN} - 1}));
  CHECK(refuses("Small", Value{"7"}));
  CHECK(refuses("Small", Value{1.0}));
  CHECK(refuses("Small", Value{}));
  CHECK(refuses("Large", Value{true}));
  CHECK(refuses("Text", Value{1}));
  CHECK(refuses("Flag", Value{"true"}));
  CHECK(refuses("Time", Value{1}));
  CHECK(refuses("Guid", Value{}));
  CHECK(refuses("Maybe", Value{"x"}));
  CHECK(refuses("List", Value{"x"}));
  CHECK(refuses("List", Value{CollectionValue{{Value{1}}}}));
  CHECK(refuses("Access", Value{ComplexValue{}}));
  CHECK(refuses("Access", Value{ComplexValue{{Value{1}, Value{}}}}));
  CHECK(all.small == 7);
  CHECK(all.maybe == 8);
  CHECK(all.text == "kept");
}

TEST_CASE("null clears what may be null, and a text", "[unit][schema]") {
  Everything all;
  all.maybe = 8;
  all.text = "t";
  all.list = {"a"};
  for (const auto* name : {"Maybe", "Text", "List"}) CHECK(kEverything.find_property(name)->set(&all, Value{}));
  CHECK_FALSE(all.maybe);
  CHECK(all.text.empty());
  CHECK(all.list.empty());
}

TEST_CASE("whole numbers fit doubles, and 0 and 1 fit Booleans, as rows keep them", "[unit][schema]") {
  Everything all;
  CHECK(kEverything.find_property("Real")->set(&all, Value{3}));
  CHECK(all.real == 3.0);
  CHECK(kEverything.find_property("Flag")->set(&all, Value{1}));
  CHECK(all.flag);
}

TEST_CASE("every entity type is well formed, and its navigations lead somewhere", "[unit][schema]") {
  std::set<std::string_view> sets;
  for (const auto* type : entity_types()) {
    CAPTURE(type->name);
    CHECK(sets.insert(type->set_name).second);
    CHECK(type->find_property(type->key().name) == &type->key());
    CHECK(
        (type->verbs & kHidden ? find_entity_set(type->set_name) == nullptr : find_entity_set(type->set_name) == type));
    for (const auto& navigation : type->navigations) {
      CAPTURE(navigation.name);
      const auto* target = find_entity_set(navigation.target_set);
      REQUIRE(target != nullptr);
      if (navigation.kind == NavigationKind::kToMany) CHECK(target->find_property(navigation.property) != nullptr);
      if (navigation.kind == NavigationKind::kToOne) CHECK(type->find_property(navigation.property) != nullptr);
    }
  }
  CHECK(find_entity_set("assets") == nullptr);
  CHECK(find_entity_set("MediaAccounts") == nullptr);
}

TEST_CASE("look-ups by name", "[unit][schema]") {
  CHECK(kAsset.find_property("Nothing") == nullptr);
  CHECK(kAsset.find_navigation("Files")->target_set == "Files");
  CHECK(kAsset.find_navigation("files") == nullptr);
  CHECK(kAsset.index_of(*kAsset.find_property("Name")) == 5);
  CHECK(kJob.has_collection());
  CHECK_FALSE(kEverything.has_collection());  // internal ones do not count
  CHECK(is_final(JobState::kCanceled));
  CHECK_FALSE(is_final(JobState::kCanceling));
}

}  // namespace
}  // namespace lazulite::model
