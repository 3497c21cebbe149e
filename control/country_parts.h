// What a country consists of here: the parts that bring its answered flows, the share of each, and
// when each was last seen. It decides nothing: it tells whether all of a country fell or one
// carrier. Bounded to kMost parts. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/part_id.h"

namespace lull {

class CountryParts {
  public:
    static constexpr std::size_t kMost = 12;
    struct Part {
        PartId id;
        double flows = 0;     // decayed over six hours of learning
        int64_t last_ns = 0;  // end of the last tick with an answered flow
        double open = 0;      // in the tick in hand
        void fields(auto& archive) {
            archive.given(open);
            archive(id, flows, last_ns);
        }
    };
    /// Whether a tick may teach: not while the country is down or nearly so.
    enum class Learn : uint8_t { kNo, kYes };

    /// Answered flows of a part in the tick in hand.
    void see(const PartId& id, double flows);
    /// `country_flows`: of the whole country in this tick.
    void close_tick(int64_t end_ns, double seconds, double country_flows, Learn learn);

    [[nodiscard]] std::span<const Part> parts() const { return parts_; }
    /// Of the country's answered flows; at most 1.
    [[nodiscard]] double share(const Part& part) const;
    /// Not seen for so long that ten of its flows are missing, at what is expected of the country
    /// now.
    [[nodiscard]] bool is_silent(const Part& part, int64_t now_ns, double expected_per_s) const;
    /// The share of those that are not silent, of the parts with at least a hundredth; nothing
    /// where none is known.
    [[nodiscard]] std::optional<double> alive(int64_t now_ns, double expected_per_s) const;

    void fields(auto& archive) {
        archive.list(parts_, kMost);
        archive(all_);
    }

  private:
    std::vector<Part> parts_;
    double all_ = 0;  // of the country, decayed likewise
};

}  // namespace lull
