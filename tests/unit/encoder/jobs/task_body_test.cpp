#include "encoder/jobs/task_body.hpp"

#include <catch2/catch.hpp>

namespace lazulite::encoder {
namespace {

TaskBody parsed(std::string_view xml) {
  auto body = parse_task_body(xml);
  INFO(xml);
  REQUIRE(body.has_value());
  return std::move(body).value();
}

TaskBody body_of(std::vector<TaskInput> inputs, std::vector<std::size_t> outputs) {
  TaskBody out{.inputs = std::move(inputs), .outputs = {}};
  for (const auto index : outputs) out.outputs.emplace_back().index = index;
  return out;
}
TaskInput in(std::size_t index) { return {TaskInputKind::kJobInputAsset, index}; }
TaskInput chained(std::size_t index) { return {TaskInputKind::kJobOutputAsset, index}; }

bool refused(std::string_view xml) { return !parse_task_body(xml).has_value(); }

}  // namespace

TEST_CASE("a task body as clients write it is read", "[unit][jobs]") {
  const auto body = parsed(
      R"(<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>)");
  CHECK(body.inputs == std::vector{in(0)});
  REQUIRE(body.outputs.size() == 1);
  CHECK(body.outputs[0] == TaskOutput{});
}

TEST_CASE("the declared encoding, indentation, comments and the case of attributes do not matter", "[unit][jobs]") {
  const auto body = parsed(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<taskBody TaskTemplateId='nb:ttid:UUID:1'>\r\n"
      "  <!-- two inputs --><inputAsset>\r\n    JobInputAsset(1)\r\n  </inputAsset><inputAsset>JobOutputAsset( 4 "
      ")</inputAsset>\n"
      "  <outputAsset AssetCreationOptions=\"1\" assetFormatOption=\"1\" AssetName=\"a &amp; \xC3\xB6\" "
      "StorageAccountName=\" store \"> JobOutputAsset(5) </outputAsset>\n</taskBody>");
  CHECK(body.inputs == std::vector{in(1), chained(4)});
  REQUIRE(body.outputs.size() == 1);
  CHECK(body.outputs[0] == TaskOutput{5, 1, 1, "a & \xC3\xB6", "store"});
}

TEST_CASE("a task body that is not one is refused", "[unit][jobs]") {
  const auto xml = GENERATE(
      "", "text", "<taskBody>", "<other/>", "<taskBody/>",
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset></taskBody>",
      "<taskBody><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset()</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(-1)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(99999999999999999999)</inputAsset><outputAsset>JobOutputAsset(0)</"
      "outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobInputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset><b/>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody>x<inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset "
      "assetCreationOptions='3'>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset "
      "assetFormatOption='2'>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset "
      "assetname='x'>JobOutputAsset(0)</outputAsset></taskBody>",
      "<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody><more/"
      ">");
  const auto body = parse_task_body(xml);
  INFO(xml);
  REQUIRE_FALSE(body.has_value());
  CHECK(body.error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a hostile task body is refused without harm", "[unit][jobs]") {
  std::string deep;
  for (int i = 0; i < 9000; ++i) deep += "<a>";
  CHECK(refused("<taskBody><inputAsset>" + deep));
  std::string many = "<taskBody>";
  for (int i = 0; i < 2000; ++i) many += "<inputAsset>JobInputAsset(0)</inputAsset>";
  CHECK(refused(many + "<outputAsset>JobOutputAsset(0)</outputAsset></taskBody>"));
  CHECK(refused("<taskBody><!--" + std::string(200'000, 'x') + "--></taskBody>"));
  CHECK(
      refused("<!DOCTYPE t [<!ENTITY a 'JobInputAsset(0)'>]><taskBody><inputAsset>&a;</inputAsset>"
              "<outputAsset>JobOutputAsset(0)</outputAsset></taskBody>"));
  CHECK(refused(std::string_view("<taskBody>\0</taskBody>", 22)));
}

TEST_CASE("chained tasks wait for all producers of their inputs", "[unit][jobs]") {
  const TaskBody tasks[] = {body_of({chained(1), in(0)}, {0}), body_of({in(0)}, {1}), body_of({in(1)}, {1, 2}),
                            body_of({chained(2)}, {3})};
  const auto graph = validate_job(tasks, 2, {});
  REQUIRE(graph.has_value());
  REQUIRE(graph->outputs.size() == 4);
  CHECK(graph->outputs[1].producers == std::vector<std::size_t>{1, 2});
  CHECK(graph->producers[0] == std::vector<std::size_t>{1, 2});
  CHECK(graph->producers[1].empty());
  CHECK(graph->producers[3] == std::vector<std::size_t>{2});
}

TEST_CASE("a job whose tasks do not fit together is refused", "[unit][jobs]") {
  const auto code = [](std::vector<TaskBody> tasks, std::size_t inputs, JobLimits limits = {}) {
    const auto graph = validate_job(tasks, inputs, limits);
    return graph ? std::string("accepted") : std::string(error_code_name(graph.error().code));
  };
  CHECK(code({body_of({in(0)}, {0})}, 1) == "accepted");
  CHECK(code({}, 1) == "InvalidArgument");
  CHECK(code({body_of({in(0)}, {0})}, 0) == "InvalidArgument");
  CHECK(code({body_of({in(1)}, {0})}, 1) == "InvalidArgument");                                   // no such input
  CHECK(code({body_of({chained(1)}, {0})}, 1) == "InvalidArgument");                              // no producer
  CHECK(code({body_of({in(0)}, {1})}, 1) == "InvalidArgument");                                   // gap
  CHECK(code({body_of({in(0)}, {0, 0})}, 1) == "InvalidArgument");                                // twice
  CHECK(code({body_of({chained(0)}, {0})}, 1) == "InvalidArgument");                              // itself
  CHECK(code({body_of({chained(1)}, {0}), body_of({chained(0)}, {1})}, 1) == "InvalidArgument");  // circle
  CHECK(code({body_of({in(0)}, {0}), body_of({in(0)}, {1})}, 1, JobLimits{1, 50, 100}) == "Forbidden");
  CHECK(code({body_of({in(0), in(1)}, {0})}, 2, JobLimits{30, 2, 100}) == "Forbidden");
  CHECK(code({body_of({in(0)}, {0})}, 2, JobLimits{30, 50, 2}) == "Forbidden");
}

}  // namespace lazulite::encoder
