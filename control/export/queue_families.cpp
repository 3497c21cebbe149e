#include <fmt/format.h>

#include <limits>
#include <numeric>

#include "control/export/families.h"

namespace lull {

void add_queue_families(const View& view, FamilyList& list) {
    list.counter("lull_queue_receive_packets_total",
                 "Packets of one receive queue of a port, and the worker that takes them.");
    for (const WorkerView& worker : view.workers) {
        for (const QueueDelta& queue : worker.queues) {
            list.add(static_cast<double>(queue.received_packets),
                     {{"port", view.ports[queue.port].name},
                      {"queue", fmt::to_string(queue.queue)},
                      {"worker", fmt::to_string(worker.core)}});
        }
    }
    list.histogram("lull_worker_burst_packets",
                   "Packets that a receive of the worker returned, when it returned any: full "
                   "bursts mean that packets wait.");
    for (const WorkerView& worker : view.workers) {
        prometheus::ClientMetric::Histogram histogram;
        uint64_t below = 0;
        for (std::size_t i = 0; i < kBurstBounds.size(); ++i) {
            below += worker.bursts[i];
            histogram.bucket.push_back({below, static_cast<double>(kBurstBounds[i])});
        }
        histogram.bucket.push_back({below, std::numeric_limits<double>::infinity()});
        histogram.sample_count = below;
        histogram.sample_sum = static_cast<double>(worker.received_packets);
        list.add(std::move(histogram), {{"worker", fmt::to_string(worker.core)}});
    }
    list.gauge("lull_group_worker_skew_ratio",
               "Packets of the busiest worker of a group over the mean of its workers, lately; 1 "
               "when all have as many.");
    for (const GroupView& group : view.groups) {
        if (group.worker_skew) {
            list.add(*group.worker_skew, {{"group", group.name}});
        }
    }
}

}  // namespace lull
