// Hostile and broken input over the wire: each gets the protocol's clear error, never a crash, never a partial effect.
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>

namespace lazulite::test {
namespace {

ServerProcess& server() {
  static ServerProcess instance;
  return instance;
}
ApiClient& api() {
  static ApiClient instance{server()};
  return instance;
}

std::size_t count(const std::string& set) { return std::stoul(api().call("GET", set + "/$count").body); }

HttpAnswer storage(const std::string& method, const std::string& url, std::string_view body = {}) {
  const auto [base, target] = parse_url(url);
  HttpClient client{base};
  return client.send(method, target, {{"x-ms-blob-type", "BlockBlob"}}, body);
}

std::string with_name(const std::string& sas, const std::string& encoded_name) {
  const auto question = sas.find('?');
  return sas.substr(0, question) + "/" + encoded_name + sas.substr(question);
}

// The one ErrorDetail of a job's one task, which must have ended in Error.
std::pair<std::string, std::string> error_of(const std::string& name, const std::string& bytes,
                                             const std::string& preset) {
  const auto asset = api().create_asset(name);
  api().upload(api().create_sas(asset, 2), name, bytes);
  api().create_file_infos(asset);
  const auto job = api().create_job(asset, api().find_processor("Media Encoder Standard"), preset);
  CHECK(api().wait_for_job(job) == 4);
  const auto tasks = api().json("GET", "Jobs('" + job + "')/Tasks", "", 200);
  const auto& details = tasks.at("value").at(0).at("ErrorDetails").as_array();
  REQUIRE(details.size() == 1);
  return {details.at(0).at("Code").as_string().c_str(), details.at(0).at("Message").as_string().c_str()};
}

}  // namespace

TEST_CASE("calls without a good token are 401, except the service document and $metadata", "[integration]") {
  HttpClient client{server().control()};
  CHECK(client.get("/api/").status == 200);
  CHECK(client.get("/api/$metadata").status == 200);
  const auto refused = client.get("/api/Assets", {{"Accept", "application/json"}});
  CHECK(refused.status == 401);
  CHECK(refused.header("www-authenticate").starts_with("Bearer"));
  CHECK(client.get("/api/Assets", {{"Authorization", "Bearer " + std::string(5000, 'x')}}).status == 401);
}

TEST_CASE("bad bodies are refused and change nothing", "[integration]") {
  const auto before = count("Assets");
  for (const std::string body :
       {"{", "[]", "\"x\"", "{\"Name\":}", "{\"Nmae\":\"x\"}", "{\"Options\":\"many\"}", "<entry/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><entry/>", "{\"Name\":\"a\\u0000b\"}", "{\"Name\":\"\xff\"}"}) {
    INFO(body);
    CHECK(api().call("POST", "Assets", body).status == 400);
  }
  CHECK(api().call("POST", "Assets", std::string(2000, '[')).status == 400);
  CHECK(api().call("POST", "Assets", "{\"Name\":\"" + std::string(5 << 20, 'x') + "\"}").status == 413);
  CHECK(count("Assets") == before);
}

TEST_CASE("bad keys and filters are 400, unknown ones 404", "[integration]") {
  CHECK(api().call("GET", "Assets('nb:cid:UUID:zz')").status == 400);
  CHECK(api().call("GET", "Assets('nb:cid:UUID:00000000-0000-0000-0000-000000000000')").status == 404);
  CHECK(api().call("GET", "Nothing").status == 404);
  CHECK(api().call("GET", "Assets?$filter=Name%20eq").status == 400);
  CHECK(api().call("GET", "Assets?$filter=Nope%20eq%20'x'").status == 400);
  CHECK(api().call("GET", "Assets?$filter=" + std::string(3000, '(')).status == 400);
  CHECK(api().call("GET", "Assets", "", {{"Accept", "text/plain"}}).status == 415);
  CHECK(api().call("POST", "$batch", "--b\n", {{"Content-Type", "multipart/mixed; boundary=b"}}).status == 400);
}

TEST_CASE("path tricks in blob names never leave the container", "[integration]") {
  const auto asset = api().create_asset("tricks");
  const auto sas = api().create_sas(asset, 1 | 2 | 8);
  for (const std::string name : {"..%2f..%2fx", "%2e%2e/x", "a/../../x", "a%00b", "..", "a%0ab"}) {
    INFO(name);
    CHECK(storage("PUT", with_name(sas, name), "x").status == 400);
  }
  CHECK(storage("PUT", with_name(sas, std::string(1025, 'a')), "x").status == 400);
  CHECK(storage("PUT", with_name(sas, std::string(1000, 'a')), "x").status == 201);
  CHECK(http_get(with_name(sas, std::string(1000, 'a'))).body == "x");
}

TEST_CASE("SAS are verified to the letter", "[integration]") {
  const auto asset = api().create_asset("sas");
  const auto sas = api().create_sas(asset, 2);
  CHECK(storage("PUT", with_name(sas, "a.txt"), "x").status == 201);
  CHECK(storage("GET", with_name(sas, "a.txt")).status == 403);  // write only
  const auto signature = sas.find("sig=") + 4;
  std::string forged = sas;
  forged[signature] = forged[signature] == 'A' ? 'B' : 'A';
  CHECK(storage("PUT", with_name(forged, "a.txt"), "x").status == 403);
  CHECK(storage("PUT", sas.substr(0, sas.find('?')) + "/a.txt", "x").status >= 400);
  // Another asset's container does not open to it.
  const auto other = api().create_asset("other");
  std::string moved = with_name(sas, "a.txt");
  moved.replace(moved.find(asset.substr(asset.rfind(':') + 1)), 36, other.substr(other.rfind(':') + 1));
  CHECK(storage("PUT", moved, "x").status == 403);
}

TEST_CASE("a deleted locator opens nothing any more", "[integration]") {
  const auto asset = api().create_asset("revoked");
  const auto sas = api().create_sas(asset, 1 | 2);
  CHECK(storage("PUT", with_name(sas, "a.txt"), "x").status == 201);
  const auto locators = api().json("GET", "Assets('" + asset + "')/Locators", "", 200);
  const std::string id = locators.at("value").at(0).at("Id").as_string().c_str();
  CHECK(api().call("DELETE", "Locators('" + id + "')").status == 204);
  CHECK(storage("GET", with_name(sas, "a.txt")).status == 403);
}

TEST_CASE("uploads that are no media end their task with a code and a reason", "[integration]") {
  const TemporaryFolder folder;
  make_clip(folder.path() / "clip.mp4", {.seconds = 2, .width = 320, .height = 180, .rate = "25"});
  const std::string clip = read_file_text(folder.path() / "clip.mp4");
  for (const auto& [name, bytes] :
       {std::pair{"text.mp4", std::string{"this is not a film"}}, {"cut.mp4", clip.substr(0, 3000)}}) {
    const auto [code, message] = error_of(name, bytes, "H264 Single Bitrate 720p");
    INFO(name << ": " << code << ": " << message);
    CHECK((code == "ErrorDownloadingInputAssetMalformedContent" || code == "ErrorExecutingTaskMalformedContent"));
    CHECK(message.find(name) != std::string::npos);
  }
  for (const auto* preset : {"No Such Preset", "{\"Version\":"}) {
    const auto [code, message] = error_of("clip.mp4", clip, preset);
    INFO(preset << ": " << code << ": " << message);
    CHECK(code == "ErrorParsingConfiguration");
    CHECK(message.size() > 10);
  }
}

TEST_CASE("an .ism that names a missing or broken file is a clear error", "[integration]") {
  const auto asset = api().create_asset("broken");
  const auto sas = api().create_sas(asset, 2);
  const auto ism = [](const std::string& src) {
    return "<smil><body><switch><video src=\"" + src + "\"/></switch></body></smil>";
  };
  api().upload(sas, "missing.ism", ism("nothing.mp4"));
  api().upload(sas, "text.mp4", "no media at all");
  api().upload(sas, "broken.ism", ism("text.mp4"));
  api().upload(sas, "garbage.ism", "<<<");
  api().create_file_infos(asset);
  const auto base = api().publish(asset);
  const auto missing = http_get(base + "missing.ism/Manifest");
  CHECK(missing.status == 404);
  CHECK(missing.header("x-ams-error-code") == "MPE_STORAGE_RESOURCE_NOT_FOUND");
  CHECK(http_get(base + "broken.ism/Manifest").status == 415);
  CHECK(http_get(base + "garbage.ism/Manifest").status == 415);
  CHECK(http_get(base + "nothing.ism/Manifest").status == 404);
  CHECK(http_get(server().stream() + "/00000000-0000-0000-0000-000000000000/a.ism/Manifest").status == 404);
  CHECK(http_get(base + "missing.ism/QualityLevels(99999999999999999999)/Fragments(video=0)").status >= 400);
}

TEST_CASE("no secret is ever logged", "[integration]") {
  const auto asset = api().create_asset("secrets");
  const auto sas = api().create_sas(asset, 2);
  storage("PUT", with_name(sas, "a.txt"), "x");
  const auto log = server().log();
  CHECK(log.find("PUT /") != std::string::npos);
  for (const auto& secret :
       {sas.substr(sas.find("sig=") + 4, 20), std::string{"sig="}, api().token(), std::string{"HMACSHA256"}}) {
    CHECK(log.find(secret) == std::string::npos);
  }
}

}  // namespace lazulite::test
