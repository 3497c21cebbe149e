#include <fmt/format.h>

#include <limits>

#include "control/export/families.h"

namespace lull {
namespace {

using prometheus::MetricType;

/// A metric with the one label `port`.
struct PortMetric {
    const char* name;
    const char* help;
    MetricType type;
    double (*value)(const PortView& port);
};

constexpr PortMetric kPortMetrics[] = {
    {"lull_sensor_healthy", "Whether what the port sees can be trusted.", MetricType::Gauge,
     [](const PortView& port) { return port.healthy ? 1.0 : 0.0; }},
    {"lull_sensor_degraded", "Whether what the port sees is less sure than usual.",
     MetricType::Gauge, [](const PortView& port) { return port.degraded ? 1.0 : 0.0; }},
    {"lull_port_receive_packets_total", "Frames the device handed over.", MetricType::Counter,
     [](const PortView& port) { return static_cast<double>(port.totals.received_packets); }},
    {"lull_port_receive_bytes_total", "Frame bytes without checksum the device handed over.",
     MetricType::Counter,
     [](const PortView& port) { return static_cast<double>(port.totals.received_bytes); }},
    {"lull_port_counted_packets_total", "Frames counted as IP packets; the others are rejected.",
     MetricType::Counter,
     [](const PortView& port) { return static_cast<double>(port.totals.counted_packets); }},
    {"lull_port_truncated_packets_total",
     "Counted packets whose frame ends before their IP length says.", MetricType::Counter,
     [](const PortView& port) { return static_cast<double>(port.totals.truncated_packets); }},
    {"lull_port_nombuf_total", "Times the device found no free buffer; a signal, no loss count.",
     MetricType::Counter,
     [](const PortView& port) { return static_cast<double>(port.totals.nombuf_events); }},
    {"lull_port_restarts_total", "Times the port was stopped and started again.",
     MetricType::Counter,
     [](const PortView& port) { return static_cast<double>(port.totals.restarts); }},
    {"lull_port_link_up", "Whether the port has a carrier.", MetricType::Gauge,
     [](const PortView& port) { return port.link_up ? 1.0 : 0.0; }},
};

void add_port_families(const View& view, FamilyList& list) {
    for (const PortMetric& metric : kPortMetrics) {
        if (metric.type == MetricType::Counter) {
            list.counter(metric.name, metric.help);
        } else {
            list.gauge(metric.name, metric.help);
        }
        for (const PortView& port : view.ports) {
            list.add(metric.value(port), {{"port", port.name}});
        }
    }
    list.counter("lull_port_dropped_packets_total",
                 "Frames the device dropped before lull could take them.");
    for (const PortView& port : view.ports) {
        list.add(static_cast<double>(port.totals.missed_packets),
                 {{"port", port.name}, {"reason", "imissed"}});
        list.add(static_cast<double>(port.totals.error_packets),
                 {{"port", port.name}, {"reason", "errors"}});
    }
    list.counter("lull_packets_rejected_total", "Frames that are not counted, and why.");
    for (const PortView& port : view.ports) {
        for (std::size_t i = 1; i < kRejectCount; ++i) {
            list.add(static_cast<double>(port.totals.rejected[i]),
                     {{"port", port.name}, {"reason", reject_name(static_cast<Reject>(i))}});
        }
    }
    list.counter("lull_port_events_total",
                 "What the port's device and driver told: link changes, resets asked for, removal, "
                 "errors that the driver mends.");
    for (const PortView& port : view.ports) {
        for (std::size_t i = 0; i < kPortEventCount; ++i) {
            list.add(static_cast<double>(port.totals.events[i]),
                     {{"port", port.name}, {"event", port_event_name(static_cast<PortEvent>(i))}});
        }
    }
    list.gauge("lull_port_capture_loss_ratio",
               "Share of acknowledged TCP segments that never came: lost in the mirror, the tap or "
               "the device. Absent until there is a sample.");
    for (const PortView& port : view.ports) {
        if (port.capture_loss) {
            list.add(*port.capture_loss, {{"port", port.name}});
        }
    }
    list.gauge("lull_port_duplicate_ratio",
               "Share of TCP segments that came a second time; they are counted all the same.");
    for (const PortView& port : view.ports) {
        if (port.duplicates) {
            list.add(*port.duplicates, {{"port", port.name}});
        }
    }
    list.gauge("lull_group_two_way_share",
               "Share of the conversations of a group of ports that is seen both ways.");
    for (const GroupView& group : view.groups) {
        if (group.two_way_share) {
            list.add(*group.two_way_share, {{"group", group.name}});
        }
    }
    list.gauge("lull_mbufs_free", "Free packet buffers of the port's pool.");
    for (const PortView& port : view.ports) {
        list.add(port.totals.mbufs_free, {{"pool", port.name}});
    }
    list.gauge("lull_mbufs_capacity", "Packet buffers of the port's pool.");
    for (const PortView& port : view.ports) {
        list.add(port.totals.mbufs_capacity, {{"pool", port.name}});
    }
}

struct FlowEvent {
    const char* name;
    uint64_t FlowCounts::*count;
};

constexpr FlowEvent kFlowEvents[] = {
    {"created", &FlowCounts::created}, {"displaced", &FlowCounts::displaced},
    {"ended", &FlowCounts::ended},     {"idle", &FlowCounts::idle},
    {"active", &FlowCounts::active},   {"evicted", &FlowCounts::evicted},
    {"refused", &FlowCounts::refused},
};

void add_flow_families(const View& view, FamilyList& list) {
    list.gauge("lull_worker_flows", "Conversations in the worker's table.");
    for (const WorkerView& worker : view.workers) {
        list.add(worker.flows.occupied, {{"worker", fmt::to_string(worker.core)}});
    }
    list.counter("lull_worker_flow_events_total",
                 "What became of conversations: created (of them displaced: away from home), and "
                 "dropped as ended, idle, active, evicted; refused found no place.");
    for (const WorkerView& worker : view.workers) {
        for (const FlowEvent& event : kFlowEvents) {
            list.add(static_cast<double>(worker.flows.*event.count),
                     {{"worker", fmt::to_string(worker.core)}, {"event", event.name}});
        }
    }
    list.gauge("lull_worker_shed_stage",
               "What the worker leaves out: 0 nothing, 1 inspection, 2 new flows, 3 sources too.");
    for (const WorkerView& worker : view.workers) {
        list.add(static_cast<double>(worker.flows.shed_stage),
                 {{"worker", fmt::to_string(worker.core)}});
    }
    list.counter("lull_worker_shed_packets_total",
                 "Packets that skipped a stage; they are counted all the same.");
    for (const WorkerView& worker : view.workers) {
        const std::string name = fmt::to_string(worker.core);
        list.add(static_cast<double>(worker.flows.shed_inspect_packets),
                 {{"worker", name}, {"stage", "inspect"}});
        list.add(static_cast<double>(worker.flows.shed_flow_packets),
                 {{"worker", name}, {"stage", "flows"}});
        list.add(static_cast<double>(worker.flows.shed_source_packets),
                 {{"worker", name}, {"stage", "sources"}});
    }
}

void add_worker_families(const View& view, FamilyList& list) {
    list.gauge("lull_worker_busy_ratio", "Share of the worker's cycles spent on packets.");
    for (const WorkerView& worker : view.workers) {
        list.add(worker.busy_ratio, {{"worker", fmt::to_string(worker.core)}});
    }
    list.gauge("lull_worker_last_heartbeat_timestamp_seconds",
               "When the worker last showed that it runs.");
    for (const WorkerView& worker : view.workers) {
        list.add(worker.last_heartbeat_s, {{"worker", fmt::to_string(worker.core)}});
    }
    list.gauge("lull_worker_longest_turn_seconds",
               "Longest time between two looks at the queues, lately.");
    for (const WorkerView& worker : view.workers) {
        list.add(worker.longest_turn_s, {{"worker", fmt::to_string(worker.core)}});
    }
    list.counter("lull_worker_long_turns_total",
                 "Times more than a millisecond passed between two looks at the queues.");
    for (const WorkerView& worker : view.workers) {
        list.add(static_cast<double>(worker.long_turns), {{"worker", fmt::to_string(worker.core)}});
    }
    list.counter("lull_worker_taken_seconds_total",
                 "Time in which the worker's core ran something else: another task, interrupts, "
                 "another guest of the host. Grows by itself only on cores that are not isolated.");
    for (const WorkerView& worker : view.workers) {
        list.add(worker.taken_s, {{"worker", fmt::to_string(worker.core)}});
    }
    list.counter("lull_worker_receive_packets_total",
                 "Packets the worker took from its queues: shows a queue that gets nothing.");
    for (const WorkerView& worker : view.workers) {
        list.add(static_cast<double>(worker.received_packets),
                 {{"worker", fmt::to_string(worker.core)}});
    }
    add_flow_families(view, list);
}

void add_table_families(const View& view, FamilyList& list) {
    list.counter("lull_packets_unmatched_total", "IP packets of routable space in no prefix.");
    list.add(static_cast<double>(view.unmatched.sent_packets), {{"direction", "sent"}});
    list.add(static_cast<double>(view.unmatched.received_packets), {{"direction", "received"}});
    list.counter("lull_packets_private_total", "IP packets of private and special space.");
    list.add(static_cast<double>(view.private_space.sent_packets), {{"direction", "sent"}});
    list.add(static_cast<double>(view.private_space.received_packets), {{"direction", "received"}});
    list.gauge("lull_origin_table_prefixes", "Prefixes of the loaded origin table.");
    list.add(static_cast<double>(view.table.prefixes4), {{"family", "ipv4"}});
    list.add(static_cast<double>(view.table.prefixes6), {{"family", "ipv6"}});
    list.gauge("lull_origin_table_built_timestamp_seconds",
               "When the loaded origin table was built.");
    list.add(static_cast<double>(view.table.built_at_s));
    list.counter("lull_origin_table_loads_total", "Attempts to load an origin table.");
    list.add(static_cast<double>(view.table.loads_ok), {{"result", "ok"}});
    list.add(static_cast<double>(view.table.loads_failed), {{"result", "failed"}});
}

void add_detector_families(const View& view, FamilyList& list) {
    list.gauge("lull_sensor_blind", "Whether the whole site sees nothing it can trust.");
    list.add(view.blind ? 1 : 0);
    list.gauge("lull_common_fall_ratio", "Common factor of all countries; 1 when there is none.");
    list.add(view.common_fall_ratio);
    list.gauge("lull_snapshot_timestamp_seconds", "When the numbers of this scrape were taken.");
    list.add(view.published_wall_s);
    list.counter("lull_detector_ticks_total", "Ticks of the detector by what was seen of them.");
    for (const auto& [result, count] : view.ticks) {
        list.add(static_cast<double>(count), {{"result", result}});
    }
    prometheus::ClientMetric::Histogram histogram;
    histogram.sample_count = view.tick_duration_count;
    histogram.sample_sum = view.tick_duration_sum_s;
    for (std::size_t i = 0; i < kTickDurationBounds.size(); ++i) {
        histogram.bucket.push_back({view.tick_duration_buckets[i], kTickDurationBounds[i]});
    }
    histogram.bucket.push_back({view.tick_duration_count, std::numeric_limits<double>::infinity()});
    list.histogram("lull_detector_tick_duration_seconds", "What a tick of the detector takes.");
    list.add(std::move(histogram));
}

}  // namespace

void add_sensor_families(const View& view, FamilyList& list) {
    add_port_families(view, list);
    add_worker_families(view, list);
    add_queue_families(view, list);
    add_table_families(view, list);
    add_detector_families(view, list);
    list.gauge("lull_config_last_reload_successful", "Whether the last reload was applied.");
    list.add(view.config_reload_ok ? 1 : 0);
    list.gauge("lull_config_last_reload_success_timestamp_seconds",
               "When a configuration was last applied.");
    list.add(view.config_reload_wall_s);
    if (view.store.in_use) {
        list.counter("lull_store_errors_total", "Times the store could not be read or written.");
        list.add(static_cast<double>(view.store.errors));
    }
    if (view.store.last_success_wall_s > 0) {
        list.gauge("lull_store_last_success_timestamp_seconds",
                   "When the store was last read or written.");
        list.add(view.store.last_success_wall_s);
    }
    if (view.clock_synchronised) {
        list.gauge("lull_clock_synchronised", "Whether the kernel says that its clock is right.");
        list.add(*view.clock_synchronised ? 1 : 0);
    }
    list.counter("lull_clock_steps_total", "Times the wall clock jumped against the steady one.");
    list.add(static_cast<double>(view.clock_steps));
}

}  // namespace lull
