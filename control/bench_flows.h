// Conversations for benchmarks, drawn from the origin table itself: origins by a heavy tail, a
// prefix of theirs at random, a host in it. The same seed gives the same conversations.
#pragma once

#include <cstdint>
#include <vector>

#include "control/origins/table_file.h"
#include "dataplane/bench.h"

namespace lull {

/// `v6_share` of the `count` conversations are IPv6, as far as the table has routes of both kinds.
std::vector<BenchFlow> draw_bench_flows(const OriginTable& table, uint32_t count, double v6_share,
                                        uint64_t seed);

}  // namespace lull
