#include "server/api/live_hooks.hpp"

#include "schema/entities/channel.hpp"
#include "schema/entities/program.hpp"

namespace lazulite::api {
namespace {

Result<void> refuse(HookContext&, const odata::EntityInput&, model::Record& record) {
  return fail(ErrorCode::kUnsupported, "Live streaming is not offered by this server: a {} cannot be created.",
              record.type->name);
}

std::vector<model::Record> no_rows(HookContext&) { return {}; }

}  // namespace

constinit const EntityHooks kChannelHooks{.set = kChannel.set_name, .prepare_create = refuse, .read_all = no_rows};
constinit const EntityHooks kProgramHooks{.set = kProgram.set_name, .prepare_create = refuse, .read_all = no_rows};

}  // namespace lazulite::api
