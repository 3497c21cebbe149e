// Recorded ticks and checkpoints as rows of the store: all of the last day, and those around
// incidents for a fortnight, so that an incident can be packed and replayed. Of 246 countries at
// ticks of ten seconds a day is 31 MB of ticks and eight checkpoints of 2 MB.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "control/store/checkpoint.h"
#include "control/store/database.h"
#include "control/tick_record.h"

namespace lull {

/// A checkpoint with a state is at most so much older than a tick after it, while lull runs.
inline constexpr int64_t kCheckpointEvery_ns = int64_t{3} * 3600 * 1'000'000'000;
/// Of two that changed settings make in less, as when table follows table, the second has no state.
inline constexpr int64_t kStatePause_ns = int64_t{600} * 1'000'000'000;
/// Kept around an incident: from before the last checkpoint that knew nothing of it, until after
/// its probation; of a long one no more than its first days.
inline constexpr int64_t kKeptBefore_ns = kCheckpointEvery_ns + int64_t{3600} * 1'000'000'000;
inline constexpr int64_t kKeptAfter_ns = int64_t{2} * 3600 * 1'000'000'000;
inline constexpr int64_t kKeptLongest_ns = int64_t{72} * 3600 * 1'000'000'000;
/// As decision records; and in all no more ticks than this: 110 MB, and 58 of checkpoints.
inline constexpr int64_t kTicksKept_ns = int64_t{14} * 86'400'000'000'000;
inline constexpr int64_t kMostTicksKept = 30'000;

StoreResult<void> write_ticks(Database& database, const std::vector<TickRow>& ticks,
                              const std::vector<Checkpoint>& checkpoints);
/// Forgets what is older than `before_ns` and not around an incident.
StoreResult<void> trim_ticks(Database& database, int64_t newest_ns, int64_t before_ns);

/// In their order, those whose bytes match their checksum and make sense.
StoreResult<std::vector<Checkpoint>> read_checkpoints(Database& database, int64_t from_ns,
                                                      int64_t until_ns);
/// Ticks that ended after `after_ns` and until `until_ns`, in their order; false ends it. Returns
/// how many rows made no sense.
StoreResult<std::size_t> read_ticks(Database& database, int64_t after_ns, int64_t until_ns,
                                    const std::function<bool(const TickFacts&)>& take);

}  // namespace lull
