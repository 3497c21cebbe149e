// The silence test network by network, for countries that have few (detection.md §1). A country's
// total hides which of its networks are still: what falls to four tenths of it proves nothing for
// hours, where the silence of the two networks that had the other six is proof within minutes; and
// networks that go one after another are late by the last of them. The other way round, a network
// that goes on answering says that the country is not gone.
//
// Each network's exposure since its last sign of life is its share of the country's. Of n networks
// that live the sum of n exposures is far from zero at any time: the sum S is worth
// S - ln(1 + S + ... + S^(n-1)/(n-1)!), which is what a sum of n exponentials is improbable by.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/country_parts.h"
#include "control/country_tests.h"
#include "control/cusum.h"
#include "control/part_id.h"

namespace lull {

class NetworkSilence {
  public:
    /// Of a country's answered flows: a network with less neither proves nor speaks against.
    static constexpr double kLeastShare = 0.05;
    /// A network is known once it was seen through a week: offices are still at weekends.
    static constexpr double kKnown_s = 7 * 86400.0;

    /// What the country's own tests know in a tick that was seen whole.
    struct Tick {
        double threshold = 20;    // h
        double k = 1;             // of the tick's dispersion
        double edge = 0.45;       // CountryTests::silence_edge()
        double fall_below = 0.5;  // CountryTests::fall_below()
        bool down = false;        // by what was proven before
        bool in_doubt = false;    // or about to be
    };
    /// After the parts have closed the tick. Countries whose parts are origins are left alone.
    void step(const CountryParts& parts, const Reading& reading, const Tick& tick);
    /// A tick that does not tell of networks: nothing is proven by it.
    void skip();
    /// Proven by the last step: networks with most of the flows are silent, none of them by chance
    /// or habit, and the others did not take over. It began when they had become most.
    [[nodiscard]] std::optional<Fall> fall() const;
    /// Share of the way to it.
    [[nodiscard]] double progress() const { return progress_; }
    /// Networks with most of the flows are silent for longer than ever.
    [[nodiscard]] bool most_are_silent() const { return most_silent_; }

    /// A network that answers about as it did while its country is down, or in doubt.
    struct Standing {
        PartId id;
        Signal flows;  // lately
        double share = 0;
    };
    /// The largest one; nothing when none does.
    [[nodiscard]] std::optional<Standing> standing() const;

    /// The country is back: what is still silent begins anew.
    void clear();
    void scale(double factor);

    void fields(auto& archive) {
        archive.list(networks_, CountryParts::kMost);
        archive.given(progress_, most_silent_, fall_);  // of the next tick
    }

  private:
    struct Network {
        PartId id;
        Silence silence;
        double share = 0;   // before it fell silent
        double events = 0;  // likewise, that the share rests on
        double known_s = 0;
        Signal flows;  // of the whole country since its last sign of life
        Signal life;   // likewise
        Signal its;    // of its own while the country is down or in doubt, faded
        void fields(auto& archive) {
            archive(id, silence, share, events, known_s, flows, life, its);
        }
    };
    Network& of(const PartId& id);
    static void pass(Network& network, const CountryParts::Part& part, double share,
                     const Reading& reading, const Tick& tick);
    void judge(const Reading& reading, const Tick& tick);
    /// The one by whose silence most were silent.
    [[nodiscard]] static const Network* turning_point(std::vector<const Network*>& silent);

    std::vector<Network> networks_;
    double progress_ = 0;
    bool most_silent_ = false;
    std::optional<Fall> fall_;
};

/// What a sum of exposures of that many networks proves, in the unit of h.
double networks_evidence(double sum, std::size_t networks);

}  // namespace lull
