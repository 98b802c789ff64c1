#include "tests/unit/server/api/api_fixture.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"

namespace lazulite::test {
namespace {

std::string name_of(const blobs::ContainerRef& ref) { return ref.account + "/" + ref.container; }
Error no_container() { return fail_with(ErrorCode::kNotFound, "ContainerNotFound", "no such container"); }

const odata::JsonValue* find(const odata::JsonValue& root, std::string_view path) {
  const auto* at = &root;
  for (const auto step : split(path, '.')) {
    if (const auto* array = at->as<odata::JsonArray>()) {
      const auto index = parse_uint64(step);
      if (!index || *index >= array->size()) return nullptr;
      at = &(*array)[*index];
    } else {
      // A name with dots in it is written with ':'.
      std::string name{step};
      std::replace(name.begin(), name.end(), ':', '.');
      at = at->find(name);
      if (at == nullptr) return nullptr;
    }
  }
  return at;
}

std::vector<MediaProcessorRow> processors() {
  return {{"nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56", "Media Encoder Standard", "Media Encoder Standard", "",
           "Microsoft", "1.1"},
          {"nb:mpid:UUID:1b1da727-93ae-4e46-a8a1-268828765609", "Azure Media Encoder", "Azure Media Encoder", "",
           "Microsoft", "4.4"},
          {"nb:mpid:UUID:aec03716-7c5e-4f68-b592-f4850eba9f10", "Storage Decryption", "Storage Decryption", "",
           "Microsoft", "1.6"}};
}

}  // namespace

Result<blobs::ContainerProperties> ContainerStore::create_container(const blobs::ContainerRef& ref) {
  if (!containers.emplace(name_of(ref), std::map<std::string, std::uint64_t>{}).second) {
    return fail_with(ErrorCode::kConflict, "ContainerAlreadyExists", "it exists");
  }
  return blobs::ContainerProperties{};
}
Result<void> ContainerStore::delete_container(const blobs::ContainerRef& ref) {
  if (refuse_deletes) return fail(ErrorCode::kIo, "the disk is away");
  if (containers.erase(name_of(ref)) == 0) return no_container();
  return {};
}
Result<blobs::ListPage> ContainerStore::list(const blobs::ContainerRef& ref, const blobs::ListQuery& query) {
  const auto found = containers.find(name_of(ref));
  if (found == containers.end()) return no_container();
  blobs::ListPage page;
  for (const auto& [name, size] : found->second) {
    if (name <= query.marker && !query.marker.empty()) continue;
    if (page.blobs.size() == 2) {  // small pages, so that more than one is needed
      page.next_marker = page.blobs.back().name;
      break;
    }
    blobs::BlobProperties properties;
    properties.size = size;
    page.blobs.push_back({name, properties});
  }
  return page;
}
Result<void> ContainerStore::remove(const blobs::BlobRef& ref, blobs::Conditions) {
  const auto found = containers.find(name_of(ref.container));
  if (found == containers.end() || found->second.erase(ref.name) == 0)
    return fail(ErrorCode::kNotFound, "no such blob");
  return {};
}

std::string Answer::at(std::string_view path) const {
  const auto json = odata::read_json(body);
  INFO("looking for " << path << " in " << body);
  REQUIRE(json);
  const auto* value = find(*json, path);
  REQUIRE(value != nullptr);
  if (const auto* text = value->as<std::string>()) return *text;
  if (const auto* number = value->as<odata::JsonNumber>()) return number->text;
  if (const auto* flag = value->as<bool>()) return *flag ? "true" : "false";
  return value->is_null() ? "null" : "a list or an object";
}
bool Answer::has(std::string_view path) const {
  const auto json = odata::read_json(body);
  return json && find(*json, path) != nullptr;
}
std::size_t Answer::size(std::string_view path) const {
  const auto json = odata::read_json(body);
  INFO("looking for " << path << " in " << body);
  REQUIRE(json);
  const auto* value = find(*json, path);
  REQUIRE(value != nullptr);
  REQUIRE(value->as<odata::JsonArray>() != nullptr);
  return value->as<odata::JsonArray>()->size();
}

Api::Api(api::ApiOptions options, std::vector<api::SetQuota> set_quotas)
    : addresses(NetworkSettings{}, server::ServicePorts{8080, 8081, 10000}), quotas(std::move(set_quotas)) {
  database = rows::Database::open({.path = folder.path() / "rows.db", .readers = 1, .synchronous_full = false}).value();
  for (const auto* name : {"movies", "others"}) {
    rows::NewAccount account;
    account.name = name;
    account.storage_account_name = std::string{name} + "storage";
    REQUIRE(
        database->write([&](rows::Session& session) { return rows::create_account(session, account, clock.now()); }));
  }
  api::ApiServices services{.database = *database,
                            .blobs = blobs,
                            .addresses = addresses,
                            .keys = key_vault(),
                            .quotas = quotas,
                            .clock = clock,
                            .media_processors = processors,
                            .jobs_changed = [this] { ++jobs_changed; },
                            .account_changed =
                                [this](std::string_view account) {
                                  const std::lock_guard lock{changes_mutex};
                                  changed_accounts.emplace_back(account);
                                },
                            .operations_begun = [this] { ++operations_begun; },
                            .upload_expected =
                                [this](const blobs::BlobRef& blob) {
                                  uploads_expected.push_back(fmt::format("{}/{}/{}", blob.container.account,
                                                                         blob.container.container, blob.name));
                                },
                            .options = options};
  endpoint = std::make_unique<api::ODataEndpoint>(std::move(services), pool);
}

Api::~Api() {
  endpoint.reset();
  pool.join();
}

Answer Api::raw(std::string_view method, std::string_view target, std::string_view body, const Fields& headers,
                const std::optional<api::Caller>& caller) {
  http::Request request;
  request.id = "11111111-2222-3333-4444-555555555555";
  request.method = method;
  request.target = target;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  request.local_address = "127.0.0.1:8080";
  request.headers.set("Host", "127.0.0.1:8080");
  for (const auto& [name, value] : headers) request.headers.set(name, value);
  request.body = body;
  auto response = endpoint->respond(request, caller);
  return Answer{response.status, std::move(response.headers), response.body.text()};
}

Answer Api::call(std::string_view method, std::string_view path, std::string_view body, const Fields& headers) {
  return raw(method, "/api/" + std::string{path}, body, headers, api::Caller{"movies"});
}

std::string Api::create_asset(std::string_view name) {
  const auto answer = post("Assets", fmt::format(R"({{"Name":"{}"}})", name));
  REQUIRE(answer.status == 201);
  return answer.at("Id");
}

std::string Api::create_policy(int permissions, std::string_view name) {
  const auto answer = post(
      "AccessPolicies", fmt::format(R"({{"Name":"{}","DurationInMinutes":60,"Permissions":{}}})", name, permissions));
  REQUIRE(answer.status == 201);
  return answer.at("Id");
}

const keys::KeyVault& key_vault() {
  static const keys::KeyVault vault{CertifiedKey::generate("tests"), SealingKey{1, 2, 3}};
  return vault;
}

std::string wrapped_key(std::span<const std::uint8_t> key) {
  const auto certificate = base64_decode(key_vault().protection_certificate()).value();
  return base64_encode(encrypt_for_certificate(certificate, key).value());
}

std::string container_of(std::string_view asset_id) { return fmt::format("moviesstorage/asset-{}", guid_of(asset_id)); }

}  // namespace lazulite::test
