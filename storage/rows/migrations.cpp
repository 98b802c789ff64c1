#include "storage/rows/migrations.hpp"

#include "schema/entities/access_policy.hpp"
#include "schema/entities/asset.hpp"
#include "schema/entities/asset_delivery_policy.hpp"
#include "schema/entities/asset_file.hpp"
#include "schema/entities/asset_filter.hpp"
#include "schema/entities/content_key.hpp"
#include "schema/entities/content_key_authorization_policy.hpp"
#include "schema/entities/content_key_authorization_policy_option.hpp"
#include "schema/entities/encoding_reserved_unit_type.hpp"
#include "schema/entities/filter.hpp"
#include "schema/entities/ingest_manifest.hpp"
#include "schema/entities/ingest_manifest_asset.hpp"
#include "schema/entities/ingest_manifest_file.hpp"
#include "schema/entities/job.hpp"
#include "schema/entities/job_template.hpp"
#include "schema/entities/locator.hpp"
#include "schema/entities/media_account.hpp"
#include "schema/entities/monitoring_configuration.hpp"
#include "schema/entities/notification_end_point.hpp"
#include "schema/entities/operation.hpp"
#include "schema/entities/storage_account.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "schema/entities/task.hpp"
#include "schema/entities/task_template.hpp"
#include "storage/rows/container_removals.hpp"
#include "storage/rows/ddl.hpp"
#include "storage/rows/outbox.hpp"
#include "storage/rows/pending_outputs.hpp"
#include "storage/rows/planner_statistics.hpp"
#include "storage/rows/queue_rows.hpp"
#include "storage/rows/session.hpp"
#include "storage/rows/statement.hpp"
#include "storage/rows/task_leases.hpp"

#include <fmt/format.h>

#include <array>

namespace lazulite::rows {
namespace {

Result<void> create_first_entities(Session& session) {
  static constexpr const model::EntityType* kTypes[] = {
      &kAccessPolicy, &kAsset,        &kAssetFile,      &kEncodingReservedUnitType, &kJob,
      &kLocator,      &kMediaAccount, &kStorageAccount, &kStreamingEndpoint,        &kTask,
  };
  for (const auto* each : kTypes) LAZULITE_CHECK(create_table(session, *each));
  // A file of an asset is a blob of its container; endpoint names are host names; the other four are looked up across
  // accounts.
  LAZULITE_CHECK(create_unique_index(session, kAssetFile, "ux_Files_blob", R"(account, "ParentAssetId", "Name")"));
  LAZULITE_CHECK(
      create_unique_index(session, kStreamingEndpoint, "ux_StreamingEndpoints_host", R"(account, lower("Name"))"));
  LAZULITE_CHECK(create_unique_index(session, kStorageAccount, "ux_StorageAccounts_name", R"("Name")"));
  LAZULITE_CHECK(create_unique_index(session, kLocator, "ux_Locators_id", R"("Id")"));
  LAZULITE_CHECK(create_unique_index(session, kMediaAccount, "ux_MediaAccounts_account_id", R"("AccountId")"));
  return create_unique_index(session, kMediaAccount, "ux_MediaAccounts_client_id", R"("client_id")");
}

Result<void> create_job_tables(Session& session) {
  LAZULITE_CHECK(create_task_lease_tables(session));
  LAZULITE_CHECK(create_pending_output_table(session));
  return create_outbox_table(session);
}

Result<void> create_operations(Session& session) { return create_table(session, kOperation); }

// A file of a manifest is a blob of its container.
Result<void> create_ingest_manifests(Session& session) {
  for (const auto* each : {&kIngestManifest, &kIngestManifestAsset, &kIngestManifestFile})
    LAZULITE_CHECK(create_table(session, *each));
  return create_unique_index(session, kIngestManifestFile, "ux_IngestManifestFiles_blob",
                             R"(account, "ParentIngestManifestId", "Name")");
}

Result<void> create_notification_end_points(Session& session) {
  LAZULITE_CHECK(create_table(session, kNotificationEndPoint));
  return create_table(session, kMonitoringConfiguration);
}

Result<void> create_templates(Session& session) {
  LAZULITE_CHECK(create_table(session, kJobTemplate));
  return create_table(session, kTaskTemplate);
}

// A key's id is what its licences name, so it is unique over all accounts.
Result<void> create_content_keys(Session& session) {
  LAZULITE_CHECK(create_table(session, kContentKey));
  LAZULITE_CHECK(create_unique_index(session, kContentKey, "ux_ContentKeys_id", R"("Id")"));
  return add_missing_link_tables(session, kAsset);
}

Result<void> create_authorization_policies(Session& session) {
  LAZULITE_CHECK(create_table(session, kContentKeyAuthorizationPolicy));
  return create_table(session, kContentKeyAuthorizationPolicyOption);
}

Result<void> create_delivery_policies(Session& session) {
  LAZULITE_CHECK(create_table(session, kAssetDeliveryPolicy));
  return add_missing_link_tables(session, kAsset);
}

Result<void> create_filters(Session& session) {
  LAZULITE_CHECK(create_table(session, kFilter));
  return create_table(session, kAssetFilter);
}

Result<void> add_end_of_operations(Session& session) { return add_missing_columns(session, kOperation); }

Result<void> create_queues(Session& session) {
  LAZULITE_CHECK(add_outbox_streams(session));
  return create_queue_tables(session);
}

Result<void> add_resource_groups(Session& session) { return add_missing_columns(session, kMediaAccount); }

constexpr Migration kMigrations[] = {
    {1, "first entities", create_first_entities},
    {2, "task leases, pending outputs, outbox", create_job_tables},
    {3, "container removals", create_container_removals},
    {4, "operations", create_operations},
    {5, "ingest manifests", create_ingest_manifests},
    {6, "notification end points", create_notification_end_points},
    {7, "job and task templates", create_templates},
    {8, "content keys", create_content_keys},
    {9, "content key authorization policies", create_authorization_policies},
    {10, "delivery policies", create_delivery_policies},
    {11, "filters", create_filters},
    {12, "end of operations", add_end_of_operations},
    {13, "queues, streams of the outbox", create_queues},
    {14, "resource groups and tags of accounts", add_resource_groups},
};

Result<std::int64_t> last_applied(Session& session) {
  static constexpr std::array kColumns = {model::EdmType::kInt64};
  LAZULITE_TRY(const auto rows,
               select(session, "SELECT coalesce(max(number), 0) FROM lazulite_migrations", {}, kColumns));
  return *rows.at(0).at(0).as<std::int64_t>();
}

Result<void> apply_within_transaction(Session& session, const Migration& step) {
  LAZULITE_TRY(const auto last, last_applied(session));
  if (last >= step.number) return {};  // another process was faster
  LAZULITE_CHECK(step.apply(session));
  const std::array values = {model::Value{step.number}, model::Value{std::string{step.name}}};
  LAZULITE_CHECK(execute(session,
                         fmt::format("INSERT INTO lazulite_migrations (number, name, applied) VALUES (:p1, :p2, {})",
                                     session.dialect().now_us),
                         values));
  return {};
}

Result<void> apply(Session& session, const Migration& step) {
  LAZULITE_CHECK(execute(session, session.dialect().begin_write));
  auto done = apply_within_transaction(session, step);
  if (done) {
    LAZULITE_CHECK(execute(session, "COMMIT"));
    return {};
  }
  if (session.in_transaction()) LAZULITE_CHECK(execute(session, "ROLLBACK"));
  Error error = std::move(done).error();
  error.message = fmt::format("migration {} ({}) failed: {}", step.number, step.name, error.message);
  return error;
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Session& session, std::span<const Migration> steps) {
  const Dialect& dialect = session.dialect();
  LAZULITE_CHECK(execute(session, fmt::format("CREATE TABLE IF NOT EXISTS lazulite_migrations (number {0} PRIMARY KEY, "
                                              "name {1} NOT NULL, applied {0} NOT NULL){2}",
                                              dialect.integer_type, dialect.text_type, dialect.table_suffix)));
  LAZULITE_TRY(const auto last, last_applied(session));
  const std::int64_t newest = steps.empty() ? 0 : steps.back().number;
  if (last > newest) {
    return fail(ErrorCode::kUnsupported,
                "the database was written by a newer program (migration {}; this one knows {}): use that program, or "
                "restore a backup",
                last, newest);
  }
  for (const auto& step : steps) {
    if (step.number > last) LAZULITE_CHECK(apply(session, step));
  }
  if (last < newest && dialect.fixed_statistics) LAZULITE_CHECK(write_planner_statistics(session));
  return {};
}

}  // namespace lazulite::rows
