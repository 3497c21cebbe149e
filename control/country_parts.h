// What a country consists of here: the parts that bring its answered flows, the share of each, and
// when each was last seen. It tells whether all of a country fell or one carrier; and, of the
// members of an exchange by whose ports they come, whose port did. Bounded to kMost parts. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "control/members/member.h"
#include "control/part_id.h"

namespace lull {

template <typename Id>
class PartsOf {
  public:
    static constexpr std::size_t kMost = 12;
    struct Part {
        Id id;
        double flows = 0;     // decayed over six hours of learning
        int64_t last_ns = 0;  // end of the last tick with an answered flow
        double due = 0;       // flows expected of it since, in time that was seen
        double open = 0;      // in the tick in hand
        double seen = 0;      // in the one that was closed last
        void fields(auto& archive) {
            archive.given(open, seen);
            archive(id, flows, last_ns, due);
        }
    };
    /// What a tick is good for. Of one that was not seen whole nothing is silent; one in which the
    /// country is down, or nearly so, teaches no share.
    enum class Tick : uint8_t { kPartlySeen, kSeen, kTeaches };

    /// Answered flows of a part in the tick in hand.
    void see(const Id& id, double flows);
    /// `observed` and `expected` answered flows of the whole country in this tick.
    void close_tick(int64_t end_ns, double seconds, double observed, double expected, Tick tick);
    /// Drops the parts for which `stays` is false: a new table does not have them.
    void keep_if(const std::function<bool(const Id&)>& stays);

    [[nodiscard]] std::span<const Part> parts() const { return parts_; }
    /// Of the country's answered flows; at most 1.
    [[nodiscard]] double share(const Part& part) const;
    /// Ten of its flows are due.
    [[nodiscard]] static bool is_silent(const Part& part) { return part.due >= kSilentFlows; }
    /// The share of those that are not silent, of the parts with at least a hundredth; nothing
    /// where none is known.
    [[nodiscard]] std::optional<double> alive() const;

    void fields(auto& archive) {
        archive.list(parts_, kMost);
        archive(all_);
    }

  private:
    static constexpr double kSilentFlows = 10;

    std::vector<Part> parts_;
    double all_ = 0;  // of the country, decayed likewise
};

using CountryParts = PartsOf<PartId>;
using CountryMembers = PartsOf<MemberKey>;  // the one without a number: who is not known

}  // namespace lull
