// What a new table does to each country's expectation. A table that gives a third of a country's
// ranges to another one looks, in the traffic, like a collapse here and a rise there; so the last
// day is attributed anew and expectation moves with the ranges. A large move is held back until
// somebody accepts it: it is an accident as often as news.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/origins/directory.h"
#include "control/seen_networks.h"
#include "dataplane/error.h"
#include "dataplane/tables.h"

namespace lull {

struct TableShift {
    struct Move {
        CountryId country{};
        double factor = 1;  // what becomes of its flows
        /// More than a fifth: it waits until somebody accepts it.
        [[nodiscard]] bool is_large() const;
    };
    /// Of a country of which fewer networks were seen no move is told.
    static constexpr std::size_t kLeastSeen = 24;
    std::vector<Move> moves;  // of countries of which enough was seen; unmoved ones are left out
    SeenNetworks seen;        // as the new table has them

    /// By CountryId, for the detector; 1 where nothing moves.
    [[nodiscard]] std::vector<double> factors() const;
};

/// A table as it is looked up in, and what its ids mean.
struct TableInUse {
    const TableSet& set;
    const Directory& directory;
};

/// `rates`: answered flows a second of each country, by CountryId. Both tables are asked for the
/// first address of each network: one that is split among countries has moved only if that has.
TableShift shift_of(const SeenNetworks& seen, std::span<const double> rates, const TableInUse& now,
                    const TableInUse& next);

/// The same moves of two tables as their files have them: needs no dataplane. The largest first.
std::vector<TableShift::Move> moves_between(const NetworkSample& seen,
                                            std::span<const double> rates, const OriginTable& now,
                                            const OriginTable& next);

/// Whether somebody has said that a large move is right.
enum class ShiftWord : uint8_t { kNone, kAccepted };
/// Refused where a country would lose or gain more than a fifth and nobody has accepted it.
Result<void> check_shift(const std::string& path, const TableShift& shift, ShiftWord word);

/// "KP x 0.60, CN x 1.01", the largest moves first, at most ten.
std::string describe(const TableShift& shift);

}  // namespace lull
