// A board as `lull top --json` prints it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "control/top/order.h"

namespace lull {

/// One JSON document and a line's end: {"time", "site", "summary", "age_seconds", "ports",
/// "ports_healthy", …, "countries": [{"country", "name", "state", …, "score"}]}, the chosen rows in
/// their order, under the API's field names.
std::string board_document(const Board& board, const Choice& choice, int64_t now_ns);

}  // namespace lull
