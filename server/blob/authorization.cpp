#include "server/blob/authorization.hpp"

#include "server/auth/shared_key.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

Error unknown_account() {
  return fail_with(ErrorCode::kForbidden, "AuthenticationFailed", "The storage account is not one of this server");
}

// The policy from the container's ACL, or from the rest of the server (locators).
Result<std::optional<blobs::StoredAccessPolicy>> find_policy(const Call& call, const std::string& id) {
  LAZULITE_TRY(auto policy, call.directory.find_policy(call.container(), id));
  if (policy) return policy;
  const auto properties = call.store.container_properties(call.container());
  if (!properties) return policy;  // no such container: no such policy
  const auto& policies = properties->policies;
  const auto found =
      std::find_if(policies.begin(), policies.end(), [&](const auto& candidate) { return candidate.id == id; });
  return found == policies.end() ? policy : std::optional{*found};
}

Result<void> authorize_by_sas(Call& call, const Operation& operation, const StorageOwner& owner) {
  const auto& token = *call.sas;
  std::optional<blobs::StoredAccessPolicy> policy;
  if (token.identifier) {
    LAZULITE_TRY(policy, find_policy(call, *token.identifier));
  }
  auth::SasRequest request;
  request.account = call.container().account;
  request.container = call.container().container;
  request.blob = call.blob().name;
  request.any_of = token.is_account_sas() ? operation.account_sas : operation.sas;
  request.resource_type = operation.level == Level::kBlob ? 'o' : operation.level == Level::kContainer ? 'c' : 's';
  request.now = call.now;
  request.client_ip = call.request.client_address;
  request.secure = call.request.secure;
  LAZULITE_TRY(const auto granted, auth::verify_sas(token, request, owner.keys, policy ? &*policy : nullptr));
  call.may_overwrite = granted.find('w') != std::string::npos;
  return {};
}

Result<void> authorize_anyone(const Call& call, const Operation& operation) {
  const auto hidden = fail_with(ErrorCode::kNotFound, "ResourceNotFound", "nothing here is public");
  if (operation.public_read == PublicRead::kNever) return hidden;
  const auto properties = call.store.container_properties(call.container());
  if (!properties) return hidden;
  const bool allowed = properties->public_access == "container" ||
                       (properties->public_access == "blob" && operation.public_read == PublicRead::kBlob);
  if (!allowed) return hidden;
  return {};
}

}  // namespace

Result<void> authorize(Call& call, const Operation& operation) {
  const bool has_key = call.request.headers.find("Authorization").has_value();
  if (!has_key && !call.sas) return authorize_anyone(call, operation);
  LAZULITE_TRY(const auto owner, call.directory.find_account(call.container().account));
  if (!owner) return unknown_account();
  if (!has_key) return authorize_by_sas(call, operation, *owner);
  LAZULITE_CHECK(auth::verify_shared_key(call.request, call.container().account, owner->keys, call.now));
  call.by_key = true;  // wins over a SAS (C.5)
  return {};
}

}  // namespace lazulite::blob
