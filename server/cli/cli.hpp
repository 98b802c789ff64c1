// The command line of `lazulite`: reads the arguments, runs one command, prints to the given streams. Called once, by
// main.
#pragma once

#include <iosfwd>

namespace lazulite::cli {

// The exit status: 0, 1 when the command failed (one line to `err` says why), 2 for wrong arguments.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace lazulite::cli
