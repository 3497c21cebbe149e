// Each event is a bit; kinds are masks over them.
#include "control/drill/effects.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace lull {

Effects::Effects(const std::vector<DrillEvent>& events) : events_(events) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const uint64_t bit = uint64_t{1} << i;
        changes_.push_back(events_[i].at_ns);
        changes_.push_back(events_[i].over_ns());
        switch (events_[i].kind) {
            case EventKind::kOutage:
            case EventKind::kFlap:
            case EventKind::kMember:
            case EventKind::kMove:
            case EventKind::kOffload:
                silencing_ |= bit;
                break;
            case EventKind::kMaintenance:
                (events_[i].target.kind == DrillTarget::Kind::kPort ? darkening_ : silencing_) |=
                    bit;
                break;
            case EventKind::kTableDrift:
                drifting_ |= bit;
                break;
            case EventKind::kOneWay:
                muting_ |= bit;
                break;
            case EventKind::kPortDark:
                darkening_ |= bit;
                break;
            case EventKind::kPoolLeak:
                leaking_ |= bit;
                break;
            case EventKind::kFlood:
            case EventKind::kOversubscribe:
                break;
        }
    }
    std::sort(changes_.begin(), changes_.end());
}

uint64_t Effects::events_of(const Endpoint& endpoint) const {
    uint64_t found = 0;
    for (uint64_t rest = silencing_ | muting_ | drifting_; rest != 0; rest &= rest - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(rest));
        if (is_in(events_[i].target, endpoint)) found |= uint64_t{1} << i;
    }
    return found;
}

int64_t Effects::next_change_ns() const {
    return next_change_ < changes_.size() ? changes_[next_change_]
                                          : std::numeric_limits<int64_t>::max();
}

void Effects::advance(int64_t time_ns) {
    if (time_ns < next_change_ns()) return;
    while (time_ns >= next_change_ns()) ++next_change_;
    active_ = 0;
    double passes = 1;
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if (!events_[i].active_at(time_ns)) continue;
        active_ |= uint64_t{1} << i;
        if (events_[i].kind == EventKind::kOversubscribe) passes *= 1 - events_[i].depth;
    }
    mirror_loss_ = 1 - passes;
}

std::optional<CountryId> Effects::drifted_to(uint64_t events, double luck, int64_t time_ns) const {
    for (uint64_t rest = events & active_ & drifting_; rest != 0; rest &= rest - 1) {
        const DrillEvent& event = events_[static_cast<std::size_t>(std::countr_zero(rest))];
        if (luck < event.down_share_at(time_ns)) return find_country(event.to);
    }
    return std::nullopt;
}

Fate Effects::fate_slowly(uint64_t events, double luck, int64_t time_ns) const {
    Fate fate = Fate::kAlive;
    for (; events != 0; events &= events - 1) {
        const DrillEvent& event = events_[static_cast<std::size_t>(std::countr_zero(events))];
        if (luck >= event.down_share_at(time_ns)) continue;
        if (event.demand == Demand::kLeaves) return Fate::kGone;
        fate = Fate::kAsked;
    }
    return fate;
}

}  // namespace lull
