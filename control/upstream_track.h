// The upstreams of one country, tick by tick: which went and which came, told when it has lasted. A
// country with more of them than kToldUpstreams is told of its largest alone.
#pragma once

#include <cstdint>
#include <string>

#include "control/facts.h"
#include "control/hold_down.h"

namespace lull {

struct UpstreamChange {
    int64_t time_ns = 0;  // when lull first saw it so; 0: there was none
    UpstreamList gone{};  // AS numbers; 0: none
    UpstreamList came{};
    uint32_t before = 0;  // how many there were
    uint32_t now = 0;
    bool largest = false;  // the largest of before is among the gone
    bool operator==(const UpstreamChange&) const = default;
    void fields(auto& archive) { archive(time_ns, gone, came, before, now, largest); }
};

/// "upstreams: AS4837 gone since 2014-12-22T16:14:00Z, 0 left of 1"
std::string upstream_text(const UpstreamChange& change);

class UpstreamTrack {
  public:
    static constexpr double kFirstHold_s = 60;

    /// A tick in which all that is known of the country's networks is from peers that are heard.
    void step(const RoutingFacts& facts, int64_t end_ns, double seconds);
    [[nodiscard]] const UpstreamChange& last() const { return last_; }

    void fields(auto& archive) {
        archive(known_, list_, count_, pending_, pending_ns_, last_, hold_);
    }

  private:
    [[nodiscard]] UpstreamChange change_to(const RoutingFacts& facts) const;

    bool known_ = false;
    UpstreamList list_{};  // as told last, or without a change since
    uint32_t count_ = 0;
    UpstreamChange pending_;  // without its time
    int64_t pending_ns_ = 0;
    UpstreamChange last_;
    HoldDown hold_{kFirstHold_s};
};

}  // namespace lull
