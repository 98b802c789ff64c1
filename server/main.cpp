// lazulite: see server/cli for its commands and server/app for what `serve` runs.
#include "server/cli/cli.hpp"

#include <iostream>

int main(int argc, char** argv) { return lazulite::cli::run(argc, argv, std::cout, std::cerr); }
