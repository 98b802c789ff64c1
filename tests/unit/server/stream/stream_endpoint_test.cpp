#include "server/stream/stream_endpoint.hpp"

#include "schema/base/gzip.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset_filter.hpp"
#include "tests/support/media.hpp"
#include "tests/support/server_process.hpp"
#include "tests/unit/server/stream/stream_fixture.hpp"

#include <pugixml.hpp>

#include <set>

using namespace lazulite;
using namespace lazulite::stream;
using namespace std::chrono_literals;

namespace {

constexpr long kVideoFrames = 120;

// Two renditions with the same key frames, 4 s; made once.
const std::filesystem::path& clips() {
  static const test::TemporaryFolder folder;
  static const bool made = [] {
    for (const int height : {90, 180}) {
      const auto ran = test::run_command(
          fmt::format("ffmpeg -v error -y -f lavfi -i testsrc2=s={}x{}:r=30:d=4 -f lavfi -i sine=r=48000:d=4 -c:v "
                      "libx264 -preset veryfast -g 60 "
                      "-keyint_min 60 -sc_threshold 0 -pix_fmt yuv420p -c:a aac -ac 2 -b:a 64k {}/clip_{}.mp4",
                      height * 16 / 9, height, folder.path().string(), height));
      if (ran.status != 0) return false;
    }
    return true;
  }();
  REQUIRE(made);
  return folder.path();
}

constexpr const char* kIsm = R"(<smil><body><switch><video src="clip_180.mp4"/><video src="clip_90.mp4"/>
  <audio src="clip_90.mp4" title="AAC_und_ch2_64kbps"/></switch></body></smil>)";

struct PublishedClip : PublishedAsset {
  PublishedClip() {
    add_file("clip_180.mp4", test::read_text(clips() / "clip_180.mp4"), "video/mp4");
    add_file("clip_90.mp4", test::read_text(clips() / "clip_90.mp4"));
    add_file("clip.ism", kIsm);
  }
};

std::vector<std::string> uris_of(const std::string& playlist) {
  std::vector<std::string> out;
  for (const std::string_view line : split(playlist, '\n')) {
    if (const auto at = line.find("URI=\""); at != std::string_view::npos) {
      const auto rest = line.substr(at + 5);
      out.emplace_back(rest.substr(0, rest.find('"')));
    } else if (!line.empty() && line[0] != '#') {
      out.emplace_back(line);
    }
  }
  return out;
}

// Checks that HEAD and GET of a URL agree in status, size and validators, and that the ETag gives 304; returns the
// body.
std::string check_url(PublishedAsset& site, const std::string& tail) {
  INFO(tail);
  const auto got = site.get(tail);
  REQUIRE(got.status == 200);
  const auto head = site.send("HEAD", site.base() + tail);
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.content_length == got.body.size());
  for (const char* name : {"ETag", "Last-Modified", "Content-Type", "Cache-Control"}) {
    CHECK_FALSE(got.headers.get(name).empty());
    CHECK(head.headers.get(name) == got.headers.get(name));
  }
  CHECK(got.headers.get("Access-Control-Allow-Origin") == "*");
  const auto unmodified = site.get(tail, {{"If-None-Match", std::string{got.headers.get("ETag")}}});
  CHECK(unmodified.status == 304);
  CHECK(unmodified.body.empty());
  return got.body.text();
}

// Decodes bytes as a file; the frames of its only stream.
long frames_of(const std::string& bytes, const std::string& name) {
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / name, bytes);
  const auto streams = test::decode_all((folder.path() / name).string());
  REQUIRE(streams.size() == 1);
  return streams[0].frames;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("all of an HLS presentation is served, and HEAD, ETags and ranges fit", "[unit][server]") {
  PublishedClip site;
  std::set<std::string> etags;
  const std::string master = check_url(site, "clip.ism/Manifest(format=m3u8-aapl)");
  const auto children = uris_of(master);
  REQUIRE(children.size() == 6);
  for (const std::string& child : children) {
    const std::string level = child.substr(0, child.find('/') + 1);
    std::string all;
    const auto segments = uris_of(check_url(site, "clip.ism/" + child));
    for (const std::string& segment : segments) {
      const std::string tail = fmt::format("clip.ism/{}{}", level, segment);
      const std::string bytes = check_url(site, tail);
      all += bytes;
      const auto whole = site.get(tail);
      CHECK(whole.headers.get("Content-Type") == "video/MP2T");
      CHECK(whole.headers.get("Cache-Control") == "public, max-age=86400");
      etags.insert(std::string{whole.headers.get("ETag")});
      const auto part = site.get(tail, {{"Range", "bytes=100-287"}});
      CHECK(part.status == 206);
      CHECK(part.body.text() == bytes.substr(100, 188));
      CHECK(part.headers.get("Content-Range") == fmt::format("bytes 100-287/{}", bytes.size()));
    }
    const bool is_video = child.find("(video") != std::string::npos;
    const bool is_keyframes = child.find("type=keyframes") != std::string::npos;
    if (is_video) CHECK(frames_of(all, "all.ts") == (is_keyframes ? 2 : kVideoFrames));
    if (!is_video) CHECK(frames_of(all, "all.ts") == 189);
  }
  CHECK(etags.size() == 2 * (1 + 2) + 1);  // each segment and key frame of both renditions, and the audio segment
}

TEST_CASE("all of a Smooth and of a DASH presentation is served", "[unit][server]") {
  PublishedClip site;
  const std::string manifest = check_url(site, "clip.ism/Manifest");
  const std::string mpd = check_url(site, "clip.ism/manifest(format=mpd-time-csf)");
  pugi::xml_document document;
  REQUIRE(document.load_string(mpd.c_str()));
  REQUIRE(document.load_string(manifest.c_str()));
  long levels = 0;
  for (const auto stream : document.child("SmoothStreamingMedia").children("StreamIndex")) {
    const std::string url = stream.attribute("Url").as_string();
    const bool is_video = std::string_view{stream.attribute("Type").as_string()} == "video";
    for (const auto level : stream.children("QualityLevel")) {
      ++levels;
      const std::string of_level = "clip.ism/" + replaced(url, "{bitrate}", level.attribute("Bitrate").as_string());
      const std::string init = check_url(site, replaced(of_level, "{start time})", "i,format=mpd-time-csf)"));
      std::string smooth = init, dash = init;
      std::uint64_t at = 0;
      for (const auto chunk : stream.children("c")) {
        for (int i = chunk.attribute("r").as_int(1); i > 0; --i, at += chunk.attribute("d").as_ullong()) {
          smooth += check_url(site, replaced(of_level, "{start time}", std::to_string(at)));
          dash += check_url(site, replaced(of_level, "{start time})", std::to_string(at) + ",format=mpd-time-csf)"));
        }
      }
      CHECK(frames_of(smooth, "smooth.mp4") == (is_video ? kVideoFrames : 189));
      CHECK(frames_of(dash, "dash.mp4") == (is_video ? kVideoFrames : 189));
    }
  }
  CHECK(levels == 3);
}

TEST_CASE("manifests are compressed for who takes it, media never", "[unit][server]") {
  PublishedClip site;
  const std::string tail = "clip.ism/Manifest(format=mpd-time-csf)";
  const PublishedAsset::Headers gzip_only{{"Accept-Encoding", "br;q=1, GZIP;q=0.8"}};
  const auto plain = site.get(tail);
  CHECK(plain.headers.get("Content-Encoding").empty());
  CHECK(plain.headers.get("Vary") == "Accept-Encoding");
  const auto packed = site.get(tail, gzip_only);
  CHECK(packed.status == 200);
  CHECK(packed.headers.get("Content-Encoding") == "gzip");
  CHECK(packed.headers.get("Content-Type") == "application/dash+xml");
  CHECK(packed.headers.get("ETag") != plain.headers.get("ETag"));
  CHECK(packed.body.size() < plain.body.size());
  CHECK(gunzip(packed.body.text(), plain.body.size()).value() == plain.body.text());
  const auto head = site.send("HEAD", site.base() + tail, gzip_only);
  CHECK(head.content_length == packed.body.size());
  CHECK(head.headers.get("Content-Encoding") == "gzip");
  const auto unmodified = site.get(tail, {gzip_only[0], {"If-None-Match", std::string{packed.headers.get("ETag")}}});
  CHECK(unmodified.status == 304);
  CHECK(unmodified.headers.get("Vary") == "Accept-Encoding");
  CHECK(site.get(tail, {{"Accept-Encoding", "gzip;q=0"}}).body.text() == plain.body.text());
  CHECK(site.get(tail, {gzip_only[0], {"Range", "bytes=0-9"}}).body.text() == plain.body.text().substr(0, 10));
  CHECK(site.get("clip_90.mp4", gzip_only).headers.get("Content-Encoding").empty());
}

TEST_CASE("filters of the asset and the account cut manifests down, and a changed one shows", "[unit][server]") {
  PublishedClip site;
  Filter audio;
  audio.name = "sound";
  audio.tracks = {{{{"Type", "Equal", "audio"}}}};
  AssetFilter late{asset_filter_id(site.asset.id, "late"), site.asset.id, "late", PresentationTimeRange{}, {}, {}};
  late.presentation_time_range->timescale = 1000;
  late.presentation_time_range->start_timestamp = 2500;
  site.write([&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(rows::insert(session, PublishedAsset::kAccount, audio));
    return rows::insert(session, PublishedAsset::kAccount, late);
  });
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.text("clip.ism/Manifest(filter=sound)").find("Type=\"video\"") == std::string::npos);
  const std::string manifest = site.text("clip.ism/Manifest(filter=late)");
  CHECK(manifest.find("<c t=\"20000000\" d=\"20000000\" />") != std::string::npos);
  CHECK(site.error("clip.ism/Manifest(filter=sound;late;sound;late)") ==
        "415 MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT");
  CHECK(site.error("clip.ism/Manifest(filter=Sound)") == "404 MPE_EGRESS_FILTER_NOT_FOUND");
  CHECK(site.text("clip.ism/Manifest(filter=sound;late)").size() < manifest.size());

  late.presentation_time_range->start_timestamp = 60'000;
  site.write([&](rows::Session& session) { return rows::update(session, PublishedAsset::kAccount, late); });
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.error("clip.ism/Manifest(filter=late)") == "415 MPE_FILTER_REMOVED_ALL_STREAMS");
  late.presentation_time_range->start_timestamp = 0;
  site.write([&](rows::Session& session) { return rows::update(session, PublishedAsset::kAccount, late); });
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.text("clip.ism/Manifest(filter=late)") == site.text("clip.ism/Manifest"));
}

TEST_CASE("URLs are read with the tolerance of delivery.md 1.1", "[unit][server]") {
  PublishedClip site;
  const std::string expected = site.text("clip.ism/Manifest(format=m3u8-aapl)");
  for (const char* tail : {"clip.ism/manifest(format=m3u8-aapl)", "CLIP.ism/Manifest(FORMAT=M3U8-AAPL)",
                           "clip.ism/Manifest%28format%3Dm3u8-aapl%29", "clip.ism/Manifest(format=m3u8-aapl,)",
                           "clip.ism/Manifest(format=m3u8-aapl).m3u8", "clip.ism/Manifest( format=m3u8-aapl)",
                           "/clip.ism/Manifest(format=m3u8-aapl)", "clip%2Eism/Manifest(format=m3u8-aapl-v4)"}) {
    INFO(tail);
    CHECK(site.text(tail) == expected);
  }
  CHECK(site.send("GET", to_upper(site.base()) + "clip.ism/Manifest(format=m3u8-aapl)").body.text() == expected);
  CHECK(site.text("clip.ism/QualityLevels(" + uris_of(expected)[1].substr(14, uris_of(expected)[1].find(')') - 14) +
                  ")/Manifest%28video%2Cformat=m3u8-aapl%29")
            .size() > 100);
}

TEST_CASE("errors are those of delivery.md 3.7", "[unit][server]") {
  PublishedClip site;
  CHECK(site.error("other.ism/Manifest") == "404 MPE_RESOURCE_NOT_FOUND");
  CHECK(site.error("clip.ism/Manifest(format=flash)") == "415 MPE_OUTPUT_FORMAT_NOT_SUPPORTED");
  CHECK(site.error("clip.ism/Nothing") == "400 MPE_BAD_URL_SYNTAX");
  CHECK(site.error("clip.ism/") == "400 MPE_BAD_URL_SYNTAX");
  CHECK(site.error("clip.ism/QualityLevels(1)/Fragments(video=0)") == "404 MPE_MANIFEST_MEDIA_ENTRY_NOT_FOUND");
  CHECK(site.error("clip.ism/Manifest(format=m3u8-aapl,filter=none)") == "404 MPE_EGRESS_FILTER_NOT_FOUND");
  CHECK(site.error("clip.ism/Manifest(format=m3u8-aapl,encryption=cbc)") ==
        "403 MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY");
  CHECK(site.send("GET", "/" + Uuid::random().text() + "/clip.ism/Manifest").headers.get("x-ams-error-code") ==
        "MPE_RESOURCE_NOT_FOUND");
  CHECK(site.send("GET", "/").status == 404);
  const auto error = site.get("other.ism/Manifest");
  CHECK(error.body.text() == "MPE_RESOURCE_NOT_FOUND (0x808901F9): there is no presentation with this name\n");
  CHECK(error.headers.get("Cache-Control") == "public, max-age=10");
  CHECK_FALSE(error.headers.get("x-ms-request-id").empty());
  const auto head = site.send("HEAD", site.base() + "other.ism/Manifest");
  CHECK(head.status == 404);
  CHECK(head.body.empty());
  CHECK(head.content_length == error.body.size());
}

TEST_CASE("a presentation with missing or unreadable sources says so", "[unit][server]") {
  PublishedClip site;
  site.add_file("missing.ism", R"(<smil><body><switch><video src="gone.mp4"/></switch></body></smil>)");
  CHECK(site.error("missing.ism/Manifest") == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
  site.add_row("gone.mp4");  // a row without its blob
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.error("missing.ism/Manifest") == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
  site.add_row("empty.ism");
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.error("empty.ism/Manifest") == "404 MPE_RESOURCE_NOT_FOUND");
  site.add_file("broken.ism", "this is no manifest");
  site.add_file("text.mp4", "this is no MP4");
  site.add_file("text.ism", R"(<smil><body><switch><video src="text.mp4"/></switch></body></smil>)");
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.error("broken.ism/Manifest") == "415 MPE_INPUT_FORMAT_NOT_SUPPORTED");
  CHECK(site.error("text.ism/Manifest") == "415 MPE_INPUT_FORMAT_NOT_SUPPORTED");
}

TEST_CASE("a locator serves from its start to its expiry, whatever is cached", "[unit][server]") {
  PublishedClip site;
  const Timestamp published = site.clock.time;
  site.write([&](rows::Session& session) {
    site.locator.start_time = published + 10s;
    return rows::update(session, PublishedAsset::kAccount, site.locator);
  });
  CHECK(site.error("clip.ism/Manifest") == "404 MPE_UNAUTHORIZED");
  site.clock.time = published + 10s;
  CHECK(site.get("clip.ism/Manifest").status == 200);
  site.clock.time = published + 1h - 1us;
  CHECK(site.get("clip.ism/Manifest").status == 200);
  CHECK(site.get("clip_90.mp4").status == 200);
  site.clock.time = published + 1h;  // well within what is cached
  CHECK(site.error("clip.ism/Manifest") == "404 MPE_UNAUTHORIZED");
  CHECK(site.error("clip_90.mp4") == "404 MPE_UNAUTHORIZED");
}

TEST_CASE("a deleted locator is gone at once when announced, else soon", "[unit][server]") {
  PublishedClip site;
  const bool announced = GENERATE(true, false);
  CHECK(site.get("clip.ism/Manifest").status == 200);
  site.write([&](rows::Session& session) {
    return rows::remove<Locator>(session, PublishedAsset::kAccount, site.locator.id);
  });
  CHECK(site.get("clip.ism/Manifest").status == 200);  // from memory
  if (announced) site.endpoint->forget(PublishedAsset::kAccount);
  if (!announced) site.clock.time += 2s;
  CHECK(site.error("clip.ism/Manifest") == "404 MPE_RESOURCE_NOT_FOUND");
}

TEST_CASE("a SAS locator and an encrypted asset are not streamed", "[unit][server]") {
  PublishedClip site;
  Locator sas = site.locator;
  sas.id = new_entity_id(kLocator.id_prefix);
  sas.type = LocatorType::kSas;
  site.write([&](rows::Session& session) { return rows::insert(session, PublishedAsset::kAccount, sas); });
  CHECK(site.send("GET", "/" + std::string{guid_of(sas.id)} + "/clip.ism/Manifest").status == 404);
  site.write([&](rows::Session& session) {
    site.asset.options = AssetOptions::kStorageEncrypted;
    return rows::update(session, PublishedAsset::kAccount, site.asset);
  });
  CHECK(site.error("clip.ism/Manifest") == "403 MPE_ENC_ENCRYPTION_REQUIRED");
  CHECK(site.error("clip_90.mp4") == "403 MPE_ENC_ENCRYPTION_REQUIRED");
}

TEST_CASE("a replaced source is noticed by its ETag", "[unit][server]") {
  PublishedClip site;
  const auto before = site.get("clip.ism/Manifest");
  REQUIRE(before.status == 200);
  site.put_blob("clip_180.mp4", test::read_text(clips() / "clip_90.mp4"));
  CHECK(site.get("clip.ism/Manifest").body.text() == before.body.text());  // within the time it is believed
  site.clock.time += 2s;
  const auto after = site.get("clip.ism/Manifest", {{"If-None-Match", std::string{before.headers.get("ETag")}}});
  CHECK(after.status == 200);
  CHECK(after.body.text() != before.body.text());
  REQUIRE(site.blobs.remove({site.container(), "clip_180.mp4"}, {}));
  site.clock.time += 2s;
  CHECK(site.error("clip.ism/Manifest") == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
}

TEST_CASE("files are downloaded progressively, but not those of Smooth Streaming", "[unit][server]") {
  PublishedClip site;
  const std::string bytes = test::read_text(clips() / "clip_180.mp4");
  CHECK(check_url(site, "clip_180.mp4") == bytes);
  const auto whole = site.get("clip_180.mp4");
  CHECK(whole.headers.get("Content-Type") == "video/mp4");
  CHECK(whole.headers.get("Accept-Ranges") == "bytes");
  const std::string etag{whole.headers.get("ETag")};
  const auto part = site.get("clip_180.mp4", {{"Range", "bytes=1000-1999"}, {"If-Range", etag}});
  CHECK(part.status == 206);
  CHECK(part.body.text() == bytes.substr(1000, 1000));
  CHECK(site.get("clip_180.mp4", {{"Range", "bytes=1000-1999"}, {"If-Range", "\"old\""}}).status == 200);
  const auto beyond = site.get("clip_180.mp4", {{"Range", "bytes=99999999-"}});
  CHECK(beyond.status == 416);
  CHECK(beyond.headers.get("Content-Range") == fmt::format("bytes */{}", bytes.size()));

  site.add_file("name with space.vtt", "WEBVTT\n");
  site.add_file("empty.bin", "");
  for (const char* name : {"clip.ismc", "clip.ismv", "clip.isma", "clip.ismt"}) site.add_file(name, "x");
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.get("name%20with%20space.vtt").headers.get("Content-Type") == "text/vtt");
  CHECK(site.get("empty.bin").body.empty());
  for (const char* name : {"clip.ism", "clip.ismc", "clip.ismv", "clip.isma", "clip.ISMT"}) {
    CHECK(site.error(name) == "404 MPE_RESOURCE_NOT_FOUND");
  }
  site.put_blob("no-row.mp4", "x");
  CHECK(site.error("no-row.mp4") == "404 MPE_RESOURCE_NOT_FOUND");
  site.add_row("no-blob.mp4");
  site.endpoint->forget(PublishedAsset::kAccount);
  CHECK(site.error("no-blob.mp4") == "404 MPE_STORAGE_RESOURCE_NOT_FOUND");
}

TEST_CASE("preflights are answered, other methods refused", "[unit][server]") {
  PublishedClip site;
  const auto preflight =
      site.send("OPTIONS", site.base() + "clip.ism/Manifest", {{"Origin", "https://player.example"}});
  CHECK(preflight.status == 204);
  CHECK(preflight.headers.get("Access-Control-Allow-Origin") == "*");
  CHECK(preflight.headers.get("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS");
  CHECK(preflight.headers.get("Access-Control-Allow-Headers") == "Range, If-None-Match, Authorization");
  const auto posted = site.send("POST", site.base() + "clip.ism/Manifest");
  CHECK(posted.status == 405);
  CHECK(posted.headers.get("Allow") == "GET, HEAD, OPTIONS");
  CHECK(posted.headers.get("Access-Control-Allow-Origin") == "*");
  CHECK(site.get("clip.ism/Manifest").headers.get("Access-Control-Expose-Headers") ==
        "Content-Length, Content-Range, Server, Date");
}

TEST_CASE("the endpoint's row sets caching, state, admission and cross-site files", "[unit][server]") {
  PublishedClip site;
  CHECK(site.get("clip.ism/Manifest").headers.get("Cache-Control") == "public, max-age=60");
  CHECK(site.send("GET", "/crossdomain.xml").status == 404);
  site.change_endpoint([](StreamingEndpoint& endpoint) {
    endpoint.cache_control = StreamingEndpointCacheControl{300};
    endpoint.cross_site_access_policies = CrossSiteAccessPolicies{"<access-policy/>", "<cross-domain-policy/>"};
  });
  CHECK(site.get("clip.ism/Manifest").headers.get("Cache-Control") == "public, max-age=300");
  CHECK(site.send("GET", "/crossdomain.xml").body.text() == "<cross-domain-policy/>");
  const auto access = site.send("GET", "/ClientAccessPolicy.xml");
  CHECK(access.body.text() == "<access-policy/>");
  CHECK(access.headers.get("Content-Type") == "text/xml");

  site.change_endpoint([](StreamingEndpoint& endpoint) {
    endpoint.access_control = StreamingEndpointAccessControl{{}, IpAccessControl{{{"lan", "10.1.0.0", 16}}}};
  });
  CHECK(site.error("clip.ism/Manifest") == "403 AccessDenied");
  site.change_endpoint([](StreamingEndpoint& endpoint) {
    endpoint.access_control->ip->allow.push_back({"own", "127.0.0.0", 8});
  });
  CHECK(site.get("clip.ism/Manifest").status == 200);
  site.change_endpoint([](StreamingEndpoint& endpoint) {
    endpoint.access_control =
        StreamingEndpointAccessControl{AkamaiAccessControl{{{"id", {}, "a2tra2tra2tra2tra2tra2s="}}}, {}};
  });
  CHECK(site.error("clip.ism/Manifest") == "403 AccessDenied");
  site.change_endpoint([](StreamingEndpoint& endpoint) {
    endpoint.access_control.reset();
    endpoint.state = "Stopped";
  });
  CHECK(site.error("clip.ism/Manifest") == "503 StreamingEndpointNotRunning");
}

TEST_CASE("each endpoint of an account serves by its own state", "[unit][server]") {
  PublishedAsset site;
  site.add_file("a.mp4", "bytes");
  StreamingEndpoint second;
  second.id = new_entity_id(kStreamingEndpoint.id_prefix);
  second.name = "two";
  const auto set_state = [&](const char* state) {
    second.state = state;
    site.write([&](rows::Session& session) { return rows::update(session, PublishedAsset::kAccount, second); });
    site.endpoint->forget(PublishedAsset::kAccount);
  };
  const auto status = [&] { return site.get("a.mp4", {{"Host", "two-media.streaming.example.net"}}).status; };
  site.write([&](rows::Session& session) { return rows::insert(session, PublishedAsset::kAccount, second); });
  for (const char* state : {"Stopped", "Starting", "Stopping"}) {
    set_state(state);
    INFO(state);
    CHECK(status() == 503);
    CHECK(site.get("a.mp4").status == 200);  // the default endpoint goes on
  }
  for (const char* state : {"Running", "Scaling"}) {
    set_state(state);
    INFO(state);
    CHECK(status() == 200);
  }
  site.change_endpoint([](StreamingEndpoint& endpoint) { endpoint.state = "Stopped"; });
  CHECK(site.get("a.mp4").status == 503);
  CHECK(status() == 200);
}

TEST_CASE("the Host picks the endpoint", "[unit][server]") {
  StreamingEndpoint first, second;
  first.name = "default";
  second.name = "two";
  second.custom_host_names = {"cdn.example.org"};
  const std::vector<StreamingEndpoint> both{first, second};
  const std::pair<const char*, const char*> expected[] = {
      {"127.0.0.1:8081", "default"},
      {"media.streaming.example.net", "default"},
      {"two-media.streaming.example.net:8081", "two"},
      {"TWO-MEDIA.Streaming.example.net", "two"},
      {"cdn.example.org:80", "two"},
      {"other-media.streaming.example.net", "default"},
      {"", "default"},
      {"[::1]:8081", "default"},
  };
  for (const auto& [host, name] : expected) {
    INFO(host);
    CHECK(endpoint_of_host(both, "media", host)->name == name);
  }
  CHECK(endpoint_of_host({}, "media", "x") == nullptr);
  const std::vector<std::string> accounts{"media", "other"};
  CHECK(*account_of_host(accounts, "two-other.streaming.example.net") == "other");
  CHECK(*account_of_host(accounts, "media.streaming.example.net:8081") == "media");
  CHECK(account_of_host(accounts, "localhost:8081") == nullptr);
}

TEST_CASE("IP rules compare by prefix, in both families", "[unit][server]") {
  StreamingEndpoint endpoint;
  endpoint.state = "Running";
  endpoint.access_control.emplace();
  const auto admits = [&](std::vector<IpRange> allow, const char* client) {
    endpoint.access_control->ip = IpAccessControl{std::move(allow)};
    http::Request request;
    request.client_address = client;
    return require_admission(&endpoint, request, {}).has_value();
  };
  CHECK(admits({{"a", "192.0.2.10", {}}}, "192.0.2.10"));
  CHECK_FALSE(admits({{"a", "192.0.2.10", {}}}, "192.0.2.11"));
  CHECK(admits({{"a", "192.0.2.0", 24}}, "::ffff:192.0.2.200"));
  CHECK_FALSE(admits({{"a", "192.0.2.0", 24}}, "192.0.3.1"));
  CHECK(admits({{"a", "::", 0}}, "2001:db8::1"));
  CHECK(admits({{"a", "2001:db8::", 32}}, "2001:db8:ffff::1"));
  CHECK_FALSE(admits({{"a", "2001:db8::", 32}}, "2001:db9::1"));
  CHECK_FALSE(admits({}, "127.0.0.1"));  // an empty list admits nobody
  CHECK_FALSE(admits({{"a", "nonsense", 0}}, "127.0.0.1"));
  CHECK_FALSE(admits({{"a", "10.0.0.0", 99}}, "10.0.0.1"));
  endpoint.access_control.reset();
  CHECK(require_admission(&endpoint, {}, {}));
}
