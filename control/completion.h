// Completions as each shell wants them, from the words of the command line: commands, options,
// choices, and files where a value may be one. What is written stands alone; it does not call lull.
#pragma once

#include <string>

#include "control/command_words.h"

namespace lull {

/// For /usr/share/bash-completion/completions/lull; needs nothing of bash-completion itself.
std::string bash_completion(const CommandWords& lull);

/// For a folder of zsh's fpath, as _lull.
std::string zsh_completion(const CommandWords& lull);

/// For /usr/share/fish/vendor_completions.d/lull.fish.
std::string fish_completion(const CommandWords& lull);

}  // namespace lull
