// `lull replay` for people: the same facts as its JSON, shortened to what fits a screen.
#pragma once

#include "control/view.h"

namespace lull {

void print_replay_text(const View& view);

}  // namespace lull
