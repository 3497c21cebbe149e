// A member's port that fell is one event, not thirty countries (detection.md §2.1). Most of what
// several countries miss came by one member, and the other members stand, so that the tap sees:
// one incident of kind member; the countries that hang on that port are not judged meanwhile, but
// for what else they lose. One country that falls alone is that country's, whoever carries it.
// Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "control/country_parts.h"
#include "control/country_tests.h"
#include "control/facts.h"
#include "control/ledger.h"

namespace lull {

/// Flows of a member over all countries in a tick, of what its shares let expect; for whoever asks.
struct MemberReading {
    MemberKey key;
    Signal flows;
    bool fallen = false;
};

class MemberTrack {
  public:
    static constexpr std::size_t kMost = 64;  // fallen ones at a time
    /// A country is a member's when at least half of its flows come by it.
    static constexpr double kIts = 0.5;

    /// A tick in which all port groups were seen; then add() for each country, then close().
    void open(const TickFacts& facts, int64_t end_ns);
    /// Answered flows of a country, before its parts close their tick.
    void add(CountryId country, const Signal& flows, const CountryMembers& members);
    void close(Ledger& ledger);
    /// A tick in which a port group was not seen: what was under way begins anew. Incidents stay,
    /// and become the new normal as ever.
    void cut(int64_t end_ns, Ledger& ledger);
    /// Members are told apart no longer: incidents end, their countries are judged.
    void stop(Ledger& ledger);

    /// Whether what the country misses is this or that member's: it is then not judged.
    [[nodiscard]] bool holds(CountryId country) const;
    /// Whether any member is fallen, or on its way to be.
    [[nodiscard]] bool watches(const MemberKey& key) const;
    [[nodiscard]] std::vector<MemberKey> watched() const;
    [[nodiscard]] std::span<const MemberReading> readings() const { return readings_; }
    [[nodiscard]] bool follows(uint64_t incident) const;
    /// The incident was ended by others; the countries that hung on the member.
    std::vector<CountryId> let_go(uint64_t incident);
    /// Countries of incidents that have lasted so long that they are the new normal, once.
    std::vector<CountryId> take_accepted() { return std::exchange(accepted_, {}); }

    void fields(auto& archive) {
        archive.given(start_ns_, end_ns_, all_told_, unusual_, all_, tick_, readings_, held_,
                      accepted_);  // of the next tick
        archive.list(fallen_, kMost);
    }

  private:
    /// One of a member's countries since the member began to fall.
    struct Country {
        uint16_t code = 0;  // its two letters: another table may number countries otherwise
        Signal all;         // of the country
        Signal here;        // of it: by this member
        /// Of it: by other ways.
        [[nodiscard]] Signal rest() const {
            return {std::max(0.0, all.observed - here.observed), all.expected - here.expected};
        }
        [[nodiscard]] double missing() const { return all.expected - all.observed; }
        [[nodiscard]] double missing_here() const { return here.expected - here.observed; }
        [[nodiscard]] CountryId id() const;
        void fields(auto& archive) { archive(code, all, here); }
    };
    struct Fallen {
        MemberKey key;
        int64_t since_ns = 0;
        uint32_t ticks = 0;
        Signal flows;   // of the member since then
        Signal others;  // of all other members
        uint64_t incident = 0;
        int64_t back_since_ns = 0;  // 0: not back
        uint32_t back_ticks = 0;
        std::vector<Country> countries;  // its own
        void fields(auto& archive) {
            archive(key, since_ns, ticks, flows, others, incident, back_since_ns, back_ticks);
            archive.list(countries, 1024);
        }
    };
    struct Sum {
        MemberKey key;
        Signal flows;
        std::vector<Country> countries;
    };

    void follow(Fallen& fallen, const Sum& tick, Ledger& ledger);
    [[nodiscard]] static bool is_proven(const Fallen& fallen);
    [[nodiscard]] static bool is_suspect(const Fallen& fallen);
    static std::vector<const Country*> hurt(const Fallen& fallen);
    void hold(const Fallen& fallen);
    void enter(Fallen& fallen, Ledger& ledger) const;
    void measure(Fallen& fallen, const Sum& tick, Ledger& ledger);
    /// Ends an incident that has lasted for a week.
    bool accept(Fallen& fallen, int64_t now_ns, Ledger& ledger);
    void hold_all();
    Fallen* find(const MemberKey& key);

    [[nodiscard]] bool is_usual(const MemberKey& key) const;

    int64_t start_ns_ = 0, end_ns_ = 0;
    bool all_told_ = true;
    std::vector<MemberKey> unusual_;  // else
    Signal all_;                      // of the tick in hand, over countries
    std::vector<Sum> tick_;           // of the tick in hand, by key
    std::vector<Fallen> fallen_;
    std::vector<MemberReading> readings_;
    std::vector<CountryId> held_;  // sorted
    std::vector<CountryId> accepted_;
};

}  // namespace lull
