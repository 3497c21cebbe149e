#include "tests/support/sample_view.h"

namespace lull::test {
namespace {

void show_normal(View& view, CountryId id, uint64_t packets) {
    CountryView& facts = view.countries[index_of(id)];
    facts.traffic = {packets, packets * 500, packets / 2, packets * 100};
    facts.active_sources = 12;
    facts.networks4 = 40;
    facts.networks6 = 4;
    facts.origins = 3;
    CountryVerdict& verdict = view.verdicts[index_of(id)];
    verdict.seen = true;
    verdict.state = State::kNormal;
    verdict.observed_life_per_s = 9.5;
    verdict.expected_life_per_s = 10;
    verdict.observed_sources = 12;
    verdict.observed_bytes_per_s = 12345;
    verdict.ratio = 0.95;
    verdict.detectable_s = 40;
    verdict.state_since_ns = kSampleNowNs - 3'600'000'000'000;
}

PortView sample_port(const char* name) {
    PortView port;
    port.name = name;
    port.group = "tap0";
    port.device = "net_memif0";
    port.totals.received_packets = 1000;
    port.totals.received_bytes = 640000;
    port.totals.counted_packets = 990;
    port.totals.rejected[static_cast<std::size_t>(Reject::kNotIp)] = 10;
    port.totals.missed_packets = 7;
    port.totals.mbufs_free = 15000;
    port.totals.mbufs_capacity = 16384;
    return port;
}

}  // namespace

CountryId id_of(const char* code) {
    return find_country(code).value();
}

View calm_view(std::size_t seen) {
    View view;
    view.version = 42;
    view.site = "ix-example";
    view.tick_end_ns = kSampleNowNs;
    view.published_wall_s = 1'419'267'600.5;
    view.countries.resize(countries().size());
    view.verdicts.resize(countries().size());
    const CountryId kp = id_of("KP");
    show_normal(view, kp, 400);
    for (std::size_t i = 1, shown = 0; i < countries().size() && shown < seen; ++i) {
        const auto id = static_cast<CountryId>(i);
        if (id != kp) {
            show_normal(view, id, 1000 + i);
            ++shown;
        }
    }
    view.countries[index_of(kCountryUnknown)].traffic = {5, 500, 6, 600};
    view.origins = {{131279, kp, {400, 200000, 200, 40000}}, {0, id_of("IR"), {1, 2, 3, 4}}};
    view.unmatched = {11, 1100, 12, 1200};
    view.private_space = {21, 2100, 22, 2200};
    view.ports = {sample_port("tap0-a"), sample_port("tap0-b")};
    view.workers = {{.core = 2,
                     .busy_ratio = 0.25,
                     .last_heartbeat_s = 1'419'267'600.0,
                     .longest_turn_s = 0.001,
                     .received_packets = 1000,
                     .group = "tap0",
                     .bursts = {10, 20, 0, 5, 0, 25},
                     .full_burst_ratio = 0.4,
                     .queues = {{0, 0, 900}, {1, 0, 100}},
                     .flows = {}}};
    view.groups.resize(2);
    view.groups[0].name = "tap0";
    view.groups[0].worker_skew = 1.25;
    view.groups[1].name = "alone";
    view.verdicts[index_of(kp)].alive = 0.75;
    view.group_readings.resize(view.verdicts.size() * view.groups.size());
    view.table = {"/var/lib/lull/origins.lut", "ab12", 1'400'000'000, 1069950, 220103, 2, 1};
    view.ticks = {{"missing", 3}, {"ok", 97}};
    view.tick_duration_buckets = {50, 80, 90, 95, 97, 99, 99, 100};
    view.tick_duration_sum_s = 0.5;
    view.tick_duration_count = 100;
    view.config_reload_wall_s = 1'419'000'000;
    view.ready = true;
    view.clock_synchronised = true;
    view.clock_steps = 1;
    view.store = {true, 2, 1'419'267'590, ""};
    return view;
}

View outage_view(std::size_t seen) {
    View view = calm_view(seen);
    const CountryId kp = id_of("KP");
    CountryVerdict& verdict = view.verdicts[index_of(kp)];
    verdict.state = State::kOutage;
    verdict.ratio = 0.02;
    verdict.observed_life_per_s = 0.02;
    verdict.expected_life_per_s = 1;
    Incident incident;
    incident.id = 7;
    incident.country = kp;
    incident.kind = IncidentKind::kOutage;
    incident.scope = Scope::kLost;
    incident.start_ns = kSampleNowNs - 43LL * 60 * 1'000'000'000;  // 16:17
    incident.detected_ns = incident.start_ns + 90'000'000'000;
    incident.last_verified_ns = kSampleNowNs;
    incident.lowest_ratio = 0.01;
    incident.area = 4200;
    incident.edges = 1;
    incident.evidence = {"life 0.02 of 1 expected per second", "capture loss ruled out: 0 missed"};
    incident.transitions = {{incident.detected_ns, "outage"}};
    view.incidents = {incident};
    view.incidents_total = {{"outage/lost", 1}};
    return view;
}

}  // namespace lull::test
