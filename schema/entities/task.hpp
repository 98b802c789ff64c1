// Task, one run of a media processor within a job (api.md 5.10). Created with its job only.
#pragma once

#include "schema/entities/job.hpp"

namespace lazulite {

enum TaskOption : std::int32_t {
  kTaskProtectedConfiguration = 1,
  kTaskDoNotDeleteOutputAssetOnFailure = 2,
  kTaskDoNotCancelOnJobFailure = 4
};

struct ErrorDetail {
  std::string code, message;
};
inline constexpr model::Property kErrorDetailProperties[] = {
    model::property<&ErrorDetail::code>("Code"),
    model::property<&ErrorDetail::message>("Message"),
};
inline constexpr model::ComplexType kErrorDetail{"ErrorDetail", kErrorDetailProperties};
constexpr const model::ComplexType& complex_type(const ErrorDetail*) { return kErrorDetail; }

struct TaskHistoricalEvent {
  std::string code, message;
  Timestamp time_stamp{};
};
inline constexpr model::Property kTaskHistoricalEventProperties[] = {
    model::property<&TaskHistoricalEvent::code>("Code"),
    model::property<&TaskHistoricalEvent::message>("Message"),
    model::property<&TaskHistoricalEvent::time_stamp>("TimeStamp"),
};
inline constexpr model::ComplexType kTaskHistoricalEvent{"TaskHistoricalEvent", kTaskHistoricalEventProperties};
constexpr const model::ComplexType& complex_type(const TaskHistoricalEvent*) { return kTaskHistoricalEvent; }

struct TaskNotificationSubscription {
  bool include_task_progress = false;
  std::string notification_end_point_id;
  std::int32_t target_task_state = 0;
};
inline constexpr model::Property kTaskNotificationSubscriptionProperties[] = {
    model::property<&TaskNotificationSubscription::include_task_progress>("IncludeTaskProgress"),
    model::property<&TaskNotificationSubscription::notification_end_point_id>("NotificationEndPointId"),
    model::property<&TaskNotificationSubscription::target_task_state>("TargetTaskState"),
};
inline constexpr model::ComplexType kTaskNotificationSubscription{"TaskNotificationSubscription",
                                                                  kTaskNotificationSubscriptionProperties};
constexpr const model::ComplexType& complex_type(const TaskNotificationSubscription*) {
  return kTaskNotificationSubscription;
}

// Not called Task, which is the name of coroutines in the server.
struct JobTask {
  std::string id;
  std::optional<std::string> configuration;
  std::optional<Timestamp> end_time;
  std::vector<ErrorDetail> error_details;
  std::vector<TaskHistoricalEvent> historical_events;
  std::string media_processor_id;
  std::optional<std::string> name, perf_message;
  std::int32_t priority = 0;
  double progress = 0;          // percent, 0 to 100
  double running_duration = 0;  // milliseconds
  std::optional<Timestamp> start_time;
  JobState state = JobState::kQueued;
  std::string task_body;
  std::int32_t options = 0;  // TaskOption flags
  std::optional<std::string> encryption_key_id, encryption_scheme, encryption_version, initialization_vector;
  std::vector<TaskNotificationSubscription> task_notification_subscriptions;
  std::string job_id;
  std::int32_t position = 0;  // within the job, from 0
};

inline constexpr model::Property kTaskProperties[] = {
    model::property<&JobTask::id>("Id", model::kKey | model::kServerSet),
    model::property<&JobTask::configuration>("Configuration", model::kCreateOnly).limited_to(100'000),
    model::property<&JobTask::end_time>("EndTime", model::kServerSet),
    model::property<&JobTask::error_details>("ErrorDetails", model::kServerSet),
    model::property<&JobTask::historical_events>("HistoricalEvents", model::kServerSet),
    model::property<&JobTask::media_processor_id>("MediaProcessorId", model::kCreateOnly | model::kRequired),
    model::property<&JobTask::name>("Name", model::kCreateOnly | model::kIndexed),
    model::property<&JobTask::perf_message>("PerfMessage", model::kServerSet).limited_to(100'000),
    model::property<&JobTask::priority>("Priority", model::kCreateOnly),
    model::property<&JobTask::progress>("Progress", model::kServerSet),
    model::property<&JobTask::running_duration>("RunningDuration", model::kServerSet),
    model::property<&JobTask::start_time>("StartTime", model::kServerSet),
    model::property<&JobTask::state>("State", model::kServerSet | model::kIndexed),
    model::property<&JobTask::task_body>("TaskBody", model::kCreateOnly | model::kRequired).limited_to(100'000),
    model::property<&JobTask::options>("Options", model::kCreateOnly),
    model::property<&JobTask::encryption_key_id>("EncryptionKeyId", model::kCreateOnly),
    model::property<&JobTask::encryption_scheme>("EncryptionScheme", model::kCreateOnly),
    model::property<&JobTask::encryption_version>("EncryptionVersion", model::kCreateOnly),
    model::property<&JobTask::initialization_vector>("InitializationVector", model::kCreateOnly),
    model::property<&JobTask::task_notification_subscriptions>("TaskNotificationSubscriptions", model::kCreateOnly),
    model::property<&JobTask::job_id>("job_id", model::kInternal | model::kIndexed),
    model::property<&JobTask::position>("position", model::kInternal),
};
inline constexpr model::Navigation kTaskNavigations[] = {
    model::linked("OutputMediaAssets", "Assets"),
    model::linked("InputMediaAssets", "Assets"),
};
inline constexpr model::EntityType kTask{
    "Task", "Tasks", "nb:tid:UUID:", kTaskProperties, kTaskNavigations, model::kReadOnly};
static_assert(is_well_formed(kTask));
constexpr const model::EntityType& entity_type(const JobTask*) { return kTask; }

}  // namespace lazulite
