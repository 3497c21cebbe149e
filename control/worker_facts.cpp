#include "control/worker_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lull {

namespace {

// A thousand a worker spread by chance come within a tenth of the mean.
constexpr double kEnoughPackets = 1000;

}  // namespace

void add_worker(WorkerView& view, const WorkerDelta& delta) {
    view.core = delta.core;
    view.busy_ratio = delta.busy_ratio;
    view.last_heartbeat_s = delta.last_heartbeat_s;
    view.longest_turn_s = delta.longest_turn_s;
    view.received_packets += delta.received_packets;
    view.long_turns += delta.long_turns;
    view.taken_s += delta.taken_s;
    view.flows.shed_stage = ShedStage::kNone;  // of this time alone
    view.flows.add(delta.flows);
    const uint64_t bursts = std::accumulate(delta.bursts.begin(), delta.bursts.end(), uint64_t{0});
    view.full_burst_ratio =
        bursts == 0 ? 0 : static_cast<double>(delta.bursts.back()) / static_cast<double>(bursts);
    for (std::size_t i = 0; i < delta.bursts.size(); ++i) {
        view.bursts[i] += delta.bursts[i];
    }
    // A worker that did not flip in time has no queues in this snapshot.
    view.queues.resize(std::max(view.queues.size(), delta.queues.size()));
    for (std::size_t i = 0; i < delta.queues.size(); ++i) {
        view.queues[i].port = delta.queues[i].port;
        view.queues[i].queue = delta.queues[i].queue;
        view.queues[i].received_packets += delta.queues[i].received_packets;
    }
}

std::optional<double> worker_skew(std::span<const WorkerDelta> workers, uint32_t group) {
    double most = 0, sum = 0, count = 0;
    for (const WorkerDelta& worker : workers) {
        if (worker.group == group && worker.flipped) {
            const auto packets = static_cast<double>(worker.received_packets);
            most = std::max(most, packets);
            sum += packets;
            count += 1;
        }
    }
    if (count < 2 || sum < count * kEnoughPackets) {
        return std::nullopt;
    }
    return most / (sum / count);
}

double longest_silence_s(std::span<const WorkerDelta> workers, double wall_s) {
    double longest = 0;
    for (const WorkerDelta& worker : workers) {
        longest = std::max(longest, wall_s - worker.last_heartbeat_s);
    }
    return longest;
}

std::string port_balance(const PortView& port) {
    return fmt::format(
        "{}: received {} = counted {} + rejected {}; missed {}, errors {}; {} of {} mbufs free",
        port.name, port.totals.received_packets, port.totals.counted_packets,
        port.totals.received_packets - port.totals.counted_packets, port.totals.missed_packets,
        port.totals.error_packets, port.totals.mbufs_free, port.totals.mbufs_capacity);
}

}  // namespace lull
