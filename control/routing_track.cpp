#include "control/routing_track.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lull {
namespace {

// A country's networks change over weeks; a day forgets a leak of more specific ones.
constexpr double kMemory_s = 86400 / std::numbers::ln2;
constexpr double kFlaps_s = 300;
// As the witness forgets withdrawals: what is left then is the new normal.
constexpr double kRelease_s = 7 * 86400.0;
constexpr double kMostUnknown = 0.1;

}  // namespace

uint32_t RoutingVerdict::usual() const {
    const double most = std::min(std::round(normal), 4e9);
    return std::max(now.networks, static_cast<uint32_t>(std::max(0.0, most)));
}

bool tells_networks(uint32_t networks, uint32_t withdrawn, uint32_t unknown) {
    const double all = static_cast<double>(networks) + withdrawn + unknown;
    return unknown <= kMostUnknown * all;
}

void RoutingTrack::count_changes(uint64_t changes) {
    if (changes_ && changes > *changes_) {  // fewer: a collector that began anew
        flaps_ += static_cast<double>(changes - *changes_);
    }
    changes_ = changes;
}

Routing RoutingTrack::judge(const RoutingFacts& now, int64_t end_ns) {
    if (normal_ < kLeastNetworks || !tells_networks(now.networks, now.withdrawn, now.unknown)) {
        return Routing::kNotKnown;
    }
    // Whole ones: two of four are half, though one that went before has moved the mean to 3.99.
    const double usual = std::round(normal_);
    const double missing = std::max(0.0, usual - now.networks);
    verdict_.gone_share = std::min<double>(missing, now.withdrawn) / usual;
    if (!down_ && verdict_.gone_share >= kGoneShare) {
        down_ = true;
        since_ns_ = end_ns;
    } else if (down_ && now.networks >= kBack * usual) {
        down_ = false;
        since_ns_ = end_ns;
    }
    if (down_) {
        // A collector that began anew meanwhile has not heard of them.
        const double heard = static_cast<double>(now.networks) + now.withdrawn;
        return heard >= kGoneShare * usual ? Routing::kGone : Routing::kNotKnown;
    }
    return now.networks > kGoneShare * usual ? Routing::kStands : Routing::kNotKnown;
}

void RoutingTrack::judge_moved(const RoutingFacts& now, int64_t end_ns) {
    const double usual = std::round(std::max(normal_, 1.0));
    verdict_.moved_share = std::min(1.0, now.moved.networks / usual);
    if (moved_since_ns_ == 0 && normal_ >= kLeastNetworks && verdict_.moved_share >= kGoneShare) {
        moved_since_ns_ = end_ns;
    } else if (verdict_.moved_share <= 1 - kBack) {
        moved_since_ns_ = 0;
    }
}

void RoutingTrack::learn(uint32_t networks, double seconds) {
    normal_ += seconds / (std::min(seen_s_, kMemory_s) + seconds) * (networks - normal_);
    seen_s_ = std::min(seen_s_ + seconds, kMemory_s);
}

void RoutingTrack::step(const Tick& tick) {
    if (flaps_ > 0) {
        flaps_ *= std::exp(-tick.seconds / kFlaps_s);
    }
    verdict_.routing = Routing::kNotKnown;
    verdict_.witness = tick.witness;
    verdict_.gone_share = verdict_.moved_share = 0;
    if (tick.witness == WitnessState::kSees) {
        verdict_.now = tick.facts;
        if (tick.facts.usual) {
            verdict_.now.networks = static_cast<uint32_t>(std::lround(std::min(normal_, 4e9)));
        } else {
            count_changes(tick.facts.changes);
        }
        verdict_.routing = judge(verdict_.now, tick.end_ns);
        // A record of a tick does not name them.
        const bool named = tick.facts.upstreams == 0 || tick.facts.told_upstreams[0] != 0;
        if (!tick.facts.usual && tick.facts.unknown == 0 && named) {
            upstreams_.step(tick.facts, tick.end_ns, tick.seconds);
        }
        judge_moved(verdict_.now, tick.end_ns);
        if (verdict_.routing == Routing::kStands || normal_ < kLeastNetworks) {
            frozen_s_ = 0;
            learn(verdict_.now.networks, tick.seconds);
        } else if ((frozen_s_ += tick.seconds) > kRelease_s) {
            normal_ = seen_s_ = frozen_s_ = 0;
            since_ns_ = 0;
            down_ = false;
            learn(tick.facts.networks, tick.seconds);
        }
    }
    verdict_.normal = normal_;
    verdict_.since_ns = since_ns_;
    verdict_.moved_since_ns = moved_since_ns_;
    verdict_.upstream_change = upstreams_.last();
    verdict_.flaps_per_min = flaps_ * 60 / kFlaps_s;
}

}  // namespace lull
