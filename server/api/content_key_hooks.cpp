#include "server/api/content_key_hooks.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/log.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/content_key.hpp"
#include "schema/entities/content_key_authorization_policy.hpp"
#include "schema/odata/target_parser.hpp"
#include "server/api/asset_links.hpp"
#include "server/keys/key_vault.hpp"
#include "storage/rows/directory.hpp"

#include <algorithm>

namespace lazulite::api {
namespace {

using model::Value;

constexpr std::int32_t kX509CertificateThumbprint = 0;
constexpr std::size_t kMaxPasswordBytes = 1024;

Result<const ContentKeyTypeInfo*> type_of(std::int64_t number) {
  const auto* type = find_content_key_type(static_cast<ContentKeyType>(number));
  if (type == nullptr)
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'ContentKeyType' is not valid.", number);
  return type;
}

// Deviation: a missing ProtectionKeyId is taken for the one certificate that there is; clients exist that leave it out.
Result<void> complete_protection(const keys::KeyVault& vault, ContentKey& key) {
  if (key.protection_key_type != kX509CertificateThumbprint) {
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'ProtectionKeyType' is not valid.",
                key.protection_key_type);
  }
  if (key.protection_key_id.empty()) key.protection_key_id = vault.protection_key_id();
  if (equals_ignoring_case(key.protection_key_id, vault.protection_key_id())) return {};
  return fail(ErrorCode::kInvalidArgument,
              "The 'ProtectionKeyId' '{}' names no certificate of this service: ask GetProtectionKeyId for it.",
              key.protection_key_id);
}

Result<keys::KeyBytes> unwrapped(const keys::KeyVault& vault, const ContentKey& key) {
  LAZULITE_TRY(const auto* type, type_of(static_cast<std::int64_t>(key.content_key_type)));
  auto bytes = vault.unwrap(key.encrypted_content_key);
  if (!bytes) {
    return fail(ErrorCode::kInvalidArgument, "The 'EncryptedContentKey' cannot be decrypted: {}.",
                bytes.error().message);
  }
  const bool fits =
      type->bytes != 0 ? bytes->size() == type->bytes : !bytes->empty() && bytes->size() <= kMaxPasswordBytes;
  if (fits) return bytes;
  return fail(ErrorCode::kInvalidArgument, "A key of type {} must have {} bytes, not {}.", type->name,
              type->bytes != 0 ? std::to_string(type->bytes) : fmt::format("1 to {}", kMaxPasswordBytes),
              bytes->size());
}

// What the client sent is kept, also when it differs: the PHP SDK computes another value (accounts-storage.md C.6).
void complete_checksum(ContentKey& key, const keys::KeyBytes& bytes) {
  const auto ours = keys::checksum_of(key.id, bytes);
  if (!key.checksum || key.checksum->empty()) {
    key.checksum = ours;
  } else if (ours && *key.checksum != *ours) {
    logger("api").warn("the checksum of a content key is not the one of its key and id: key={}", key.id);
  }
}

// RSA takes its time, which no other writer should wait for.
Result<std::function<void()>> before_transaction(const ApiServices& services, const std::string& account,
                                                 const model::Record& record, odata::EntityInput& input) {
  LAZULITE_TRY(auto key, model::to_entity<ContentKey>(record));
  LAZULITE_CHECK(complete_protection(services.keys, key));
  LAZULITE_TRY(const auto bytes, unwrapped(services.keys, key));
  complete_checksum(key, bytes);
  key.sealed_key = services.keys.seal(account, key.id, bytes);
  const auto completed = model::to_record(key);
  for (const std::string_view name : {"ProtectionKeyId", "Checksum", "sealed_key"}) input.give(name, completed[name]);
  return std::function<void()>{[] {}};  // nothing was done outside
}

// The policy that a key names exists.
Result<void> check_policy(HookContext& context, const model::Record& record) {
  const auto* sent = record["AuthorizationPolicyId"].as<std::string>();
  if (sent == nullptr || sent->empty()) return {};
  LAZULITE_TRY(const auto id, odata::normalize_key(kContentKeyAuthorizationPolicy, *sent));
  LAZULITE_CHECK(rows::get<ContentKeyAuthorizationPolicy>(context.session, context.account, id));
  return {};
}

// Ids may come from the client, and are unique over all accounts (api.md 2.7).
Result<void> prepare_create(HookContext& context, const odata::EntityInput&, model::Record& record) {
  LAZULITE_CHECK(check_policy(context, record));
  LAZULITE_TRY(const auto owner, rows::find_account_of_key(context.session, record.key()));
  if (!owner) return {};
  if (*owner == context.account)
    return fail(ErrorCode::kConflict, "A ContentKey with the id '{}' exists already.", record.key());
  return fail(ErrorCode::kForbidden, "The id '{}' is not available.", record.key());
}

// A policy that was deleted meanwhile may stay named: clients send back all that they got.
Result<void> before_update(HookContext& context, const odata::EntityInput&, const model::Record& stored,
                           model::Record& changed) {
  if (changed["AuthorizationPolicyId"] == stored["AuthorizationPolicyId"]) return {};
  return check_policy(context, changed);
}

// Keys of published assets stay (api.md 5.25).
Result<void> before_delete(HookContext& context, const model::Record& record) {
  constexpr std::string_view kLinks = "ContentKeys";
  LAZULITE_TRY(const auto assets, rows::link_sources(context.session, context.account, kAsset, kLinks, record.key()));
  for (const auto& asset : assets) {
    LAZULITE_TRY(const auto published, has_streaming_locator(context, asset));
    if (!published) continue;
    return fail(ErrorCode::kInvalidArgument,
                "The ContentKey '{}' cannot be deleted: it is linked to the asset '{}', which has an OnDemandOrigin "
                "locator.",
                record.key(), asset);
  }
  return rows::unlink_target(context.session, context.account, kAsset, kLinks, record.key());
}

// Both functions answer the same for every type of key: there is one certificate.
Result<FunctionResult> get_protection_key_id(HookContext& context, const FunctionCall& call) {
  LAZULITE_CHECK(type_of(*call.arguments.at(0).as<std::int64_t>()));
  return FunctionResult{Value{context.services.keys.protection_key_id()}};
}

Result<FunctionResult> get_protection_key(HookContext& context, const FunctionCall& call) {
  const auto& id = *call.arguments.at(0).as<std::string>();
  if (!equals_ignoring_case(trim(id), context.services.keys.protection_key_id()))
    return fail(ErrorCode::kNotFound, "There is no protection key '{}'.", id);
  return FunctionResult{Value{context.services.keys.protection_certificate()}};
}

// Base64 as clients put it into a URL: a plus sign that was not encoded arrives as a space, and lines may be broken.
Result<std::vector<std::uint8_t>> certificate_of(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\t'; });
  std::replace(text.begin(), text.end(), ' ', '+');
  return base64_decode(text);
}

// For an empty certificate the key comes in the clear: clients that encrypt for storage call it so (C.6).
Result<FunctionResult> rebind_content_key(HookContext& context, const FunctionCall& call) {
  LAZULITE_TRY(const auto id, odata::normalize_key(kContentKey, *call.arguments.at(0).as<std::string>()));
  LAZULITE_TRY(const auto key, rows::get<ContentKey>(context.session, context.account, id));
  const auto bytes = context.services.keys.unseal(context.account, key.id, key.sealed_key);
  if (!bytes) return fail(ErrorCode::kInvalidArgument, "The key of '{}' cannot be decrypted.", id);
  const auto& certificate = *call.arguments.at(1).as<std::string>();
  logger("api").info("a content key was given out: key={} account={} clear={}", id, context.account,
                     certificate.empty());
  if (certificate.empty()) return FunctionResult{Value{base64_encode(*bytes)}};
  const auto der = certificate_of(certificate);
  const auto rebound = der ? encrypt_for_certificate(*der, *bytes) : Result<keys::KeyBytes>{der.error()};
  if (!rebound) {
    return fail(ErrorCode::kInvalidArgument, "The 'x509Certificate' is not valid: {}.", rebound.error().message);
  }
  return FunctionResult{Value{base64_encode(*rebound)}};
}

}  // namespace

constinit const EntityHooks kContentKeyHooks{.set = kContentKey.set_name,
                                             .before_transaction = before_transaction,
                                             .prepare_create = prepare_create,
                                             .before_update = before_update,
                                             .before_delete = before_delete};
constinit const FunctionHook kGetProtectionKeyIdHook{
    .name = "GetProtectionKeyId", .invoke = get_protection_key_id, .writes = false};
constinit const FunctionHook kGetProtectionKeyHook{
    .name = "GetProtectionKey", .invoke = get_protection_key, .writes = false};
constinit const FunctionHook kRebindContentKeyHook{
    .name = "RebindContentKey", .invoke = rebind_content_key, .writes = false};

}  // namespace lazulite::api
