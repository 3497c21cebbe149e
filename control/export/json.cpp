#include "control/export/json.h"
#include "control/export/inspected.h"
#include "control/export/members.h"

#include <algorithm>
#include <cmath>

#include "control/export/routing.h"
#include "control/export/summary.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

json optional_json(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

json asn_json(uint32_t asn) {
    return asn == 0 ? json(nullptr) : json(asn);
}

json time_json(double unix_s) {
    return unix_s > 0 && unix_s < 9e9 ? json(format_time(std::llround(unix_s * 1000) * 1'000'000))
                                      : json(nullptr);
}

uint64_t whole(double value) {
    return value > 0 && value < 9e18 ? static_cast<uint64_t>(std::llround(value)) : 0;
}

json verdict_json(const CountryVerdict& verdict) {
    return {
        {"state", state_name(verdict.state)},
        {"state_since",
         verdict.state_since_ns > 0 ? json(format_time(verdict.state_since_ns)) : json(nullptr)},
        {"ratio", optional_json(verdict.ratio)},
        {"observed_flows_per_second", verdict.observed_life_per_s},
        {"observed_sources", verdict.observed_sources},
        {"observed_bytes_per_second", verdict.observed_bytes_per_s},
        {"expected_flows_per_second", optional_json(verdict.expected_life_per_s)},
        {"expected_sources", optional_json(verdict.expected_sources)},
        {"expected_bytes_per_second", optional_json(verdict.expected_bytes_per_s)},
        {"demand_ratio", optional_json(verdict.demand_ratio)},
        {"coverage", verdict.coverage},
        {"detectable_seconds", optional_json(verdict.detectable_s)},
        {"stability_doubtful", verdict.doubtful},
        {"evidence", verdict.evidence},
        {"dispersion", optional_json(verdict.dispersion)},
        {"selftest_detection_seconds", optional_json(verdict.canary_s)},
    };
}

json port_json(const PortView& port) {
    json rejected = json::object();
    for (std::size_t i = 1; i < kRejectCount; ++i) {
        rejected[std::string(reject_name(static_cast<Reject>(i)))] = port.totals.rejected[i];
    }
    json events = json::object();
    for (std::size_t i = 0; i < kPortEventCount; ++i) {
        events[std::string(port_event_name(static_cast<PortEvent>(i)))] = port.totals.events[i];
    }
    return {
        {"name", port.name},
        {"group", port.group},
        {"device", port.device},
        {"healthy", port.healthy},
        {"degraded", port.degraded},
        {"reason", port.reason},
        {"link_up", port.link_up},
        {"received_packets", port.totals.received_packets},
        {"received_bytes", port.totals.received_bytes},
        {"counted_packets", port.totals.counted_packets},
        {"rejected", std::move(rejected)},
        {"truncated_packets", port.totals.truncated_packets},
        {"capture_loss_ratio", optional_json(port.capture_loss)},
        {"duplicate_ratio", optional_json(port.duplicates)},
        {"missed_packets", port.totals.missed_packets},
        {"error_packets", port.totals.error_packets},
        {"nombuf_events", port.totals.nombuf_events},
        {"mbufs_free", port.totals.mbufs_free},
        {"mbufs_capacity", port.totals.mbufs_capacity},
        {"restarts", port.totals.restarts},
        {"events", std::move(events)},
    };
}

json table_json(const TableView& table) {
    return {
        {"path", table.path},
        {"sha256", table.sha256},
        {"built_at", time_json(static_cast<double>(table.built_at_s))},
        {"prefixes_v4", table.prefixes4},
        {"prefixes_v6", table.prefixes6},
        {"loads_ok", table.loads_ok},
        {"loads_failed", table.loads_failed},
    };
}

json remark_json(const Remark& remark, const char* text) {
    return {{"at", format_time(remark.time_ns)}, {"by", remark.by}, {text, remark.text}};
}

std::string code_of(CountryId id) {
    return std::string(country(id).code);
}

}  // namespace

json traffic_json(const Traffic& traffic) {
    return {
        {"sent_packets", traffic.sent_packets},
        {"sent_bytes", traffic.sent_bytes},
        {"received_packets", traffic.received_packets},
        {"received_bytes", traffic.received_bytes},
    };
}

json incident_json(const Incident& incident) {
    json transitions = json::array();
    for (const Transition& each : incident.transitions) {
        transitions.push_back({{"time", format_time(each.time_ns)}, {"state", each.state}});
    }
    json notes = json::array();
    for (const Remark& each : incident.notes) {
        notes.push_back(remark_json(each, "text"));
    }
    json document = {
        {"id", incident.id},
        {"country", incident.country ? json(code_of(*incident.country)) : json(nullptr)},
        {"kind", kind_name(incident.kind)},
        {"scope", scope_name(incident.scope)},
        {"start", format_time(incident.start_ns)},
        {"detected", format_time(incident.detected_ns)},
        {"end", incident.end_ns ? json(format_time(*incident.end_ns)) : json(nullptr)},
        {"last_verified", format_time(incident.last_verified_ns)},
        {"lowest_ratio", incident.lowest_ratio},
        {"area", incident.area},
        {"edges", incident.edges},
        {"evidence", incident.evidence},
        {"transitions", std::move(transitions)},
        {"acknowledged",
         incident.acknowledged ? remark_json(*incident.acknowledged, "note") : json(nullptr)},
        {"notes", std::move(notes)},
    };
    if (incident.member) {
        const MemberKey& key = *incident.member;
        document["member"] = {
            {"member", member_label(key)},
            {"asn", key.asn == 0 ? json(nullptr) : json(key.asn)},
            {"name", incident.member_name.empty() ? json(nullptr) : json(incident.member_name)}};
    }
    if (incident.part_of != 0) {
        document["part_of"] = incident.part_of;
    }
    if (!incident.countries.empty()) {
        json codes = json::array();
        for (const CountryId id : incident.countries) {
            codes.push_back(code_of(id));
        }
        document["countries"] = std::move(codes);
    }
    return document;
}

json incidents_json(const View& view, std::optional<int64_t> since_ns) {
    json list = json::array();
    for (const Incident& incident : view.incidents) {
        if (!since_ns || !incident.end_ns || *incident.end_ns >= *since_ns) {
            list.push_back(incident_json(incident));
        }
    }
    return list;
}

json worker_json(const View& view, const WorkerView& worker) {
    json queues = json::array();
    for (const QueueDelta& queue : worker.queues) {
        queues.push_back({{"port", view.ports[queue.port].name},
                          {"queue", queue.queue},
                          {"received_packets", queue.received_packets}});
    }
    json bursts = json::object();
    for (std::size_t i = 0; i < kBurstBounds.size(); ++i) {
        bursts[fmt::to_string(kBurstBounds[i])] = worker.bursts[i];
    }
    return {{"core", worker.core},
            {"group", worker.group},
            {"busy_ratio", worker.busy_ratio},
            {"full_burst_ratio", worker.full_burst_ratio},
            {"received_packets", worker.received_packets},
            {"queues", std::move(queues)},
            {"bursts", std::move(bursts)},
            {"last_heartbeat", time_json(worker.last_heartbeat_s)},
            {"longest_turn_seconds", worker.longest_turn_s},
            {"taken_seconds", worker.taken_s}};
}

json states_json(const View& view) {
    json states = json::object();
    for (const CountryRow& row : seen_countries(view)) {
        states[code_of(row.id)] = state_name(row.verdict->state);
    }
    return states;
}

json country_json(const View& view, CountryId id) {
    json document = {{"name", country(id).name}};
    const CountryRow row = country_row(view, id);
    if (!row.seen()) {
        document["state"] = state_name(row.verdict->state);
        return document;
    }
    document.update(traffic_json(row.facts->traffic));
    document.update(verdict_json(*row.verdict));
    document["timezone"] = country(id).timezone;
    document["active_sources"] = whole(row.facts->active_sources);
    document["answered_flows"] = row.facts->answered_flows;
    document["two_way_share"] = optional_json(row.facts->two_way_share);
    document["networks_v4"] = row.facts->networks4;
    document["networks_v6"] = row.facts->networks6;
    document["origins"] = row.facts->origins;
    document["routing"] = routing_json(view, id);
    document["members"] = country_members_json(view, id);
    document["labelled"] = labelled_json(view, id);
    return document;
}

json countries_json(const View& view) {
    json list = json::object();
    for (std::size_t i = 0; i < countries().size(); ++i) {
        const auto id = static_cast<CountryId>(i);
        list[code_of(id)] = country_json(view, id);
    }
    return {
        {"time", format_time(view.tick_end_ns)},
        {"countries", std::move(list)},
        {"unmatched", traffic_json(view.unmatched)},
        {"private", traffic_json(view.private_space)},
    };
}

json origins_json(const View& view) {
    json list = json::array();
    for (const OriginTotals& origin : view.origins) {
        json entry = traffic_json(origin.traffic);
        entry["asn"] = asn_json(origin.asn);
        entry["country"] = code_of(origin.country);
        list.push_back(std::move(entry));
    }
    return {{"time", format_time(view.tick_end_ns)}, {"origins", std::move(list)}};
}

json maintenance_json(const AnnouncedMaintenance& entry, int64_t now_ns) {
    const auto named = [](const std::string& name) {
        return name.empty() ? json(nullptr) : json(name);
    };
    return {{"id", entry.id != 0 ? json(entry.id) : json(nullptr)},
            {"group", named(entry.window.group)},
            {"country", named(entry.window.country)},
            {"from", format_time(entry.window.from_ns)},
            {"until", format_time(entry.until_ns())},
            {"note", entry.window.name},
            {"by", entry.by},
            {"when", entry.until_ns() <= now_ns       ? "over"
                     : entry.window.from_ns <= now_ns ? "now"
                                                      : "to come"}};
}

json maintenances_json(const View& view) {
    std::vector<const AnnouncedMaintenance*> order;
    for (const AnnouncedMaintenance& entry : view.maintenance) {
        order.push_back(&entry);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        return a->window.from_ns < b->window.from_ns;
    });
    json list = json::array();
    for (const AnnouncedMaintenance* entry : order) {
        list.push_back(maintenance_json(*entry, view.tick_end_ns));
    }
    return {{"time", format_time(view.tick_end_ns)}, {"maintenance", std::move(list)}};
}

json store_json(const StoreView& store) {
    return {{"in_use", store.in_use},
            {"errors", store.errors},
            {"last_success",
             store.last_success_wall_s > 0 ? time_json(store.last_success_wall_s) : json(nullptr)},
            {"trouble", store.trouble}};
}

json status_json(const View& view) {
    json ports = json::array();
    for (const PortView& port : view.ports) {
        ports.push_back(port_json(port));
    }
    json workers = json::array();
    for (const WorkerView& worker : view.workers) {
        workers.push_back(worker_json(view, worker));
    }
    json groups = json::array();
    for (const GroupView& group : view.groups) {
        groups.push_back({{"name", group.name},
                          {"worker_skew", optional_json(group.worker_skew)},
                          {"two_way_share", optional_json(group.two_way_share)},
                          {"degraded", group.degraded},
                          {"reason", group.reason}});
    }
    json states = json::object();
    for (const CountryRow& row : seen_countries(view)) {
        json& count = states[std::string(state_name(row.verdict->state))];
        count = count.is_null() ? 1 : count.get<uint64_t>() + 1;
    }
    const Summary summary = summarise(view);
    return {
        {"site", view.site},
        {"ready", view.ready},
        {"not_ready_reason", view.not_ready_reason},
        {"summary", summary.text()},
        {"time", format_time(view.tick_end_ns)},
        {"published", time_json(view.published_wall_s)},
        {"tick_seconds", view.tick_s},
        {"clock_scale", view.clock_scale},
        {"ticks", view.ticks},
        {"blind", view.blind},
        {"occasions", view.occasions},
        {"common_fall_ratio", view.common_fall_ratio},
        {"states", std::move(states)},
        {"countries_judged", summary.judged},
        {"incidents_open", summary.open_incidents},
        {"ports", std::move(ports)},
        {"workers", std::move(workers)},
        {"groups", std::move(groups)},
        {"table", table_json(view.table)},
        {"unmatched", traffic_json(view.unmatched)},
        {"private", traffic_json(view.private_space)},
        {"config_last_reload_successful", view.config_reload_ok},
        {"clock_synchronised",
         view.clock_synchronised ? json(*view.clock_synchronised) : json(nullptr)},
        {"clock_steps", view.clock_steps},
        {"store", store_json(view.store)},
    };
}

std::string dump_json(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace lull
