// Countries that fall together while the rest stands are one event, a cable, and not thirty
// (detection.md §2.1): one incident of kind regional that lists them. Nobody waits for it: every
// country is proven, has its state and its record by its own tests as ever, and is told of the
// moment it is proven. What was opened in the tick that shows three to have fallen together, and
// whatever follows them, is told of as a part of the regional incident; what was told before stays
// as it was. What hangs on one member, and what fell with everything, is not judged and not here.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "control/ledger.h"

namespace lull {

class RegionalTrack {
  public:
    static constexpr std::size_t kLeast = 3;
    /// Falls that began within so long of one another, or two ticks, go together.
    static constexpr int64_t kTogether_ns = 120'000'000'000;
    /// Proofs of the first ones come within so long; a country too small for that may follow later.
    static constexpr int64_t kProven_ns = 600'000'000'000;

    /// After the countries of a tick were judged.
    void step(int64_t end_ns, double tick_s, Ledger& ledger);

    [[nodiscard]] bool follows(uint64_t incident) const;
    /// The incident was ended by others: the incidents that are parts of it.
    std::vector<uint64_t> let_go(uint64_t incident);

    void fields(auto& archive) {
        archive.list(events_, kMostEvents);
        archive(last_id_);
    }

  private:
    static constexpr std::size_t kMostEvents = 64;
    static constexpr std::size_t kMostParts = 512;
    struct Part {
        uint64_t incident = 0;
        void fields(auto& archive) { archive(incident); }
    };
    struct Event {
        uint64_t incident = 0;
        int64_t start_ns = 0;
        int64_t over_ns = 0;  // when its last country was let go; 0: it goes on
        std::vector<Part> parts;
        void fields(auto& archive) {
            archive(incident, start_ns, over_ns);
            archive.list(parts, kMostParts);
        }
    };

    void join(Incident& incident, Event& event, Ledger& ledger);
    void found(const std::vector<uint64_t>& together, int64_t end_ns, Ledger& ledger);
    void follow(Event& event, int64_t end_ns, Ledger& ledger);
    void look(int64_t end_ns, int64_t together_ns, Ledger& ledger);

    std::vector<Event> events_;
    uint64_t last_id_ = 0;  // of incidents looked at
};

}  // namespace lull
