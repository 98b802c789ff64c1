// Program, a recording of a Channel (api.md 5.23). Live is not offered: no row exists, and none can be made.
// Deviation: ArchiveWindowLength is Edm.Time in the real service, and text here.
#pragma once

#include "schema/model/edm.hpp"

#include <optional>
#include <string>

namespace lazulite {

struct Program {
  std::string id;
  std::optional<std::string> name, description;
  Timestamp created{}, last_modified{};
  std::string channel_id, asset_id;
  std::optional<std::string> manifest_name, state, archive_window_length;
};

inline constexpr model::Property kProgramProperties[] = {
    model::property<&Program::id>("Id", model::kKey | model::kServerSet),
    model::property<&Program::name>("Name"),
    model::property<&Program::description>("Description"),
    model::property<&Program::created>("Created", model::kServerSet),
    model::property<&Program::last_modified>("LastModified", model::kServerSet),
    model::property<&Program::channel_id>("ChannelId"),
    model::property<&Program::asset_id>("AssetId"),
    model::property<&Program::manifest_name>("ManifestName"),
    model::property<&Program::state>("State", model::kServerSet),
    model::property<&Program::archive_window_length>("ArchiveWindowLength"),
};
inline constexpr model::EntityType kProgram{
    "Program", "Programs", "nb:pgid:UUID:", kProgramProperties, {}, model::kCreate};
static_assert(is_well_formed(kProgram));
constexpr const model::EntityType& entity_type(const Program*) { return kProgram; }

}  // namespace lazulite
