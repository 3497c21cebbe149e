#include "control/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "control/port_news.h"
#include "control/series_ticks.h"
#include "control/time_text.h"
#include "control/upstream_traffic.h"
#include "control/worker_facts.h"

namespace lull {

namespace {

std::vector<uint32_t> networks_of(const Directory& directory) {
    std::vector<uint32_t> networks(directory.countries.size());
    for (std::size_t c = 0; c < networks.size(); ++c) {
        networks[c] = directory.countries[c].networks4 + directory.countries[c].networks6;
    }
    return networks;
}

TableView table_view(const Directory& directory, const TableView& before) {
    TableView view = before;
    view.path = directory.path;
    view.sha256 = directory.sha256;
    view.built_at_s = directory.built_at_s;
    view.prefixes4 = directory.prefixes4;
    view.prefixes6 = directory.prefixes6;
    return view;
}

// Counters add up; gauges are the newest; one incomplete part makes the whole incomplete.
void accumulate(PortDelta& into, const PortDelta& more) {
    into.received_packets += more.received_packets;
    into.received_bytes += more.received_bytes;
    into.counted_packets += more.counted_packets;
    into.truncated_packets += more.truncated_packets;
    into.wire.add(more.wire);
    into.missed_packets += more.missed_packets;
    into.error_packets += more.error_packets;
    into.nombuf_events += more.nombuf_events;
    for (std::size_t reason = 0; reason < kRejectCount; ++reason) {
        into.rejected[reason] += more.rejected[reason];
    }
    for (std::size_t event = 0; event < kPortEventCount; ++event) {
        into.events[event] += more.events[event];
    }
    into.device = more.device;
    into.link_up = more.link_up;
    into.mbufs_free = more.mbufs_free;
    into.mbufs_capacity = more.mbufs_capacity;
    into.mbufs_needed = more.mbufs_needed;
    into.restarts = more.restarts;
    into.shed = std::max(into.shed, more.shed);
    into.complete = into.complete && more.complete;
}

void worsen(GroupFacts& group, const PortHealth& health) {
    if (health.health > group.health) {
        group.health = health.health;
        group.reason = health.reason;
    }
}

/// What the log says anew when it changes.
std::string told_state(const Incident& incident) {
    return fmt::format("{} {}/{}", kind_name(incident.kind), incident.end_ns ? "over" : "open",
                       scope_name(incident.scope));
}

}  // namespace

Monitor::Monitor(MonitorSettings settings, const Layout& layout, const Directory& directory)
    : settings_(std::move(settings)),
      aggregate_(layout.groups.size(), settings_.sources_span),
      member_traffic_(layout.groups.size()),
      detector_(settings_.detector, networks_of(directory), layout.groups.size()),
      networks_(networks_of(directory)),
      tick_(layout.ports.size()),
      table_(table_view(directory, {})),
      as_names_(directory.as_names) {
    aggregate_.adopt(directory);
    for (const PortConfig& port : layout.ports) {
        PortView& view = ports_.emplace_back();
        view.name = port.name;
        view.group = layout.groups[port.group].name;
        view.device = port.device;
        port_group_.push_back(port.group);
        watches_.emplace_back(port.name, port.slice_bytes == 0 ? PortWatch::Frames::kWhole
                                                               : PortWatch::Frames::kSliced);
    }
    for (const GroupConfig& group : layout.groups) {
        groups_.emplace_back().name = group.name;
        group_watches_.emplace_back(group.name);
    }
    living_.resize(groups_.size());
    table_.loads_ok = 1;
}

std::vector<double> Monitor::rates() const {
    std::vector<double> rates;
    for (const CountryVerdict& verdict : detector_.verdicts()) {
        rates.push_back(verdict.expected_life_per_s.value_or(verdict.observed_life_per_s));
    }
    return rates;
}

void Monitor::adopt(const Directory& directory, TableShift shift) {
    aggregate_.adopt(directory);
    const std::vector<double> factors = shift.factors();
    detector_.move_expectation(factors);
    moved_.resize(factors.size(), 1);
    std::transform(moved_.begin(), moved_.end(), factors.begin(), moved_.begin(),
                   std::multiplies<>());
    keep_parts();
    seen_ = std::move(shift.seen);
    seen_sample_.reset();  // its countries were the old table's
    networks_ = networks_of(directory);
    table_ = table_view(directory, table_);
    as_names_ = directory.as_names;
    table_.loads_ok += 1;
    detector_.reconfigure(settings_.detector, networks_);
    ++settings_version_;
}

void Monitor::reconfigure(MonitorSettings settings) {
    settings.sources_span = settings_.sources_span;
    settings_ = std::move(settings);
    detector_.reconfigure(settings_.detector, networks_);
    ++settings_version_;
}

void Monitor::add_port(std::size_t index, const PortDelta& delta) {
    accumulate(ports_[index].totals, delta);
    accumulate(tick_[index], delta);
    ports_[index].link_up = delta.link_up;
    const std::vector<std::string> news = port_news(ports_[index].name, delta);
    news_.insert(news_.end(), news.begin(), news.end());
}

void Monitor::note_networks(const Snapshot& snapshot) {
    for (const GroupDelta& group : snapshot.groups) {
        for (const AreaDelta& area : group.areas) {
            // Areas are countries in every generation: area = country + 1.
            const std::size_t id = index_of(area.area) - std::size_t{1};
            if (id < countries().size()) {
                seen_.add(CountryId{static_cast<uint16_t>(id)}, area.answered_networks,
                          tick_end_ns_);
            }
        }
    }
}

void Monitor::add(const Snapshot& snapshot) {
    aggregate_.add(snapshot);
    add_members(snapshot);
    inspection_.add(snapshot);
    note_networks(snapshot);
    for (std::size_t i = 0; i < snapshot.ports.size(); ++i) {
        add_port(i, snapshot.ports[i]);
    }
    workers_.resize(snapshot.workers.size());
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        add_worker(workers_[i], snapshot.workers[i]);
        workers_[i].group = groups_[snapshot.workers[i].group].name;
        Living& living = living_[snapshot.workers[i].group];
        living.all += snapshot.workers[i].flows.living;
        living.two_way += snapshot.workers[i].flows.two_way;
    }
    for (uint32_t i = 0; i < groups_.size(); ++i) {
        groups_[i].worker_skew = worker_skew(snapshot.workers, i);
    }
}

// A sentence for the log when a sensor's state changes, not when its numbers do.
template <typename Sensor>
void Monitor::note_health(Sensor& sensor, const PortHealth& health) {
    const bool degraded = health.health == Health::kDegraded;
    if (degraded != sensor.degraded && health.health != Health::kUnhealthy) {
        news_.push_back(degraded ? fmt::format("sensor: degraded: {}", health.reason)
                                 : fmt::format("sensor: {} is no longer degraded", sensor.name));
    }
    sensor.degraded = degraded;
    sensor.reason = health.reason;
}

void Monitor::judge_groups(std::vector<GroupFacts>& groups, double seconds, Closed closed) {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        tick_[i].complete = tick_[i].complete && closed == Closed::kInTime;
        const PortHealth health = watches_[i].judge(tick_[i], seconds);
        tick_[i] = PortDelta{};
        PortView& port = ports_[i];
        const bool healthy = health.health != Health::kUnhealthy;
        if (healthy != port.healthy) {
            news_.push_back(healthy ? fmt::format("sensor: {} sees again", port.name)
                                    : fmt::format("sensor: {}", health.reason));
        }
        port.healthy = healthy;
        note_health(port, health);
        port.capture_loss = watches_[i].capture_loss();
        port.duplicates = watches_[i].duplicates();
        worsen(groups[port_group_[i]], health);
    }
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const Living living = std::exchange(living_[i], {});
        const PortHealth health = group_watches_[i].judge(living.all, living.two_way, seconds);
        note_health(groups_[i], health);
        groups_[i].two_way_share = group_watches_[i].two_way();
        worsen(groups[i], health);
    }
}

void Monitor::mark_calendar(TickFacts& facts) {
    std::vector<std::string> now =
        mark_occasions(settings_.calendar, group_names(), utc_offset_s, facts);
    const std::vector<std::string> announced =
        mark_occasions({{}, announced_}, group_names(), utc_offset_s, facts);
    now.insert(now.end(), announced.begin(), announced.end());
    const auto tell_new = [this](const std::vector<std::string>& these,
                                 const std::vector<std::string>& others, const char* words) {
        for (const std::string& each : these) {
            if (std::find(others.begin(), others.end(), each) == others.end()) {
                news_.push_back(fmt::format("calendar: {}{}", each, words));
            }
        }
    };
    tell_new(now, occasions_, "");
    tell_new(occasions_, now, " is over");
    occasions_ = std::move(now);
}

void Monitor::mark_routing(TickFacts& facts) const {
    facts.witness = witness_.state;
    if (facts.witness != WitnessState::kSees) {
        return;
    }
    for (const CountryRoutes& routes : witness_.witness->countries) {
        UpstreamList told{};
        for (std::size_t i = 0; i < std::min(told.size(), routes.largest.size()); ++i) {
            told[i] = routes.largest[i].asn;
        }
        facts.routing.push_back(
            {.networks = routes.networks(),
             .withdrawn = routes.withdrawn,
             .unknown = routes.unknown,
             .upstreams = routes.upstreams,
             .upstream = routes.largest.empty() ? 0 : routes.largest.front().asn,
             .changes = routes.changes,
             .moved = routes.moved,
             .told_upstreams = told});
    }
}

void Monitor::end_tick(int64_t start_ns, double seconds, Closed closed) {
    TickFacts facts;
    facts.start_ns = start_ns;
    facts.seconds = seconds;
    facts.groups = aggregate_.close_tick(seconds);
    const bool looked = std::all_of(tick_.begin(), tick_.end(), [](const PortDelta& port) {
        return port.shed == ShedStage::kNone;
    });
    judge_groups(facts.groups, seconds, closed);
    mark_calendar(facts);
    mark_routing(facts);
    mark_members(facts);
    const auto unhealthy = static_cast<std::size_t>(
        std::count_if(facts.groups.begin(), facts.groups.end(),
                      [](const GroupFacts& g) { return g.health == Health::kUnhealthy; }));
    inspection_.close_tick(
        facts, looked && unhealthy == 0 ? Inspection::Seen::kAll : Inspection::Seen::kNotAll);
    ticks_[unhealthy == 0 ? "ok" : unhealthy == facts.groups.size() ? "missing" : "partial"] += 1;
    detector_.step(facts);
    last_tick_ = std::move(facts);
    keep_unusual_members();
    tick_end_ns_ = start_ns + static_cast<int64_t>(seconds * 1e9);
    note_incidents();
    note_volumes();
}

void Monitor::drop_tick(int64_t start_ns, double seconds) {
    TickFacts facts;
    facts.start_ns = start_ns;
    facts.seconds = seconds;
    facts.groups = aggregate_.close_tick(seconds);
    mark_members(facts);
    inspection_.close_tick(facts, Inspection::Seen::kNotAll);
    for (PortDelta& port : tick_) {
        const auto events = port.events;
        port = {};
        port.events = events;
    }
    living_.assign(living_.size(), {});
}

void Monitor::note_volumes() {
    const std::vector<OriginTotals>& origins = aggregate_.origins();
    day_volumes_.note(origins, tick_end_ns_);
    const std::vector<uint64_t> bytes = day_volumes_.of(origins);
    if (settings_.export_origins) {
        exported_origins_.choose(bytes, settings_.top_origins, tick_end_ns_);
    }
    traffic_behind_.reset();
    if (witness_.state == WitnessState::kSees) {
        traffic_behind_ = std::make_shared<const std::vector<CountryTraffic>>(
            traffic_behind(origins, bytes, *witness_.witness));
    }
}

std::string Monitor::group_of_port(std::string_view name) const {
    const auto found = std::find_if(ports_.begin(), ports_.end(),
                                    [name](const PortView& port) { return port.name == name; });
    return found == ports_.end() ? std::string() : found->group;
}

std::vector<std::string> Monitor::group_names() const {
    std::vector<std::string> names;
    for (const GroupView& group : groups_) {
        names.push_back(group.name);
    }
    return names;
}

void Monitor::adopt(std::vector<Incident> incidents, uint64_t last_id) {
    detector_.adopt(std::move(incidents), last_id);
    for (const Incident& incident : detector_.incidents()) {
        known_incidents_[incident.id] = told_state(incident);
    }
}

void Monitor::teach(const Series& history) {
    std::vector<std::size_t> places;
    for (const SeriesCountry& each : history.countries) {
        places.push_back(index_of(each.id.value_or(kCountryUnknown)));
    }
    const auto show_to = [&](Detector& detector) {
        give_ticks(history, places, countries().size(), Teaches::kFlows,
                   [&](const TickFacts& facts) { detector.step(facts); });
    };
    if (groups_.size() > 1) {
        Detector taught(settings_.detector, networks_, 1);
        show_to(taught);
        detector_.learn_days(taught);
        return;
    }
    show_to(detector_);
    for (const Incident& incident : detector_.incidents()) {
        if (incident.end_ns) {
            known_incidents_[incident.id] = told_state(incident);
        }
    }
}

void Monitor::announce(std::vector<Maintenance> windows) {
    announced_ = std::move(windows);
}

Detector::Word Monitor::acknowledge(uint64_t id, Remark remark) {
    return detector_.acknowledge(id, std::move(remark));
}

Detector::Word Monitor::annotate(uint64_t id, Remark remark) {
    return detector_.annotate(id, std::move(remark));
}

Detector::Word Monitor::close(uint64_t id, const Remark& why) {
    const Detector::Word word = detector_.close(id, why);
    note_incidents();
    return word;
}

void Monitor::note_incidents() {
    name_members();
    for (const Incident& incident : detector_.incidents()) {
        const std::string state = told_state(incident);
        std::string& known = known_incidents_[incident.id];
        if (known == state) {
            continue;
        }
        if (known.empty() && incident.part_of == 0) {
            incidents_total_[fmt::format("{}/{}", kind_name(incident.kind),
                                         scope_name(incident.scope))] += 1;
        }
        known = state;
        news_.push_back(fmt::format(
            "incident {}: {} {} ({}), since {}, lowest {:.0f} % of expected{}{}", incident.id,
            incident.member ? member_fall(incident) + "," : incident_who(incident),
            kind_name(incident.kind), scope_name(incident.scope), format_time(incident.start_ns),
            100 * incident.lowest_ratio,
            incident.end_ns ? ", over at " + format_time(*incident.end_ns) : "",
            incident.evidence.empty() ? "" : ": " + incident.evidence.front()));
    }
}

void Monitor::keep_parts() {
    detector_.keep_parts([this](CountryId country, const PartId& part) {
        return aggregate_.parts().has(country, part);
    });
}

std::vector<PartView> Monitor::parts() const {
    std::vector<PartView> all;
    const std::span<const CountryVerdict> verdicts = detector_.verdicts();
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        const CountryId id{static_cast<uint16_t>(i)};
        const CountryParts& parts = detector_.parts(id);
        for (const CountryParts::Part& part : parts.parts()) {
            all.push_back(
                {id, part.id, parts.share(part), part.last_ns, CountryParts::is_silent(part)});
        }
    }
    return all;
}

View Monitor::view(OriginChoice choice) {
    View view;
    view.version = ++version_;
    view.site = settings_.site;
    view.tick_end_ns = tick_end_ns_;
    view.tick_s = settings_.detector.tick_s;
    if (choice == OriginChoice::kAll) {
        aggregate_.settle();
        for (const OriginTotals& origin : aggregate_.origins()) {
            if (origin.traffic != Traffic{}) {
                view.origins.push_back(origin);
            }
        }
    } else if (settings_.export_origins) {
        view.origins = exported_origins_.of(aggregate_.origins(), aggregate_.countries());
    }
    if (choice == OriginChoice::kExported && tick_end_ns_ != 0 &&
        (seen_sample_ == nullptr || seen_sample_->at_ns != tick_end_ns_)) {
        seen_sample_ =
            std::make_shared<const SeenSample>(SeenSample{tick_end_ns_, seen_.sample(), rates()});
    }
    view.countries = aggregate_.countries();
    view.verdicts.assign(detector_.verdicts().begin(), detector_.verdicts().end());
    view.group_readings.assign(detector_.group_readings().begin(),
                               detector_.group_readings().end());
    view.parts = parts();
    view.incidents = detector_.incidents();
    view.unmatched = aggregate_.unmatched();
    view.private_space = aggregate_.private_space();
    view.ports = ports_;
    view.workers = workers_;
    view.groups = groups_;
    view.occasions = occasions_;
    view.table = table_;
    view.witness = witness_;
    view.traffic_behind = traffic_behind_;
    view.seen = seen_sample_;
    view.as_names = as_names_;
    show_members(view);
    view.inspect = std::make_shared<const InspectView>(inspection_.view());
    view.blind = detector_.blind();
    view.common_fall_ratio = detector_.common_fall_ratio();
    view.ticks = ticks_;
    view.incidents_total = incidents_total_;
    return view;
}

std::vector<std::string> Monitor::take_news() {
    std::vector<std::string> news = inspection_.take_news();
    news.insert(news.end(), news_.begin(), news_.end());
    news_.clear();
    return news;
}

}  // namespace lull
