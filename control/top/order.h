// Which rows of a board are shown, and in what order. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/top/board.h"

namespace lull {

enum class SortKey : uint8_t {
    kScore,
    kRatio,
    kObserved,
    kExpected,
    kProvable,
    kSince,
    kName,
    kState
};
/// "score", "ratio" … as --sort takes them.
std::string_view sort_name(SortKey key);
std::optional<SortKey> sort_key_of(std::string_view name);
std::vector<std::string> sort_names();

/// kUsual is what each key is asked for: likeliest loss, lowest ratio, most flows, longest to
/// prove, latest change, A to Z.
enum class Direction : uint8_t { kUsual, kInverted };

struct Choice {
    SortKey sort = SortKey::kScore;
    Direction direction = Direction::kUsual;
    /// Rows that hold this in code, name, state, kind, scope or member; case and accents do not
    /// matter. "": all.
    std::string filter{};
};

/// Pointers into `board`. What a row does not know comes last in either direction; equals are by
/// expected flows, most first, then by code.
std::vector<const TopRow*> chosen_rows(const Board& board, const Choice& choice);

}  // namespace lull
