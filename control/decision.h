// Decision records: what was known of countries at the end of a tick, small enough to be kept for a
// fortnight. Numbers are kept to a thousandth of themselves. Pure.
//
//   row     format u8, then records
//   record  country's code (2 bytes), state u8, flags u8, seconds in that state u32, numbers u16;
//           in format 2, of ticks with a routing witness, then: witness and routing u8, seconds
//           since that is so u32 (all ones: not told), largest upstream u32, numbers u16
//
// Little endian. A number is 0, absent (0xffff), or the logarithm of its value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "control/detect.h"

namespace lull {

/// A country's verdict at a time that has passed, with its grounds as far as they are recorded:
/// without what is expected of sources and bytes apart from the grounds, the canary, and `steps`.
struct Decision {
    int64_t time_ns = 0;
    CountryVerdict verdict;
};

/// What was recorded at the end of one tick.
struct DecisionRow {
    int64_t time_ns = 0;
    std::vector<uint8_t> records;
};

void add_record(DecisionRow& row, CountryId id, const CountryVerdict& verdict);
/// nullopt: there is none of it in this row, or the bytes make no sense.
std::optional<Decision> find_record(const DecisionRow& row, CountryId id);
/// Every record of a row, in its order; such as name a country or a state that this lull does not
/// know are left out.
void each_record(const DecisionRow& row,
                 const std::function<void(CountryId, const Decision&)>& take);

/// Chooses what is recorded: a country whose state has changed at once; every ten minutes those of
/// which anything could be asked; every hour all that were ever seen.
class DecisionLog {
  public:
    static constexpr int64_t kOften_ns = int64_t{600} * 1'000'000'000;
    static constexpr int64_t kSeldom_ns = 6 * kOften_ns;
    /// Changes of state between two samples beyond these are not recorded: that is four each.
    static constexpr std::size_t kMostChanges = 1000;

    /// After each tick. Nothing when nothing of it is recorded.
    std::optional<DecisionRow> after_tick(std::span<const CountryVerdict> verdicts,
                                          int64_t tick_end_ns);

  private:
    std::vector<State> states_;  // as recorded last
    int64_t often_ = -1;         // spans since 1970
    int64_t seldom_ = -1;
    std::size_t changes_ = 0;
};

}  // namespace lull
