#include "control/move_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

constexpr double kMemory_s = 1800;
// Before a country is compared with its last half hour, so many flows of it must be known.
constexpr double kLeastKnown = 10;
// What a country's flows do by themselves in ten minutes: counting noise, and a tenth of its level.
constexpr double kSigmas = 4;
constexpr double kWander = 0.1;
// A ratio beyond this is of a country that is not known, or in an event of its own.
constexpr double kUsualLeast = 0.2;
constexpr double kUsualMost = 5;

double scatter_of(double expected) {
    return std::max(kSigmas * std::sqrt(std::max(expected, 1.0)), kWander * expected);
}

}  // namespace

std::string conserved_text(const Conserved& conserved) {
    using Answer = Conserved::Answer;
    if (conserved.answer == Answer::kYes) {
        return fmt::format("yes: {} gained {:.0f} answered flows where {:.0f} were lost",
                           conserved.code, conserved.gained, conserved.lost);
    }
    if (conserved.lost < MoveWatch::kLeastLost) {
        return fmt::format("not checkable: {:.0f} answered flows lost since it began to fall",
                           conserved.lost);
    }
    std::string most = "no other country gained";
    if (conserved.to != kCountryUnknown) {
        most = fmt::format("{} gained most, {:.0f}", conserved.code, conserved.gained);
    }
    if (conserved.answer == Answer::kNo) {
        return fmt::format("no: {} where {:.0f} answered flows were lost", most, conserved.lost);
    }
    return fmt::format(
        "not checkable: {:.0f} answered flows lost, and others scatter by up to {:.0f}",
        conserved.lost, conserved.scatter);
}

void MoveWatch::begin(std::size_t country) {
    Watched watched;
    watched.country = country;
    watched.sums.resize(recent_.size());
    for (const Signal& before : recent_) {
        double usual = 1;
        if (before.expected >= kLeastKnown) {
            usual = before.observed / before.expected;
            if (usual < kUsualLeast || usual > kUsualMost) {
                usual = -1;
            }
        } else if (before.observed >= kLeastKnown) {
            usual = -1;  // seen, and not learned yet
        }
        watched.usual.push_back(usual);
    }
    // Down from the first tick on, as after a restart: what was before is not known.
    if (recent_[country].expected < kLeastKnown) {
        watched.usual[country] = -1;
    }
    watched_.push_back(std::move(watched));
}

Conserved MoveWatch::judge(const Watched& watched) {
    Conserved found;
    const auto gain_of = [&](std::size_t i) {
        return watched.sums[i].observed - watched.usual[i] * watched.sums[i].expected;
    };
    if (watched.usual[watched.country] < 0) {
        return found;
    }
    found.lost = -gain_of(watched.country);
    if (found.lost < kLeastLost) {
        return found;
    }
    double nearest = kTolerance * found.lost;
    for (std::size_t i = 1; i < watched.sums.size(); ++i) {
        if (i == watched.country || watched.usual[i] < 0) {
            continue;
        }
        const double scatter = scatter_of(watched.usual[i] * watched.sums[i].expected);
        found.scatter = std::max(found.scatter, scatter);
        const double gained = gain_of(i);
        if (scatter > kTolerance * found.lost || gained <= scatter) {
            continue;
        }
        const double off = std::abs(gained - found.lost);
        const bool conserves = off <= nearest;
        if (conserves || (found.answer != Conserved::Answer::kYes && gained > found.gained)) {
            found.gained = gained;
            found.to = CountryId{static_cast<uint16_t>(i)};
        }
        if (conserves) {
            nearest = off;
            found.answer = Conserved::Answer::kYes;
        }
    }
    if (found.answer != Conserved::Answer::kYes && found.scatter <= kTolerance * found.lost) {
        found.answer = Conserved::Answer::kNo;
    }
    return found;
}

void MoveWatch::step(std::span<const Signal> flows, double seconds,
                     const std::function<bool(std::size_t country)>& low) {
    recent_.resize(flows.size());
    std::erase_if(watched_, [&](const Watched& each) { return !low(each.country); });
    for (std::size_t i = 0; i < flows.size() && watched_.size() < kMostFalls; ++i) {
        const auto is_it = [i](const Watched& each) { return each.country == i; };
        if (low(i) && std::none_of(watched_.begin(), watched_.end(), is_it)) {
            begin(i);
        }
    }
    for (Watched& each : watched_) {
        const Signal& own = flows[each.country];
        if (each.seconds >= kWindow_s || (own.expected <= 0 && own.observed <= 0)) {
            continue;
        }
        each.seconds += seconds;
        for (std::size_t i = 0; i < flows.size(); ++i) {
            each.sums[i].observed += flows[i].observed;
            each.sums[i].expected += flows[i].expected;
        }
        each.answer = judge(each);
    }
    const double fade = std::exp(-seconds / kMemory_s);
    for (std::size_t i = 0; i < flows.size(); ++i) {
        recent_[i].observed = fade * recent_[i].observed + flows[i].observed;
        recent_[i].expected = fade * recent_[i].expected + flows[i].expected;
    }
}

Conserved MoveWatch::of(std::size_t country) const {
    const auto found =
        std::find_if(watched_.begin(), watched_.end(),
                     [country](const Watched& each) { return each.country == country; });
    if (found == watched_.end()) {
        return {};
    }
    Conserved answer = found->answer;
    answer.code = code_(answer.to);
    return answer;
}

}  // namespace lull
