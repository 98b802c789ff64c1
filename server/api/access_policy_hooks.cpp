#include "server/api/access_policy_hooks.hpp"

#include "schema/entities/access_policy.hpp"

namespace lazulite::api {
namespace {

constexpr std::int32_t kAllPermissions = kPermissionRead | kPermissionWrite | kPermissionDelete | kPermissionList;

Result<void> prepare_create(HookContext&, const odata::EntityInput&, model::Record& record) {
  LAZULITE_TRY(const auto policy, model::to_entity<AccessPolicy>(record));
  if (!(policy.duration_in_minutes > 0)) {
    return fail(ErrorCode::kInvalidArgument, "The property 'DurationInMinutes' must be greater than 0.");
  }
  if (policy.permissions < 0 || policy.permissions > kAllPermissions) {
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'Permissions' is not valid.", policy.permissions);
  }
  return {};
}

}  // namespace

constinit const EntityHooks kAccessPolicyHooks{.set = kAccessPolicy.set_name, .prepare_create = prepare_create};

}  // namespace lazulite::api
