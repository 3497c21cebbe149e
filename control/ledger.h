// The book of incidents: open ones and the last thousand closed. Only it gives ids; an incident is
// found by its id, because the book moves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/incident.h"

namespace lull {

class Ledger {
  public:
    static constexpr std::size_t kClosedKept = 1000;
    /// Flapping for days must not grow an incident without bound.
    static constexpr std::size_t kTransitionsKept = 256;
    static constexpr std::size_t kEvidenceKept = 48;
    static constexpr std::size_t kNotesKept = 32;

    /// Enters it under a new id, which it returns.
    uint64_t open(Incident incident);
    /// nullptr when it was never there or is forgotten. Valid until the next open or close.
    [[nodiscard]] Incident* find(uint64_t id);
    void close(uint64_t id, int64_t end_ns);
    void reopen(uint64_t id);
    [[nodiscard]] const std::vector<Incident>& all() const { return incidents_; }

    static void note(Incident& incident, std::string sentence);
    /// The same for what must not be left out: of a full record it takes the last place.
    static void note_at_last(Incident& incident, std::string sentence);
    static void move(Incident& incident, int64_t time_ns, std::string_view state);

    /// Takes the incidents of an earlier run in place of its own, at most as many closed as it
    /// keeps; new ones get ids above `last_id` and above all of theirs.
    void adopt(std::vector<Incident> incidents, uint64_t last_id);
    void fields(auto& archive) {
        archive(last_id_);
        archive.given(incidents_);  // adopt()
    }

  private:
    std::vector<Incident> incidents_;
    uint64_t last_id_ = 0;
};

}  // namespace lull
