// Bounded in every direction: closed incidents, transitions and sentences.
#include "control/ledger.h"

#include <algorithm>

namespace lull {

uint64_t Ledger::open(Incident incident) {
    incident.id = ++last_id_;
    incidents_.push_back(std::move(incident));
    return last_id_;
}

Incident* Ledger::find(uint64_t id) {
    // From the back: whoever asks has a recent one.
    const auto found = std::find_if(incidents_.rbegin(), incidents_.rend(),
                                    [id](const Incident& incident) { return incident.id == id; });
    return found == incidents_.rend() ? nullptr : &*found;
}

void Ledger::close(uint64_t id, int64_t end_ns) {
    Incident* incident = find(id);
    if (incident == nullptr) {
        return;
    }
    incident->end_ns = std::max(end_ns, incident->start_ns);
    const auto closed = [](const Incident& each) { return each.end_ns.has_value(); };
    if (static_cast<std::size_t>(std::count_if(incidents_.begin(), incidents_.end(), closed)) >
        kClosedKept) {
        incidents_.erase(std::find_if(incidents_.begin(), incidents_.end(), closed));
    }
}

void Ledger::reopen(uint64_t id) {
    if (Incident* incident = find(id)) {
        incident->end_ns.reset();
    }
}

void Ledger::adopt(std::vector<Incident> incidents, uint64_t last_id) {
    std::sort(incidents.begin(), incidents.end(),
              [](const Incident& a, const Incident& b) { return a.id < b.id; });
    const auto closed = [](const Incident& each) { return each.end_ns.has_value(); };
    auto surplus = std::count_if(incidents.begin(), incidents.end(), closed) -
                   static_cast<std::ptrdiff_t>(kClosedKept);
    std::erase_if(incidents, [&](const Incident& each) { return closed(each) && surplus-- > 0; });
    incidents_ = std::move(incidents);
    last_id_ = std::max(last_id_, last_id);
    if (!incidents_.empty()) {
        last_id_ = std::max(last_id_, incidents_.back().id);
    }
}

void Ledger::note(Incident& incident, std::string sentence) {
    if (incident.evidence.size() < kEvidenceKept) {
        incident.evidence.push_back(std::move(sentence));
    }
}

void Ledger::note_at_last(Incident& incident, std::string sentence) {
    if (incident.evidence.size() >= kEvidenceKept) {
        incident.evidence.pop_back();
    }
    incident.evidence.push_back(std::move(sentence));
}

void Ledger::move(Incident& incident, int64_t time_ns, std::string_view state) {
    if (incident.transitions.size() >= kTransitionsKept) {
        // The first half of the record stays; of the rest the latest is what is asked for.
        incident.transitions.erase(incident.transitions.begin() + kTransitionsKept / 2);
    }
    incident.transitions.push_back({time_ns, std::string(state)});
}

}  // namespace lull
