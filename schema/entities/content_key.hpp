// ContentKey, a key that content is encrypted with, by a client or on delivery (api.md 5.5, protection.md 6.1).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

enum class ContentKeyType : std::int32_t {
  kCommonEncryption = 0,
  kStorageEncryption = 1,
  kConfigurationEncryption = 2,
  kUrlEncryption = 3,
  kEnvelopeEncryption = 4,
  kCommonEncryptionCbcs = 6,
  kFairPlayASk = 7,
  kFairPlayPfxPassword = 8
};

struct ContentKeyTypeInfo {
  ContentKeyType type;
  std::string_view name;
  std::size_t bytes;  // length of the key; 0: any
};
inline constexpr ContentKeyTypeInfo kContentKeyTypes[] = {
    {ContentKeyType::kCommonEncryption, "CommonEncryption", 16},
    {ContentKeyType::kStorageEncryption, "StorageEncryption", 32},
    {ContentKeyType::kConfigurationEncryption, "ConfigurationEncryption", 32},
    {ContentKeyType::kUrlEncryption, "UrlEncryption", 32},
    {ContentKeyType::kEnvelopeEncryption, "EnvelopeEncryption", 16},
    {ContentKeyType::kCommonEncryptionCbcs, "CommonEncryptionCbcs", 16},
    {ContentKeyType::kFairPlayASk, "FairPlayASk", 16},
    {ContentKeyType::kFairPlayPfxPassword, "FairPlayPfxPassword", 0},
};
// Null for a number that names no type.
constexpr const ContentKeyTypeInfo* find_content_key_type(ContentKeyType type) {
  for (const auto& each : kContentKeyTypes) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

struct ContentKey {
  std::string id;  // the client's choice: its Checksum depends on it
  Timestamp created{}, last_modified{};
  ContentKeyType content_key_type = ContentKeyType::kCommonEncryption;
  std::string encrypted_content_key;  // as the client wrapped it for the protection certificate, base64
  std::optional<std::string> name;
  std::string protection_key_id;         // thumbprint of that certificate
  std::int32_t protection_key_type = 0;  // X509CertificateThumbprint
  std::optional<std::string> checksum, authorization_policy_id, track_identifiers;
  std::string sealed_key;  // the key itself, sealed with the installation's master key (server/keys/key_vault)
};

inline constexpr model::Property kContentKeyProperties[] = {
    model::property<&ContentKey::id>("Id", model::kKey | model::kCreateOnly),
    model::property<&ContentKey::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&ContentKey::last_modified>("LastModified", model::kServerSet),
    model::property<&ContentKey::content_key_type>("ContentKeyType", model::kCreateOnly),
    model::property<&ContentKey::encrypted_content_key>("EncryptedContentKey", model::kCreateOnly | model::kRequired),
    model::property<&ContentKey::name>("Name", model::kIndexed),
    model::property<&ContentKey::protection_key_id>("ProtectionKeyId", model::kCreateOnly),
    model::property<&ContentKey::protection_key_type>("ProtectionKeyType", model::kCreateOnly),
    model::property<&ContentKey::checksum>("Checksum", model::kCreateOnly),
    model::property<&ContentKey::authorization_policy_id>("AuthorizationPolicyId", model::kIndexed),
    model::property<&ContentKey::track_identifiers>("TrackIdentifiers", model::kCreateOnly),
    model::property<&ContentKey::sealed_key>("sealed_key", model::kInternal),
};
inline constexpr model::EntityType kContentKey{"ContentKey",
                                               "ContentKeys",
                                               "nb:kid:UUID:",
                                               kContentKeyProperties,
                                               {},
                                               model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kContentKey));
constexpr const model::EntityType& entity_type(const ContentKey*) { return kContentKey; }

}  // namespace lazulite
