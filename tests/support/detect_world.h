// A made-up world for the detector: 250 countries of heavy-tailed size, each with a day rhythm, a
// level that wanders and counts that scatter, and what happens to them by script. Deterministic:
// one seed, one world. It shares no code with the detector's own profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "control/detect.h"

namespace lull::test {

inline constexpr std::size_t kWorldCountries = 251;  // with ZZ
inline constexpr int64_t kNs = 1'000'000'000;

/// Under a sanitizer worlds of more ticks than this are left to the release build.
#if !defined(__has_feature)
#define __has_feature(feature) 0  // clang's; g++ says it by macros
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr double kTicksMost = 2500;
#else
inline constexpr double kTicksMost = 1e9;
#endif

/// LULL_FULL=1: worlds at their full length, as before a release; else what each commit has time
/// for.
bool full_length();

/// What a script makes of one country in one tick: factors on what it would have done.
struct Effect {
    double life = 1;
    double demand = 1;
    double answered = 1;  // share of what lives whose answers are seen
    double ipv4 = 1;      // of what lives over it
    double ipv6 = 1;
};

struct WorldConfig {
    uint64_t seed = 1;
    double tick_s = 10;
    int64_t start_s = 1419163200;  // 2014-12-21T12:00:00Z
    std::size_t groups = 1;
    std::size_t countries = kWorldCountries;
    double scatter_k = 0;         // 0: Poisson, else negative binomial of one tick
    double least_per_tick = 0.2;  // range of the mean life of a tick
    double most_per_tick = 5000;
    double phase_h = 1.5;      // how far, at most, a rhythm lies beside the common one
    double trough_low = 0.25;  // quietest / busiest
    double trough_high = 0.6;
    double wander_low = 0.10;  // sigma of the level
    double wander_high = 0.15;
    double ipv6_share = 0;  // of what lives
};

class World {
  public:
    using Script = std::function<Effect(std::size_t country, int64_t unix_s)>;
    using SensorScript = std::function<void(TickFacts& facts, int64_t unix_s)>;

    explicit World(const WorldConfig& config);
    /// A detector that knows this world's clocks.
    Detector detector(double false_alarms_per_year) const;
    /// The next tick. The reference holds until the next call.
    const TickFacts& next();
    [[nodiscard]] int64_t now_s() const { return now_s_; }

    Script script;                 // none: nothing happens
    SensorScript sensor;           // changes the facts of a tick afterwards
    std::vector<double> per_tick;  // mean life of a tick at level 1, by country; may be set

  private:
    struct Character {
        int32_t offset_s = 0;
        double phase_h = 0;
        double trough = 0.4;
        double sigma = 0.1;       // of the wandering level
        double memory_s = 50000;  // its correlation time
        double level = 0;
        double rhythm = 1;
    };
    double rhythm(const Character& character) const;
    void wander();
    double draw(double mean);
    CountryFacts facts_of(std::size_t country, const Effect& effect, double share);

    WorldConfig config_;
    int64_t now_s_;
    int64_t wandered_s_ = 0;
    std::mt19937_64 random_;
    std::normal_distribution<double> normal_{0, 1};
    std::vector<Character> characters_;
    TickFacts facts_;
};

/// What the detector found, for a failing test's message; times in hours since `start_s`.
std::string describe(const Detector& detector, int64_t start_s);

}  // namespace lull::test
