// Job, a set of tasks over input assets (api.md 5.9).
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lazulite {

// Tasks use the same numbers (processing.md 2.3).
enum class JobState : std::int32_t {
  kQueued = 0,
  kScheduled = 1,
  kProcessing = 2,
  kFinished = 3,
  kError = 4,
  kCanceled = 5,
  kCanceling = 6
};

constexpr bool is_final(JobState state) {
  return state == JobState::kFinished || state == JobState::kError || state == JobState::kCanceled;
}

struct JobNotificationSubscription {
  std::int32_t target_job_state = 0;  // FinalStatesOnly 1, All 2
  std::string notification_end_point_id;
};
inline constexpr model::Property kJobNotificationSubscriptionProperties[] = {
    model::property<&JobNotificationSubscription::target_job_state>("TargetJobState"),
    model::property<&JobNotificationSubscription::notification_end_point_id>("NotificationEndPointId"),
};
inline constexpr model::ComplexType kJobNotificationSubscription{"JobNotificationSubscription",
                                                                 kJobNotificationSubscriptionProperties};
constexpr const model::ComplexType& complex_type(const JobNotificationSubscription*) {
  return kJobNotificationSubscription;
}

struct Job {
  std::string id;
  std::optional<std::string> name;
  Timestamp created{}, last_modified{};
  std::optional<Timestamp> end_time;
  std::int32_t priority = 0;
  double running_duration = 0;  // milliseconds
  std::optional<Timestamp> start_time;
  JobState state = JobState::kQueued;
  std::optional<std::string> template_id;
  std::vector<JobNotificationSubscription> job_notification_subscriptions;
};

inline constexpr model::Property kJobProperties[] = {
    model::property<&Job::id>("Id", model::kKey | model::kServerSet),
    model::property<&Job::name>("Name", model::kCreateOnly | model::kIndexed),
    model::property<&Job::created>("Created", model::kServerSet | model::kIndexed),
    model::property<&Job::last_modified>("LastModified", model::kServerSet),
    model::property<&Job::end_time>("EndTime", model::kServerSet),
    model::property<&Job::priority>("Priority"),
    model::property<&Job::running_duration>("RunningDuration", model::kServerSet),
    model::property<&Job::start_time>("StartTime", model::kServerSet),
    model::property<&Job::state>("State", model::kServerSet | model::kIndexed),
    model::property<&Job::template_id>("TemplateId", model::kCreateOnly),
    model::property<&Job::job_notification_subscriptions>("JobNotificationSubscriptions", model::kCreateOnly),
};
inline constexpr model::Navigation kJobNavigations[] = {
    model::to_many("Tasks", "Tasks", "job_id"),
    model::linked("OutputMediaAssets", "Assets"),
    model::linked("InputMediaAssets", "Assets"),
};
inline constexpr model::EntityType kJob{
    "Job", "Jobs", "nb:jid:UUID:", kJobProperties, kJobNavigations, model::kCreate | model::kUpdate | model::kDelete};
static_assert(is_well_formed(kJob));
constexpr const model::EntityType& entity_type(const Job*) { return kJob; }

}  // namespace lazulite
