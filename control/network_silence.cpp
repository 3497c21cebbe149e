#include "control/network_silence.h"

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

constexpr uint32_t kLivelySpans = 6;  // as for the country
constexpr double kMost = 0.5;
constexpr double kLeastProof_s = 20;
constexpr double kLeastProofTicks = 2;
// One-way life above half of its expectation says that the networks are there.
constexpr double kConfirmLife = 10;
constexpr double kConfirmLifeRatio = 0.5;
// A network stands that surely brings a quarter of its flows; judged over the last 20 expected.
constexpr double kStands = 0.25;
constexpr double kStandsEvents = 20;
constexpr double kLeastStands = 5;  // flows: fewer may be the last ones
// The country's own level is trusted; before, it stands on the generic day.
constexpr double kLeastLearned_s = 86400;
constexpr double kSame = 1 - 1e-9;

}  // namespace

double networks_evidence(double sum, std::size_t networks) {
    if (networks == 0 || sum <= 0) {
        return 0;
    }
    double term = 1;
    double terms = 0;
    for (std::size_t j = 0; j < networks; ++j) {
        terms += term;
        term *= sum / static_cast<double>(j + 1);
    }
    // A bank beside the country's own tests: it pays for its trials itself.
    return std::max(0.0, sum - std::log(terms) - std::log(static_cast<double>(networks)));
}

NetworkSilence::Network& NetworkSilence::of(const PartId& id) {
    const auto found = std::find_if(networks_.begin(), networks_.end(),
                                    [&](const Network& each) { return each.id == id; });
    if (found != networks_.end()) {
        return *found;
    }
    networks_.emplace_back().id = id;
    return networks_.back();
}

void NetworkSilence::pass(Network& network, const CountryParts::Part& part, double share,
                          const Reading& reading, const Tick& tick) {
    network.known_s += reading.seconds;
    if (part.seen > 0) {
        network.share = share;
        network.events = part.flows;
        network.flows = network.life = {};
    } else {
        network.flows.observed += reading.flows.observed;
        network.flows.expected += reading.flows.expected;
        network.life.observed += reading.life.observed;
        network.life.expected += reading.life.expected;
    }
    // The country's exposure by its share: n networks that scatter on their own have k / n each.
    network.silence.add(part.seen, network.share * reading.flows.expected * tick.edge,
                        std::max(network.share, 1e-9) * tick.k, reading.start_ns, reading.seconds,
                        tick.down ? Silence::Learn::kNo : Silence::Learn::kYes);
    if (!tick.down && !tick.in_doubt) {
        network.its = {};
        return;
    }
    const double due = network.share * reading.flows.expected;
    const double keep = std::exp(-due / kStandsEvents);
    network.its.observed =
        network.its.observed * keep + std::min(part.seen, std::max(3.0, 3 * due));
    network.its.expected = network.its.expected * keep + due;
}

void NetworkSilence::step(const CountryParts& parts, const Reading& reading, const Tick& tick) {
    std::erase_if(networks_, [&](const Network& network) {
        return std::none_of(parts.parts().begin(), parts.parts().end(),
                            [&](const auto& part) { return part.id == network.id; });
    });
    for (const CountryParts::Part& part : parts.parts()) {
        if (part.id.network) {
            pass(of(part.id), part, parts.share(part), reading, tick);
        }
    }
    judge(reading, tick);
}

const NetworkSilence::Network* NetworkSilence::turning_point(std::vector<const Network*>& silent) {
    std::sort(silent.begin(), silent.end(), [](const Network* one, const Network* other) {
        return one->silence.gap_s() > other->silence.gap_s();
    });
    double share = 0;
    for (const Network* network : silent) {
        share += network->share;
        if (share > kMost) {
            return network;
        }
    }
    return nullptr;
}

void NetworkSilence::skip() {
    progress_ = 0;
    most_silent_ = false;
    fall_.reset();
}

void NetworkSilence::judge(const Reading& reading, const Tick& tick) {
    skip();
    std::vector<const Network*> silent;
    std::size_t known = 0;
    double sum = 0;
    for (const Network& network : networks_) {
        if (network.share < kLeastShare || network.known_s < kKnown_s ||
            network.silence.lively_spans() < kLivelySpans) {
            continue;
        }
        ++known;
        if (network.silence.gap_s() > 0 && network.silence.beyond_usual() >= 1) {
            silent.push_back(&network);
            sum += network.silence.score(network.events);
        }
    }
    const Network* since = turning_point(silent);
    if (since == nullptr) {
        return;
    }
    most_silent_ = true;
    const bool others_took_over =
        ratio_upper_bound(since->flows.observed, since->flows.expected) >= tick.fall_below;
    const bool one_way = since->life.expected >= kConfirmLife &&
                         since->life.observed > kConfirmLifeRatio * since->life.expected;
    if (others_took_over || one_way || reading.learned_s < kLeastLearned_s) {
        return;
    }
    const double evidence = networks_evidence(sum, known);
    const double least_s = std::max(kLeastProof_s, kLeastProofTicks * reading.seconds);
    progress_ = std::min(evidence / tick.threshold, since->silence.gap_s() / least_s);
    if (progress_ >= kSame) {
        fall_ = Fall{Test::kNetworks, since->silence.onset_ns(), evidence,
                     tick.threshold,  since->flows.observed,     since->flows.expected};
    }
}

std::optional<Fall> NetworkSilence::fall() const {
    return fall_;
}

std::optional<NetworkSilence::Standing> NetworkSilence::standing() const {
    const Network* largest = nullptr;
    for (const Network& network : networks_) {
        if (network.share >= kLeastShare && network.its.observed > kLeastStands - 0.5 &&
            ratio_lower_bound(network.its.observed, network.its.expected) > kStands &&
            (largest == nullptr || network.share > largest->share)) {
            largest = &network;
        }
    }
    if (largest == nullptr) {
        return std::nullopt;
    }
    return Standing{largest->id, largest->its, largest->share};
}

void NetworkSilence::clear() {
    for (Network& network : networks_) {
        network.silence.clear();
        network.flows = network.life = network.its = {};
    }
    skip();
}

void NetworkSilence::scale(double factor) {
    for (Network& network : networks_) {
        network.silence.scale(factor);
    }
}

}  // namespace lull
