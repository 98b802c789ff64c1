#include "server/api/storage_account_hooks.hpp"

#include "schema/entities/storage_account.hpp"

namespace lazulite::api {
namespace {

using model::Value;

Result<void> measure(HookContext& context, std::span<model::Record> records) {
  if (!context.services.storage_bytes_used) return {};
  for (auto& record : records) {
    const auto bytes = context.services.storage_bytes_used(*record["Name"].as<std::string>());
    record["BytesUsed"] = bytes ? Value{*bytes} : Value{};
  }
  return {};
}

}  // namespace

Result<void> require_storage_room(const ApiServices& services, const std::string& storage_account) {
  const auto limit = services.options.storage_bytes;
  if (limit == 0 || !services.storage_bytes_used) return {};
  const auto used = services.storage_bytes_used(storage_account);
  if (!used || *used < limit) return {};
  return fail(ErrorCode::kForbidden, "The storage account '{}' holds {} bytes, and its quota is {}.", storage_account,
              *used, limit);
}

constinit const EntityHooks kStorageAccountHooks{.set = kStorageAccount.set_name, .compute = measure};

}  // namespace lazulite::api
