// What floods a country: the labelled bytes that it received, by hour, for a day and more back. It
// decides nothing (those flows are no signal); an incident says what it is consistent with. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "control/facts.h"

namespace lull {

class NoiseTrack {
  public:
    /// A tick with labelled traffic toward the country.
    void add(const CountryNoise& noise, int64_t end_ns);

    /// Of the time from..until: "consistent with a flood before: ntp-monlist 812 MB …", with
    /// volume, share of what the country received in those hours, from when to when, and the
    /// countries that sent most. Empty: less than a twentieth of it was labelled hostile.
    [[nodiscard]] std::string sentence(int64_t from_ns, int64_t until_ns, const char* when) const;
    /// Whether there is anything to tell of.
    [[nodiscard]] bool empty() const { return hours_.empty(); }

    void fields(auto& archive) { archive.list(hours_, kMostHours); }

    static constexpr int64_t kBefore_ns = int64_t{24 * 3600} * 1'000'000'000;  // of an incident

  private:
    static constexpr std::size_t kMostHours = 72;
    static constexpr std::size_t kMostLabels = 32, kMostSenders = 64;  // of an hour
    struct Hour {
        int64_t start_ns = 0;
        int64_t first_ns = 0, last_ns = 0;      // ends of the first and the last noisy tick
        double received = 0;                    // bytes of those ticks, noisy or not
        std::map<std::string, double> labels;   // bytes
        std::map<std::string, double> senders;  // bytes, by code
        void fields(auto& archive) {
            archive(start_ns, first_ns, last_ns, received);
            archive.map(labels, kMostLabels);
            archive.map(senders, kMostSenders);
        }
    };
    std::deque<Hour> hours_;  // with noise, oldest first
};

}  // namespace lull
