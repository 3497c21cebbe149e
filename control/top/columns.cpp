// See columns.h.
#include "control/top/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/top/text.h"
#include "control/top/values.h"

namespace lull {
namespace {

struct Spec {
    TopColumn column;
    const char* title;
    Align align;
    std::size_t width;  // at least
    std::size_t most;   // with what is left over
    int rank;           // the lower the longer it stays
};

constexpr std::array<Spec, 15> kSpecs{{
    {TopColumn::kCode, "CC", Align::kLeft, 3, 3, 0},
    {TopColumn::kName, "COUNTRY", Align::kLeft, 16, 30, 3},
    {TopColumn::kState, "STATE", Align::kLeft, 14, 14, 1},
    {TopColumn::kSince, "SINCE", Align::kLeft, 6, 12, 4},
    {TopColumn::kScope, "SCOPE", Align::kLeft, 9, 11, 5},
    {TopColumn::kObserved, "SEEN/S", Align::kRight, 6, 6, 6},
    {TopColumn::kExpected, "EXP/S", Align::kRight, 6, 6, 7},
    {TopColumn::kRatio, "RATIO", Align::kRight, 5, 5, 2},
    {TopColumn::kProvable, "PROVE", Align::kRight, 6, 6, 8},
    {TopColumn::kCoverage, "COVER", Align::kRight, 5, 5, 9},
    {TopColumn::kTwoWay, "2-WAY", Align::kRight, 5, 5, 10},
    {TopColumn::kNetworks, "NETS", Align::kRight, 6, 6, 11},
    {TopColumn::kRouted, "ROUTED", Align::kRight, 7, 13, 12},
    {TopColumn::kMember, "MEMBER", Align::kLeft, 16, 40, 13},
    {TopColumn::kScore, "SCORE", Align::kRight, 5, 5, 14},
}};
constexpr std::size_t kDateWidth = 12;

bool any_knows(const Board& board, TopColumn column) {
    if (column != TopColumn::kRouted && column != TopColumn::kMember) return true;
    return std::any_of(board.rows.begin(), board.rows.end(), [column](const TopRow& row) {
        return column == TopColumn::kRouted ? row.routed.has_value() : !row.member.empty();
    });
}

std::vector<Spec> known_columns(const Board& board) {
    std::vector<Spec> specs;
    std::copy_if(kSpecs.begin(), kSpecs.end(), std::back_inserter(specs),
                 [&](const Spec& spec) { return any_knows(board, spec.column); });
    return specs;
}

std::vector<PlacedColumn> placed(const std::vector<Spec>& specs) {
    std::vector<PlacedColumn> columns;
    std::size_t x = 0;
    for (const Spec& spec : specs) {
        columns.push_back({spec.column, x, spec.width, spec.align, spec.title});
        x += spec.width + 1;
    }
    return columns;
}

std::size_t width_of(const std::vector<Spec>& specs) {
    std::size_t width = specs.size() - 1;
    for (const Spec& spec : specs) {
        width += spec.width;
    }
    return width;
}

}  // namespace

std::vector<PlacedColumn> place_columns(const Board& board, std::size_t width) {
    std::vector<Spec> specs = known_columns(board);
    while (specs.size() > 1 && width_of(specs) > width) {
        specs.erase(std::max_element(specs.begin(), specs.end(),
                                     [](const Spec& a, const Spec& b) { return a.rank < b.rank; }));
    }
    std::size_t left = width - std::min(width, width_of(specs));
    for (const TopColumn growing : {TopColumn::kSince, TopColumn::kName, TopColumn::kScope,
                                    TopColumn::kRouted, TopColumn::kMember}) {
        const auto spec = std::find_if(specs.begin(), specs.end(), [growing](const Spec& each) {
            return each.column == growing;
        });
        if (spec == specs.end()) continue;
        const std::size_t more = std::min(left, spec->most - spec->width);
        if (growing == TopColumn::kSince && more < kDateWidth - spec->width)
            continue;  // all or none
        spec->width += more;
        left -= more;
    }
    return placed(specs);
}

std::vector<PlacedColumn> all_columns(const Board& board) {
    std::vector<Spec> specs = known_columns(board);
    for (Spec& spec : specs) {
        spec.width = spec.most;
    }
    return placed(specs);
}

std::string cell_text(const TopRow& row, const TopHead& head, const PlacedColumn& placed) {
    switch (placed.column) {
        case TopColumn::kCode:
            return row.code;
        case TopColumn::kName:
            return row.name;
        case TopColumn::kState:
            return row.state;
        case TopColumn::kSince:
            return placed.width >= kDateWidth ? long_since(row.since_ns)
                                              : short_since(row.since_ns, head.time_ns);
        case TopColumn::kScope:
            return scope_text(row);
        case TopColumn::kObserved:
            return short_rate(row.observed_per_s);
        case TopColumn::kExpected:
            return short_rate(row.expected_per_s);
        case TopColumn::kRatio:
            return short_ratio(row.ratio);
        case TopColumn::kProvable:
            return row.detectable_s ? short_duration(row.detectable_s) : "never";
        case TopColumn::kCoverage:
            return short_ratio(row.coverage);
        case TopColumn::kTwoWay:
            return short_ratio(row.two_way);
        case TopColumn::kNetworks:
            return short_rate(row.networks);
        case TopColumn::kRouted:
            return short_routed(row);
        case TopColumn::kMember:
            return short_member(row);
        case TopColumn::kScore:
            return fmt::format("{:.1f}", row.score);
    }
    return "";
}

}  // namespace lull
