#include "schema/model/edm.hpp"

#include <array>

namespace lazulite::model {

std::string_view edm_name(EdmType type) {
  static constexpr std::array<std::string_view, 8> kNames = {"Edm.String",  "Edm.Int32",    "Edm.Int64", "Edm.Double",
                                                             "Edm.Boolean", "Edm.DateTime", "Edm.Guid",  ""};
  return kNames[static_cast<std::size_t>(type)];
}

namespace detail {

Error wrong_kind(std::string_view wanted) { return fail(ErrorCode::kInvalidArgument, "the value must be {}", wanted); }

}  // namespace detail
}  // namespace lazulite::model
