#include "control/routing_text.h"

#include <fmt/format.h>

#include <cmath>

#include "control/routes/witness.h"
#include "control/time_text.h"

namespace lull {
namespace {

// Below it a country's routes change as routes do.
constexpr double kFlapping_per_min = 1;

std::string announced(const RoutingVerdict& routing) {
    return fmt::format("{} of {} networks announced", routing.now.networks, routing.usual());
}

// Volume only, routing only or both, and which came first (detection.md §2.5).
std::string which_first(int64_t routing_ns, int64_t fell_ns) {
    if (fell_ns == 0) {
        return "routing only, its traffic is here";
    }
    const double later_s = static_cast<double>(routing_ns - fell_ns) / 1e9;
    if (later_s == 0) {
        return "both at once";
    }
    return fmt::format("both, {} first by {:.0f} s", later_s < 0 ? "routing" : "volume",
                       std::abs(later_s));
}

}  // namespace

std::string routing_moved(const RoutingVerdict& routing) {
    const MovedNetworks& moved = routing.now.moved;
    if (moved.networks == 0) {
        return fmt::format("0 of {} networks announced by another country's AS", routing.usual());
    }
    std::string text = fmt::format("{} of {} networks announced by AS{}", moved.networks,
                                   routing.usual(), moved.asn);
    if (moved.country != kCountryUnknown) {
        text += fmt::format(" of {}", country(moved.country).code);
    }
    return routing.moved() ? text + ", first seen " + format_time(routing.moved_since_ns) : text;
}

std::string moved_evidence(const RoutingVerdict& routing) {
    if (routing.routing == Routing::kNotKnown && !routing.moved()) {
        return fmt::format("moved, by routing: not checkable: {}", routing_doubt(routing));
    }
    return fmt::format("moved, by routing: {}: {}", routing.moved() ? "yes" : "no",
                       routing_moved(routing));
}

std::string routing_gone(const RoutingVerdict& routing) {
    return fmt::format("{} of {} networks withdrawn, first seen {}", routing.gone(),
                       routing.usual(), format_time(routing.since_ns));
}

std::string routing_return(const RoutingVerdict& routing) {
    return fmt::format("routing: {} again, first seen {}", announced(routing),
                       format_time(routing.since_ns));
}

std::string routing_doubt(const RoutingVerdict& routing) {
    if (routing.routing != Routing::kNotKnown) {
        return "";
    }
    const RoutingFacts& now = routing.now;
    switch (routing.witness) {
        case WitnessState::kNone:
            return "there is no witness: `lull routes` writes it";
        case WitnessState::kTooOld:
            return fmt::format("the witness is older than {} s", kMaxWitnessAge_s);
        case WitnessState::kDeaf:
            return "no peer can be heard";
        case WitnessState::kSees:
            break;
    }
    if (!tells_networks(now.networks, now.withdrawn, now.unknown)) {
        return fmt::format("{} of its networks are of peers that cannot be heard", now.unknown);
    }
    if (routing.normal < RoutingTrack::kLeastNetworks) {
        return "no network of it is known";
    }
    return fmt::format("only {} of its usual {} networks were heard of",
                       static_cast<uint64_t>(now.networks) + now.withdrawn, routing.usual());
}

std::string routing_evidence(const RoutingVerdict& routing, int64_t fell_ns) {
    if (routing.routing == Routing::kNotKnown) {
        return fmt::format("routing: not known ({})", routing_doubt(routing));
    }
    std::string text;
    if (routing.routing == Routing::kGone) {
        text = fmt::format("routing: {}: {}", routing_gone(routing),
                           which_first(routing.since_ns, fell_ns));
    } else {
        text = "routing stands: " + announced(routing);
        if (routing.now.upstream != 0) {
            text += fmt::format(", via AS{}", routing.now.upstream);
        }
        if (routing.now.upstream != 0 && routing.now.upstreams > 1) {
            text += fmt::format(" and {} more", routing.now.upstreams - 1);
        }
    }
    if (routing.flaps_per_min >= kFlapping_per_min) {
        text += fmt::format("; they change {:.1f} times a minute", routing.flaps_per_min);
    }
    return text;
}

}  // namespace lull
