// A country over one family of addresses: whether IPv4 or IPv6 fell alone (detection.md §2.7).
// Where the country as a whole fell, its own track tells of it and asks here which family still
// stands; where one family is too small for that, its fall is an incident of its own here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "control/country_tests.h"
#include "control/ledger.h"
#include "dataplane/types.h"

namespace lull {

class FamilyTrack {
  public:
    struct Context {
        CountryId country{};
        double threshold = 20;
        bool country_down = false;  // its own incident tells of it
        bool notify = true;         // open incidents
    };
    /// A tick that could be judged.
    void step(const Reading& reading, const Context& context, Ledger& ledger);
    void learn(const Reading& reading);
    /// Time is missing before the next tick.
    void gap() { minute_.fill({}); }
    /// The one family that stands while the other lies below a half; none where both do alike or
    /// too little is expected to say.
    [[nodiscard]] std::optional<Family> standing() const { return standing_; }
    [[nodiscard]] uint64_t incident() const { return incident_; }
    /// Whether conversations over each family were expected lately.
    [[nodiscard]] bool has_both() const {
        return incident_ != 0 || (minute_[0].expected > 0 && minute_[1].expected > 0);
    }
    /// Whether the tick just judged may teach what is expected of all, and over IPv6: not while a
    /// family is down, or IPv6 in doubt.
    [[nodiscard]] bool may_learn() const { return !down_[0] || frozen_s_ > kRelease_s; }
    [[nodiscard]] bool may_learn6() const { return frozen_s_ <= 0 || frozen_s_ > kRelease_s; }
    void scale(double factor);
    /// After it was read: what is not kept follows from what is.
    void resume() { find_standing(); }

    void fields(auto& archive) {
        archive(tests_, minute_, incident_, recovered_ns_, steady_s_, frozen_s_, down_);
        archive.given(standing_);
    }

  private:
    static constexpr std::size_t kFamilies = 2;
    // After so long what is left is the new normal.
    static constexpr double kRelease_s = 7 * 86400.0;

    void find_standing();
    void open(std::size_t family, const Fall& fall, const Reading& reading, const Context& context,
              Ledger& ledger);
    void follow(std::size_t family, const Reading& part, Ledger& ledger);
    void close(int64_t end_ns, const char* why, Ledger& ledger);

    std::array<CountryTests, kFamilies> tests_;  // IPv4, IPv6
    std::array<Signal, kFamilies> minute_{};  // flows, decayed over a minute, or 40 events of each
    uint64_t incident_ = 0;                   // 0: none open
    int64_t recovered_ns_ = 0;
    double steady_s_ = 0;  // since the return
    double frozen_s_ = 0;  // that learning has stood still
    std::array<bool, kFamilies> down_{};
    std::optional<Family> standing_;
};

}  // namespace lull
