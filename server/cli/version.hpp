// The version of the program, from project() in CMakeLists.txt.
#pragma once

#include <string_view>

namespace lazulite::cli {

std::string_view version();

}  // namespace lazulite::cli
