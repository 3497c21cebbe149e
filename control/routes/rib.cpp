#include "control/routes/rib.h"

#include <algorithm>
#include <random>
#include <utility>

#include "dataplane/sources.h"

namespace lull {

std::size_t Rib::Hash::operator()(const IpPrefix& prefix) const {
    const uint64_t kind = uint64_t{prefix.length} << 8 | static_cast<uint64_t>(prefix.family);
    return mix(mix(prefix.high, seed) ^ prefix.low, seed ^ kind);
}

Rib::Rib() : index_(0, Hash{uint64_t{std::random_device{}()} << 32 | std::random_device{}()}) {}

std::optional<RibPeer> Rib::add_peer() {
    if (peers_.size() >= kMaxRibPeers) return std::nullopt;
    peers_.emplace_back();
    return RibPeer{static_cast<uint32_t>(peers_.size() - 1)};
}

void Rib::begin_table(RibPeer peer, Family family) {
    Table& begun = table(peer, family);
    begun.heard = true;
    begun.swept = false;
    ++begun.number;
}

void Rib::end_tables(std::span<const RibPeer> peers, Family family, int64_t now_s) {
    bool any_old = false;
    for (const RibPeer peer : peers) {
        state(peer).synced = true;
        any_old |= !std::exchange(table(peer, family).swept, true);
    }
    if (!any_old) return;
    ++counts_.sweeps;
    // Of peers that are swept already there is nothing to find; whose table goes on is left alone.
    const auto is_gone = [&](const Route& route) {
        const Table& now = table(route.peer, family);
        return now.swept && route.table != now.number;
    };
    for (Entry& entry : entries_) {
        if (entry.prefix.family != family) continue;
        if (remove_routes(entry, is_gone)) settle(entry, now_s);
    }
}

void Rib::lose(RibPeer peer) {
    for (Table& each : state(peer).tables) each.heard = false;
}

void Rib::announce(RibPeer peer, uint32_t peer_asn, const Nlri& nlri, const AsPath& path,
                   int64_t now_s) {
    ++counts_.announced;
    if (const auto reason = reason_against(nlri)) return leave_out(*reason);
    const AsPath::Origin origin = voted_origin(path, peer_asn);
    if (origin.kind == AsPath::OriginKind::kNone) {
        leave_out(NoVote::kNoOrigin);
        return take_back(peer, nlri, now_s);  // its word before this one holds no longer
    }
    const uint32_t number = entry_of(nlri.prefix);
    if (number == kEnd) return leave_out(NoVote::kTooManyPrefixes);
    path.flatten(hops_);
    // An aggregate ends in its set; who made it has the vote. A path from inside is the peer's own.
    if (hops_.empty() || hops_.back() != origin.asn) hops_.push_back(origin.asn);

    Entry& entry = entries_[number];
    const uint32_t path_id = nlri.path_id.value_or(0);
    uint32_t at = entry.first;
    while (at != kEnd && !(routes_[at].peer == peer && routes_[at].path_id == path_id)) {
        at = routes_[at].next;
    }
    if (at == kEnd) {
        at = new_route();
        if (at == kEnd) {
            ++counts_.too_many_routes;
            if (entry.asn == 0) drop(number);
            return;
        }
        routes_[at] = {peer, path_id, kNoPath, 0, entry.first};
        entry.first = at;
    }
    Route& route = routes_[at];
    const PathId old = route.path;
    route.path = paths_.take(hops_);
    route.table = table(peer, nlri.prefix.family).number;
    if (old != kNoPath) paths_.release(old);
    settle(entry, now_s);
}

void Rib::withdraw(RibPeer peer, const Nlri& nlri, int64_t now_s) {
    ++counts_.withdrawn;
    take_back(peer, nlri, now_s);
}

void Rib::take_back(RibPeer peer, const Nlri& nlri, int64_t now_s) {
    const auto found = index_.find(nlri.prefix);
    if (nlri.safi != kSafiUnicast || found == index_.end()) return;
    Entry& entry = entries_[found->second];
    const uint32_t path_id = nlri.path_id.value_or(0);
    if (remove_routes(entry, [&](const Route& route) {
            return route.peer == peer && route.path_id == path_id;
        })) {
        settle(entry, now_s);
    }
}

void Rib::remember(const IpPrefix& prefix, uint32_t asn, int64_t withdrawn_s) {
    const uint32_t number = entry_of(prefix);
    if (number == kEnd || entries_[number].asn != 0) return;
    entries_[number].asn = asn;
    entries_[number].withdrawn_s = withdrawn_s;
    ++version_;
}

void Rib::expire(int64_t now_s) {
    for (uint32_t i = 0; i < entries_.size(); ++i) {
        Entry& entry = entries_[i];
        if (entry.withdrawn_s == 0 || now_s - entry.withdrawn_s < kKeepWithdrawn_s) continue;
        drop(i);
        ++counts_.expired;
        ++version_;
    }
}

/// Of an entry without routes: its number is for another prefix.
void Rib::drop(uint32_t number) {
    index_.erase(entries_[number].prefix);
    entries_[number] = {};
    entries_[number].first = kEnd;
    unused_entries_.push_back(number);
}

Presence Rib::presence(const Entry& entry) const {
    if (entry.first == kEnd) return Presence::kWithdrawn;
    for (uint32_t at = entry.first; at != kEnd; at = routes_[at].next) {
        if (is_current(routes_[at], entry.prefix.family)) return Presence::kAnnounced;
    }
    return Presence::kUnknown;
}

uint32_t Rib::entry_of(const IpPrefix& prefix) {
    if (const auto found = index_.find(prefix); found != index_.end()) return found->second;
    if (index_.size() >= kMaxRoutedPrefixes) return kEnd;
    if (unused_entries_.empty()) {
        unused_entries_.push_back(static_cast<uint32_t>(entries_.size()));
        entries_.emplace_back();
    }
    const uint32_t number = unused_entries_.back();
    unused_entries_.pop_back();
    entries_[number] = {};
    entries_[number].prefix = prefix;
    entries_[number].first = kEnd;
    index_.emplace(prefix, number);
    return number;
}

uint32_t Rib::new_route() {
    if (unused_routes_.empty()) {
        if (routes_.size() >= kMaxRibRoutes) return kEnd;
        unused_routes_.push_back(static_cast<uint32_t>(routes_.size()));
        routes_.emplace_back();
    }
    const uint32_t at = unused_routes_.back();
    unused_routes_.pop_back();
    ++routes_in_use_;
    return at;
}

void Rib::remove_route(Entry& entry, uint32_t before, uint32_t at) {
    (before == kEnd ? entry.first : routes_[before].next) = routes_[at].next;
    paths_.release(routes_[at].path);
    unused_routes_.push_back(at);
    --routes_in_use_;
}

/// Whether any route was removed.
template <typename Gone>
bool Rib::remove_routes(Entry& entry, Gone&& gone) {
    bool any = false;
    uint32_t before = kEnd;
    for (uint32_t at = entry.first; at != kEnd;) {
        const uint32_t next = routes_[at].next;
        if (gone(routes_[at])) {
            remove_route(entry, before, at);
            any = true;
        } else {
            before = at;
        }
        at = next;
    }
    return any;
}

/// The entry's routes have changed: whose it is now, and whether it is withdrawn.
void Rib::settle(Entry& entry, int64_t now_s) {
    if (entry.first == kEnd) {
        if (entry.withdrawn_s != 0 || entry.asn == 0) return;
        entry.withdrawn_s = std::max<int64_t>(1, now_s);
        ++entry.changes;
        ++version_;
        return;
    }
    if (entry.withdrawn_s != 0) {
        entry.withdrawn_s = 0;
        ++entry.changes;
        ++version_;
    }
    const uint32_t asn = majority(entry);
    if (asn == entry.asn) return;
    entry.asn = asn;
    ++version_;
}

/// A path is a vote. Of equal numbers the lowest AS has it.
uint32_t Rib::majority(const Entry& entry) const {
    struct Candidate {
        uint32_t asn;
        uint32_t votes;
    };
    constexpr std::size_t kMostOrigins = 16;  // real prefixes have one, seldom two
    Candidate all[kMostOrigins];
    std::size_t count = 0;
    for (uint32_t at = entry.first; at != kEnd; at = routes_[at].next) {
        const uint32_t asn = paths_.hops(routes_[at].path).back();
        std::size_t i = 0;
        while (i < count && all[i].asn != asn) ++i;
        if (i < count) {
            ++all[i].votes;
        } else if (count < kMostOrigins) {
            all[count++] = {asn, 1};
        }
    }
    const Candidate* best = &all[0];
    for (std::size_t i = 1; i < count; ++i) {
        const bool more = all[i].votes > best->votes;
        if (more || (all[i].votes == best->votes && all[i].asn < best->asn)) best = &all[i];
    }
    return best->asn;
}

}  // namespace lull
