// Storage encryption from end to end: a client uploads cipher text, a job reads and writes it, the origin delivers
// clear media where a delivery policy says so, and no blob holds a clear byte (accounts-storage.md C.6).
#include "schema/base/base64.hpp"
#include "schema/base/certificate.hpp"
#include "schema/base/counter_cipher.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "tests/support/api_client.hpp"
#include "tests/support/media.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace lazulite::test {
namespace {

namespace json = boost::json;

std::string text(const json::value& value) { return value.as_string().c_str(); }

std::string applied(std::string bytes, const StorageKey& key, std::uint64_t vector) {
  CounterCipher cipher{key, vector};
  cipher.apply({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

// A client of the service that encrypts what it uploads.
struct EncryptingClient {
  ServerProcess server;
  ApiClient api{server};
  StorageKey key{};
  static constexpr std::uint64_t kVector = 0xfedcba9876543210;

  EncryptingClient() {
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 5 + 1);
  }

  std::string post(const std::string& set, const json::object& body) {
    return text(api.json("POST", set, json::serialize(body), 201).at("Id"));
  }
  void link(const std::string& asset, const std::string& navigation, const std::string& set, const std::string& id) {
    const json::object body{{"uri", server.control() + "/api/" + set + "('" + percent_encode(id) + "')"}};
    api.json("POST", "Assets('" + asset + "')/$links/" + navigation, json::serialize(body), 204);
  }

  std::string make_key() {
    const auto thumbprint = text(api.json("GET", "GetProtectionKeyId?contentKeyType=1", "", 200).at("value"));
    const auto certificate =
        text(api.json("GET", "GetProtectionKey?ProtectionKeyId='" + thumbprint + "'", "", 200).at("value"));
    const auto wrapped = encrypt_for_certificate(base64_decode(certificate).value(), key).value();
    return post("ContentKeys", {{"Id", "nb:kid:UUID:" + Uuid::random().text()},
                                {"ContentKeyType", 1},
                                {"EncryptedContentKey", base64_encode(wrapped)},
                                {"ProtectionKeyId", thumbprint},
                                {"ProtectionKeyType", 0}});
  }

  // An asset with one encrypted file.
  std::string upload(const std::string& clear) {
    const auto asset = post("Assets", {{"Name", "encrypted"}, {"Options", 1}});
    const auto key_id = make_key();
    link(asset, "ContentKeys", "ContentKeys", key_id);
    api.upload(api.create_sas(asset, 2), "clip.mp4", applied(clear, key, kVector));
    post("Files", {{"Name", "clip.mp4"},
                   {"ParentAssetId", asset},
                   {"ContentFileSize", std::to_string(clear.size())},
                   {"IsPrimary", true},
                   {"IsEncrypted", true},
                   {"EncryptionScheme", "StorageEncryption"},
                   {"EncryptionVersion", "1.0"},
                   {"EncryptionKeyId", key_id},
                   {"InitializationVector", std::to_string(kVector)}});
    return asset;
  }

  // Encodes it into another asset that is storage-encrypted; that asset.
  std::string encode(const std::string& asset) {
    const auto* body =
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>"
        "<outputAsset assetCreationOptions=\"1\" assetName=\"out\">JobOutputAsset(0)</outputAsset></taskBody>";
    const auto uri = "https://x/api/Assets('" + percent_encode(asset) + "')";
    const json::object task{{"Name", "encode"},
                            {"Configuration", "H264 Single Bitrate 720p"},
                            {"MediaProcessorId", api.find_processor("Media Encoder Standard")},
                            {"TaskBody", body}};
    const auto job =
        post("Jobs", {{"Name", "job"},
                      {"InputMediaAssets", json::array{json::object{{"__metadata", json::object{{"uri", uri}}}}}},
                      {"Tasks", json::array{task}}});
    INFO(json::serialize(api.json("GET", "Jobs('" + job + "')/Tasks", "", 200)));
    REQUIRE(api.wait_for_job(job) == 3);
    return api.output_assets(job).at(0);
  }

  // As every client of the service gets a key in the clear.
  StorageKey clear_key(const std::string& key_id) {
    const auto answer =
        api.json("GET", "RebindContentKey?id='" + percent_encode(key_id) + "'&x509Certificate=''", "", 200);
    const auto bytes = base64_decode(text(answer.at("value"))).value();
    StorageKey out{};
    REQUIRE(bytes.size() == out.size());
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
};

HttpAnswer get_blob(const std::string& sas, const std::string& name) {
  const auto question = sas.find('?');
  return http_get(sas.substr(0, question) + "/" + percent_encode(name) + sas.substr(question));
}

}  // namespace

TEST_CASE("a storage-encrypted asset is encoded into another one, and delivered in the clear by policy",
          "[integration]") {
  EncryptingClient client;
  auto& api = client.api;
  const TemporaryFolder folder;
  make_clip(folder.path() / "clip.mp4", {.seconds = 2, .width = 320, .height = 180, .rate = "25"});
  const auto clear = read_file_text(folder.path() / "clip.mp4");
  const auto input = client.upload(clear);
  const auto output = client.encode(input);

  // Every file of the output is cipher text, whose key and vector the API tells.
  const auto sas = api.create_sas(output, 1 | 8);
  const auto files = api.files(output);
  REQUIRE(files.size() >= 2);
  for (const auto& file : files) {
    const auto name = text(file.at("Name"));
    INFO(name);
    CHECK(file.at("IsEncrypted").as_bool());
    CHECK(text(file.at("EncryptionScheme")) == "StorageEncryption");
    const auto stored = get_blob(sas, name).body;
    CHECK(std::to_string(stored.size()) == text(file.at("ContentFileSize")));
    const auto plain = applied(stored, client.clear_key(text(file.at("EncryptionKeyId"))),
                               parse_uint64(text(file.at("InitializationVector"))).value());
    if (name.ends_with(".mp4")) {
      CHECK(plain.substr(4, 4) == "ftyp");
      CHECK(stored.substr(4, 4) != "ftyp");
    }
    if (name.ends_with(".ism")) CHECK(plain.find("<smil") != std::string::npos);
  }

  const auto policy = client.post("AssetDeliveryPolicies",
                                  {{"Name", "clear"}, {"AssetDeliveryProtocol", 31}, {"AssetDeliveryPolicyType", 2}});
  client.link(output, "DeliveryPolicies", "AssetDeliveryPolicies", policy);
  const auto url = api.streaming_url(output);
  for (const auto* format : {"mpd-time-csf", "m3u8-aapl"}) {
    std::size_t frames = 0;
    for (const auto& stream : decode_all(url + "/Manifest(format=" + format + ")")) {
      if (stream.type == "video") frames = std::max<std::size_t>(frames, stream.frames);
    }
    CHECK(frames == 50);
  }
  // The file as a whole, too, and a part of it.
  client.link(input, "DeliveryPolicies", "AssetDeliveryPolicies", policy);
  const auto file = api.publish(input) + "clip.mp4";
  CHECK(http_get(file).body == clear);
  CHECK(http_get(file, {{"Range", "bytes=1000-1999"}}).body == clear.substr(1000, 1000));
  CHECK(get_blob(api.create_sas(input, 1), "clip.mp4").body == applied(clear, client.key, EncryptingClient::kVector));
}

}  // namespace lazulite::test
