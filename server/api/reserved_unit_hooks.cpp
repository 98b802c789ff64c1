#include "server/api/reserved_unit_hooks.hpp"

#include "schema/entities/encoding_reserved_unit_type.hpp"

namespace lazulite::api {
namespace {

Result<void> before_update(HookContext& context, const odata::EntityInput&, const model::Record&,
                           model::Record& changed) {
  LAZULITE_TRY(const auto units, model::to_entity<EncodingReservedUnitType>(changed));
  if (units.reserved_unit_type < ReservedUnitType::kBasicS1 ||
      units.reserved_unit_type > ReservedUnitType::kPremiumS3) {
    return fail(ErrorCode::kInvalidArgument, "The value {} of 'ReservedUnitType' is not valid.",
                static_cast<std::int32_t>(units.reserved_unit_type));
  }
  if (units.current_reserved_units < 0)
    return fail(ErrorCode::kInvalidArgument, "'CurrentReservedUnits' must not be negative.");
  if (const auto limit = context.services.options.reserved_units; units.current_reserved_units > limit)
    return fail(ErrorCode::kInvalidArgument, "You can only reserve up to {} encoding reserved units.", limit);
  // More units may start more tasks at once.
  if (context.services.jobs_changed) context.after_commit.push_back(context.services.jobs_changed);
  return {};
}

// The limit is a setting; the row has what it was when the account was made.
Result<void> compute(HookContext& context, std::span<model::Record> records) {
  for (auto& each : records)
    each["MaxReservableUnits"] = model::Value{std::int64_t{context.services.options.reserved_units}};
  return {};
}

}  // namespace

constinit const EntityHooks kReservedUnitHooks{
    .set = kEncodingReservedUnitType.set_name, .before_update = before_update, .compute = compute};

}  // namespace lazulite::api
