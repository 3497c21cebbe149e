// Whether a named site still answers: a silence test with its own expectation for each. What counts
// are answered flows to it (TLS, HTTP, QUIC); that resolvers still ask for its name is told apart.
// A gap is one only while the sensor sees: lull's own blindness is never a site's silence. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lull {

/// kLearning: too little was seen to say anything. kAsked: silent, and its name is still asked for.
enum class SiteState : uint8_t { kLearning, kAnswering, kSilent, kAsked };
std::string_view site_state_name(SiteState state);  // "learning" …

class SiteWatch {
  public:
    /// A tick that was seen: answered flows of the site in it, and questions for its name.
    void step(uint64_t answered, uint64_t asked, int64_t end_ns, double seconds);

    [[nodiscard]] SiteState state() const;
    [[nodiscard]] bool silent() const { return state() >= SiteState::kSilent; }
    /// End of the last tick with an answered flow; 0: none yet.
    [[nodiscard]] int64_t last_answered_ns() const { return last_answered_ns_; }
    [[nodiscard]] int64_t last_asked_ns() const { return last_asked_ns_; }
    /// Answered flows a second at this hour of the day (UTC), at the least; 0 while learning.
    [[nodiscard]] double expected_per_s() const;
    /// How long a silence that begins now must last to be one, seconds; 0 while learning.
    [[nodiscard]] double provable_s() const;

    void fields(auto& archive) {
        archive(hours_, seen_s_, flows_, gap_s_, longest_gap_s_, last_answered_ns_, last_asked_ns_,
                end_ns_, gap_expected_);
    }

  private:
    struct Hour {
        double flows = 0;  // decayed
        double seconds = 0;
        void fields(auto& archive) { archive(flows, seconds); }
    };

    std::array<Hour, 24> hours_{};
    double seen_s_ = 0;         // that the sensor saw, in all
    double flows_ = 0;          // answered in that time
    double gap_s_ = 0;          // seen time since the last answered flow
    double gap_expected_ = 0;   // answered flows in it
    double longest_gap_s_ = 0;  // that ended; fades
    int64_t last_answered_ns_ = 0;
    int64_t last_asked_ns_ = 0;
    int64_t end_ns_ = 0;
};

}  // namespace lull
