// The columns of `lull top`, and which of them a width has room for. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/text_table.h"
#include "control/top/board.h"

namespace lull {

enum class TopColumn : uint8_t {
    kCode,  // behind the row's mark
    kName,
    kState,
    kSince,
    kScope,
    kObserved,
    kExpected,
    kRatio,
    kProvable,
    kCoverage,
    kTwoWay,
    kNetworks,
    kRouted,
    kMember,
    kScore
};

struct PlacedColumn {
    TopColumn column = TopColumn::kCode;
    std::size_t x = 0;
    std::size_t width = 0;
    Align align = Align::kLeft;
    const char* title = "";
};

/// From left to right, within `width` cells; the least important are left out, what is left over
/// goes to dates, names and members. Routing and members have a column only when any row has them.
std::vector<PlacedColumn> place_columns(const Board& board, std::size_t width);

/// All of them, for a table that is as wide as it must be.
std::vector<PlacedColumn> all_columns(const Board& board);

/// Clean UTF-8; a date and a time where the column is wide enough for both.
std::string cell_text(const TopRow& row, const TopHead& head, const PlacedColumn& placed);

}  // namespace lull
