// What the workers of a snapshot tell, added to what is shown of them: sums since the start, and
// how evenly packets spread over the workers of a group. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/view.h"
#include "dataplane/snapshot.h"

namespace lull {

/// Adds one snapshot's facts of a worker to its view.
void add_worker(WorkerView& view, const WorkerDelta& delta);

/// Most packets of a worker of `group` over the mean; nothing for one worker or few packets, of
/// which chance alone makes any share.
std::optional<double> worker_skew(std::span<const WorkerDelta> workers, uint32_t group);

/// How long ago the worker moved that moved longest ago, seconds; 0 where there is none.
double longest_silence_s(std::span<const WorkerDelta> workers, double wall_s);

/// "tap0: received 7 = counted 6 + rejected 1; missed 0, errors 0; 4672 of 4672 mbufs free"
std::string port_balance(const PortView& port);

}  // namespace lull
