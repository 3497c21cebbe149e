// The command line: words to plain options, results to exit codes (contract: 0 fine, 1 it failed
// while running, 2 wrong usage, 3 config or input refused). The only file pair that knows CLI11.
#pragma once

namespace lull {

int run_cli(int argc, char** argv);

}  // namespace lull
