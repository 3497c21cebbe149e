// Snapshots in; totals per (AS, country) and per country, and the facts of a tick, out. Totals are
// keyed by meaning and only ever grow, so a new table generation loses nothing and counts nothing
// twice. Pure: no clock, no file, no thread.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "control/country.h"
#include "control/facts.h"
#include "control/open_parts.h"
#include "control/origins/directory.h"
#include "control/view.h"
#include "dataplane/snapshot.h"

namespace lull {

/// Over what span `active_sources` is distinct: the last closed 60 s, or everything (replay).
enum class SourcesSpan : uint8_t { kLastMinute, kWhole };

class Aggregate {
  public:
    Aggregate(std::size_t groups, SourcesSpan span);

    /// Makes a generation's ids known; must come before a snapshot that speaks in them. The last
    /// kKeptGenerations are kept.
    void adopt(const Directory& directory);
    /// Adds a snapshot to totals and to the tick that is open.
    void add(const Snapshot& snapshot);
    /// Closes the open tick: what each group saw, by country (health is left healthy), and the
    /// active-source window moves on by `seconds`.
    std::vector<GroupFacts> close_tick(double seconds);
    /// With SourcesSpan::kWhole: works out active_sources over everything so far.
    void settle();

    [[nodiscard]] const std::vector<CountryView>& countries() const { return countries_; }
    [[nodiscard]] const std::vector<OriginTotals>& origins() const { return origins_; }
    [[nodiscard]] const OpenParts& parts() const { return parts_; }
    [[nodiscard]] const Traffic& unmatched() const { return unmatched_; }
    [[nodiscard]] const Traffic& private_space() const { return private_; }
    /// Packets of generations that are no longer known; counted as unmatched. Must stay 0.
    [[nodiscard]] uint64_t orphan_packets() const { return orphan_packets_; }

  private:
    // A worker may be late by some reloads; an unknown generation's packets would be unmatched.
    static constexpr std::size_t kKeptGenerations = 16;
    static constexpr double kSourcesWindow_s = 60;

    struct Generation {
        uint64_t number = 0;
        std::vector<uint32_t> totals;  // OriginId -> index into origins_
        OpenParts::Ids parts;
    };
    struct OpenCountry {
        bool touched = false;
        Sketch sources, answered, life, life6, demand;
        double flows = 0, flows6 = 0, packets = 0, bytes = 0, received_bytes = 0;
        uint64_t living = 0, two_way = 0;
    };

    const Generation* find(uint64_t number) const;
    void add_group(const GroupDelta& delta);
    void roll_window(double seconds);
    void share_two_way(std::size_t country, double living, double two_way, double seconds);

    SourcesSpan span_;
    std::deque<Generation> generations_;
    std::unordered_map<uint64_t, uint32_t> index_;  // asn << 16 | country -> index into origins_
    std::vector<OriginTotals> origins_;
    std::vector<CountryView> countries_;
    std::vector<std::vector<OpenCountry>> open_;  // [group][country]
    OpenParts parts_;
    std::deque<std::vector<Sketch>> window_;  // closed ticks, newest last, by country
    struct TwoWay {
        double living = 0, two_way = 0;  // decayed
    };
    std::vector<TwoWay> two_way_;  // by country
    std::vector<Sketch> whole_;
    Traffic unmatched_;
    Traffic private_;
    uint64_t orphan_packets_ = 0;
};

}  // namespace lull
