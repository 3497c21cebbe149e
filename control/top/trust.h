// How old a board is, and whether it can be believed, in a line. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/top/board.h"

namespace lull {

/// Seconds of wall time since the board's tick was published; never below 0, nothing when the
/// monitor does not say.
std::optional<double> age_s(const TopHead& head, int64_t now_ns);
/// "4s", "12m", "unknown".
std::string age_text(const TopHead& head, int64_t now_ns);
/// Older than three ticks and than 15 s, or of unknown age: the monitor, or the way to it, stands.
bool is_stale(const TopHead& head, int64_t now_ns);

/// "data 2s, 6 of 6 ports, loss 0.1%, table 3h0m, 231 of 244 provable in 5 min": of the
/// countries seen those whose full collapse would be.
std::string trust_text(const TopHead& head, int64_t now_ns);

}  // namespace lull
