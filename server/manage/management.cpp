#include "server/manage/management.hpp"

#include "schema/base/text.hpp"
#include "storage/rows/directory.hpp"
#include "storage/rows/repository.hpp"

#include <algorithm>

namespace lazulite::manage {
namespace {

Result<AccountView> view_of(rows::Session& session, MediaAccount account) {
  AccountView view;
  LAZULITE_TRY(view.storage, rows::list<StorageAccount>(session, account.name, rows::ListQuery{}));
  std::stable_sort(view.storage.begin(), view.storage.end(),
                   [](const auto& a, const auto& b) { return a.is_default && !b.is_default; });
  view.account = std::move(account);
  return view;
}

Result<AccountView> find_view(rows::Session& session, std::string_view name) {
  LAZULITE_TRY(auto account, rows::find_account(session, name));
  if (!account) return fail(ErrorCode::kNotFound, "The specified account was not found.");
  return view_of(session, std::move(*account));
}

// Storage accounts of the list that are new; refuses a list that takes one away or moves the default.
Result<std::vector<rows::NewStorage>> additions(const AccountView& view, const std::vector<rows::NewStorage>& wanted) {
  if (wanted.empty() || wanted.front().name != view.primary()->name) {
    return fail(ErrorCode::kInvalidArgument, "The primary storage account of '{}' is '{}' and cannot be changed.",
                view.account.name, view.primary()->name);
  }
  std::vector<rows::NewStorage> out;
  std::size_t kept = 0;
  for (const auto& each : wanted) {
    const bool attached = std::any_of(view.storage.begin(), view.storage.end(),
                                      [&each](const auto& stored) { return stored.name == each.name; });
    if (attached) {
      ++kept;
    } else {
      out.push_back(each);
    }
  }
  if (kept == view.storage.size()) return out;
  return fail(ErrorCode::kInvalidArgument, "A storage account that is attached cannot be detached.");
}

Result<AccountView> attach_all(rows::Session& session, std::string_view name,
                               const std::vector<rows::NewStorage>& storage, std::int64_t limit) {
  for (const auto& each : storage) LAZULITE_CHECK(rows::attach_storage(session, name, each, limit));
  return find_view(session, name);
}

}  // namespace

Result<void> Management::require_subscription(std::string_view subscription_id) {
  LAZULITE_TRY(const auto accounts,
               database_.read([](rows::Session& session) { return rows::list_accounts(session); }));
  if (accounts.empty() || equals_ignoring_case(accounts.front().subscription_id.text, subscription_id)) return {};
  return fail_with(ErrorCode::kNotFound, "SubscriptionNotFound", "The subscription '{}' could not be found.",
                   subscription_id.substr(0, 64));
}

Result<std::vector<AccountView>> Management::list() {
  return database_.read([](rows::Session& session) -> Result<std::vector<AccountView>> {
    LAZULITE_TRY(auto accounts, rows::list_accounts(session));
    std::vector<AccountView> out;
    for (auto& each : accounts) {
      LAZULITE_TRY(auto view, view_of(session, std::move(each)));
      out.push_back(std::move(view));
    }
    return out;
  });
}

Result<AccountView> Management::get(std::string_view name) {
  return database_.read([&](rows::Session& session) { return find_view(session, name); });
}

Result<NameState> Management::name_state(std::string_view name) {
  if (!rows::is_account_name(name)) return NameState::kInvalid;
  LAZULITE_TRY(const auto found,
               database_.read([&](rows::Session& session) { return rows::find_account(session, name); }));
  return found ? NameState::kTaken : NameState::kFree;
}

Result<AccountView> Management::create(const AccountRequest& request) {
  if (request.storage.empty()) return fail(ErrorCode::kInvalidArgument, "An account needs a primary storage account.");
  return change(request.name, [&](rows::Session& session) -> Result<AccountView> {
    LAZULITE_TRY(const auto accounts, rows::list_accounts(session));
    if (options_.max_accounts > 0 && static_cast<std::int64_t>(accounts.size()) >= options_.max_accounts) {
      return fail(ErrorCode::kForbidden, "The subscription has {} accounts already, which is its quota.",
                  accounts.size());
    }
    rows::NewAccount account;
    account.name = request.name;
    account.region = request.region.empty() ? options_.region : request.region;
    account.resource_group = request.resource_group;
    account.storage_account_name = request.storage.front().name;
    account.storage_primary_key = request.storage.front().primary_key;
    LAZULITE_CHECK(rows::create_account(session, account, clock_.now()));
    if (!request.tags.empty()) LAZULITE_CHECK(rows::set_account_tags(session, request.name, request.tags));
    const std::vector<rows::NewStorage> more{request.storage.begin() + 1, request.storage.end()};
    return attach_all(session, request.name, more, options_.max_storage_accounts);
  });
}

Result<AccountView> Management::update(std::string_view name,
                                       const std::optional<std::vector<rows::NewStorage>>& storage,
                                       const std::optional<rows::TextPairs>& tags) {
  return change(name, [&](rows::Session& session) -> Result<AccountView> {
    LAZULITE_TRY(const auto view, find_view(session, name));
    if (tags) LAZULITE_CHECK(rows::set_account_tags(session, name, *tags));
    if (!storage) return find_view(session, name);
    LAZULITE_TRY(const auto added, additions(view, *storage));
    return attach_all(session, name, added, options_.max_storage_accounts);
  });
}

Result<void> Management::remove(std::string_view name) {
  return change(name, [&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(find_view(session, name));
    return rows::delete_account(session, name);
  });
}

Result<std::string> Management::renew_key(std::string_view name, rows::WhichKey which) {
  return change(name, [&](rows::Session& session) -> Result<std::string> {
    LAZULITE_CHECK(find_view(session, name));
    return rows::renew_account_key(session, name, which);
  });
}

Result<void> Management::attach(std::string_view name, const rows::NewStorage& storage) {
  return change(name, [&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(find_view(session, name));
    LAZULITE_CHECK(rows::attach_storage(session, name, storage, options_.max_storage_accounts));
    return {};
  });
}

Result<void> Management::set_storage_key(std::string_view name, std::string_view storage, const std::string& key) {
  return change(name, [&](rows::Session& session) -> Result<void> {
    LAZULITE_CHECK(find_view(session, name));
    LAZULITE_CHECK(rows::renew_storage_key(session, name, storage, rows::WhichKey::kPrimary, key));
    return {};
  });
}

Result<void> Management::require_storage(std::string_view name, std::string_view storage) {
  LAZULITE_TRY(const auto view, get(name));
  const bool attached = std::any_of(view.storage.begin(), view.storage.end(),
                                    [storage](const auto& each) { return equals_ignoring_case(each.name, storage); });
  if (attached) return {};
  return fail(ErrorCode::kNotFound, "The storage account '{}' is not attached to '{}'.", storage.substr(0, 64), name);
}

}  // namespace lazulite::manage
