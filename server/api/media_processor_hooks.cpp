#include "server/api/media_processor_hooks.hpp"

namespace lazulite::api {
namespace {

std::vector<model::Record> read_all(HookContext& context) {
  std::vector<model::Record> out;
  if (!context.services.media_processors) return out;
  for (const auto& row : context.services.media_processors()) out.push_back(model::to_record(row));
  return out;
}

}  // namespace

constinit const EntityHooks kMediaProcessorHooks{.set = kMediaProcessor.set_name, .read_all = read_all};

}  // namespace lazulite::api
