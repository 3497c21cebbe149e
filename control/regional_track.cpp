#include "control/regional_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "control/time_text.h"

namespace lull {
namespace {

// A relapse reopens a country's incident for a day after its return, and with it this one.
constexpr int64_t kRelapse_ns = int64_t{25} * 3600 * 1'000'000'000;

/// Of one country that fell, by whatever name: a ticket of slow sinking is no fall.
bool is_fall(const Incident& incident) {
    switch (incident.kind) {
        case IncidentKind::kOutage:
        case IncidentKind::kPartialOutage:
        case IncidentKind::kUnstable:
        case IncidentKind::kV4Only:
        case IncidentKind::kV6Only:
            return incident.country.has_value();
        default:
            return false;
    }
}

}  // namespace

void RegionalTrack::step(int64_t end_ns, double tick_s, Ledger& ledger) {
    const auto ticks_ns = static_cast<int64_t>(2 * tick_s * 1e9);
    look(end_ns, std::max(kTogether_ns, ticks_ns), ledger);
    for (Event& event : events_) {
        follow(event, end_ns, ledger);
    }
    std::erase_if(events_, [&](const Event& event) {
        return event.over_ns != 0 && end_ns - event.over_ns > kRelapse_ns;
    });
}

// Incidents that are new since the last tick: parts of an event that goes on, or, with those of the
// last minutes, the beginning of one.
void RegionalTrack::look(int64_t end_ns, int64_t together_ns, Ledger& ledger) {
    std::vector<uint64_t> fresh;
    std::vector<uint64_t> recent;
    std::vector<uint64_t> orphans;
    for (auto each = ledger.all().rbegin(); each != ledger.all().rend(); ++each) {
        if (is_fall(*each) && each->part_of == 0 && end_ns - each->detected_ns < kProven_ns) {
            recent.push_back(each->id);
            if (each->id > last_id_ && each->detected_ns >= end_ns) fresh.push_back(each->id);
        }
        if (each->part_of != 0 && !each->end_ns && !follows(each->part_of)) {
            orphans.push_back(each->id);  // back after its event is forgotten: its own again
        }
    }
    for (const uint64_t id : orphans) {
        ledger.find(id)->part_of = 0;
    }
    if (!ledger.all().empty()) {
        last_id_ = std::max(last_id_, ledger.all().back().id);
    }
    for (const uint64_t id : fresh) {
        Incident* incident = ledger.find(id);
        const int64_t start_ns = incident->start_ns;
        const auto near = [&](int64_t other_ns) {
            return std::llabs(start_ns - other_ns) <= together_ns;
        };
        const auto event = std::find_if(events_.begin(), events_.end(), [&](const Event& each) {
            return each.over_ns == 0 && near(each.start_ns) && each.parts.size() < kMostParts;
        });
        if (event != events_.end()) {
            join(*incident, *event, ledger);
            continue;
        }
        std::vector<uint64_t> together;
        for (const uint64_t other : recent) {
            const Incident* its = ledger.find(other);
            if (its->part_of == 0 && near(its->start_ns)) together.push_back(other);
        }
        if (together.size() >= kLeast && events_.size() < kMostEvents) {
            found(together, end_ns, ledger);
        }
    }
}

void RegionalTrack::found(const std::vector<uint64_t>& together, int64_t end_ns, Ledger& ledger) {
    Event event;
    Incident incident;
    incident.kind = IncidentKind::kRegional;
    incident.start_ns = end_ns;
    incident.detected_ns = incident.last_verified_ns = end_ns;
    incident.edges = 1;
    int64_t last_ns = 0;
    std::string alone;
    for (const uint64_t id : together) {
        const Incident* its = ledger.find(id);
        incident.start_ns = std::min(incident.start_ns, its->start_ns);
        last_ns = std::max(last_ns, its->start_ns);
        incident.countries.push_back(*its->country);
        if (its->detected_ns < end_ns) {
            alone += fmt::format("{}{}", alone.empty() ? "" : ", ", id);
        }
    }
    std::sort(incident.countries.begin(), incident.countries.end());
    incident.evidence.push_back(
        fmt::format("{} countries fell within {:.0f} s of one another, each proven by itself",
                    together.size(), static_cast<double>(last_ns - incident.start_ns) / 1e9));
    incident.evidence.push_back(
        "ruled out, one member's port: it would have been told of in their place");
    incident.evidence.push_back(
        "ruled out, site: what everything has in common was taken out before each was judged");
    if (!alone.empty()) {
        incident.evidence.push_back("told of before, and go on by themselves too: incidents " +
                                    alone);
    }
    incident.transitions.push_back({end_ns, std::string(kind_name(incident.kind))});
    event.start_ns = incident.start_ns;
    event.incident = ledger.open(std::move(incident));
    for (const uint64_t id : together) {
        Incident* its = ledger.find(id);
        event.parts.push_back({id});
        if (its->detected_ns >= end_ns) {
            its->part_of = event.incident;
        }
        Ledger::note(*its, fmt::format("fell together with {} others: incident {}",
                                       together.size() - 1, event.incident));
    }
    last_id_ = std::max(last_id_, event.incident);
    events_.push_back(std::move(event));
}

void RegionalTrack::join(Incident& incident, Event& event, Ledger& ledger) {
    incident.part_of = event.incident;
    event.parts.push_back({incident.id});
    const CountryId its = *incident.country;
    Ledger::note(incident, fmt::format("fell together with others: incident {}", event.incident));
    Incident* all = ledger.find(event.incident);
    if (all == nullptr) {
        return;
    }
    if (std::find(all->countries.begin(), all->countries.end(), its) == all->countries.end()) {
        all->countries.push_back(its);
        std::sort(all->countries.begin(), all->countries.end());
    }
    Ledger::note(*all, fmt::format("another country too, since {}: incident {}",
                                   format_time(incident.start_ns), incident.id));
}

// It is as grave as the gravest of its countries that is wholly out, and over when all are back.
void RegionalTrack::follow(Event& event, int64_t end_ns, Ledger& ledger) {
    Incident* all = ledger.find(event.incident);
    if (all == nullptr) {
        event.over_ns = event.over_ns == 0 ? end_ns : event.over_ns;
        return;
    }
    std::size_t open = 0;
    int64_t last_end_ns = all->start_ns;
    Scope scope = Scope::kUnproven;
    double area = 0;
    for (const Part& part : event.parts) {
        const Incident* its = ledger.find(part.incident);
        if (its == nullptr) {
            continue;
        }
        open += its->end_ns ? 0 : 1;
        last_end_ns = std::max(last_end_ns, its->end_ns.value_or(0));
        area += its->area;
        all->lowest_ratio = std::min(all->lowest_ratio, its->lowest_ratio);
        if (!its->end_ns && its->kind == IncidentKind::kOutage) {
            scope = std::min(scope, its->scope);
        }
    }
    if (open > 0) {
        if (event.over_ns != 0) {
            event.over_ns = 0;
            ++all->edges;
            ledger.reopen(event.incident);
            Ledger::move(*all, end_ns, kind_name(all->kind));
        }
        all->scope = scope;
        all->area = area;
        all->last_verified_ns = end_ns;
    } else if (event.over_ns == 0) {
        event.over_ns = end_ns;
        ++all->edges;
        Ledger::move(*all, end_ns, "normal");
        ledger.close(event.incident, last_end_ns);
    }
}

bool RegionalTrack::follows(uint64_t incident) const {
    return std::any_of(events_.begin(), events_.end(),
                       [incident](const Event& each) { return each.incident == incident; });
}

std::vector<uint64_t> RegionalTrack::let_go(uint64_t incident) {
    std::vector<uint64_t> parts;
    for (const Event& event : events_) {
        for (const Part& part : event.parts) {
            if (event.incident == incident) parts.push_back(part.incident);
        }
    }
    std::erase_if(events_, [incident](const Event& each) { return each.incident == incident; });
    return parts;
}

}  // namespace lull
