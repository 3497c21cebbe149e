// When a named site is silent: by its own expectation, never by lull's blindness.
#include "control/inspect/site_watch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "control/archive.h"
#include "control/drill/random.h"

namespace lull {
namespace {

constexpr double kTick_s = 60;
constexpr int64_t kTick_ns = 60'000'000'000;
constexpr int kDay = 1440;  // ticks

class Watched {
  public:
    /// Ticks in which so many flows a minute are answered, at random; asked for as often.
    void run(int ticks, double answered_per_tick, double asked_per_tick = 0) {
        for (int i = 0; i < ticks; ++i) {
            now_ns_ += kTick_ns;
            watch_.step(draw(answered_per_tick), draw(asked_per_tick), now_ns_, kTick_s);
        }
    }
    /// How many of so many ticks said that it was silent.
    int silent_ticks(int ticks, double answered_per_tick) {
        int silent = 0;
        for (int i = 0; i < ticks; ++i) {
            run(1, answered_per_tick);
            silent += watch_.silent() ? 1 : 0;
        }
        return silent;
    }
    SiteWatch& watch() { return watch_; }
    int64_t now_ns() const { return now_ns_; }

  private:
    uint64_t draw(double mean) {
        uint64_t count = 0;
        for (double left = random_.unit(), term = std::exp(-mean); left > term; ++count) {
            left -= term;
            term *= mean / static_cast<double>(count + 1);
            if (term < 1e-12) break;
        }
        return count;
    }
    SiteWatch watch_;
    Random random_{7};
    int64_t now_ns_ = int64_t{1'420'000'000} * 1'000'000'000;
};

TEST(SiteWatch, a_day_of_little_traffic_teaches_nothing) {
    Watched site;
    site.run(kDay - 10, 5);
    EXPECT_EQ(site.watch().state(), SiteState::kLearning) << "not yet a day";
    Watched rare;
    rare.run(3 * kDay, 0.005);
    EXPECT_EQ(rare.watch().state(), SiteState::kLearning) << "about twenty flows";
    EXPECT_EQ(rare.watch().provable_s(), 0);
}

TEST(SiteWatch, a_busy_site_that_stops_is_silent_in_minutes) {
    Watched site;
    site.run(2 * kDay, 5);
    ASSERT_EQ(site.watch().state(), SiteState::kAnswering);
    EXPECT_NEAR(site.watch().expected_per_s(), 5.0 / 60, 0.02);
    const int64_t before_ns = site.now_ns();
    site.run(1, 0);
    EXPECT_FALSE(site.watch().silent());
    site.run(15, 0);
    EXPECT_EQ(site.watch().state(), SiteState::kSilent);
    EXPECT_LE(site.watch().last_answered_ns(), before_ns);
    site.run(1, 20);
    EXPECT_EQ(site.watch().state(), SiteState::kAnswering);
}

TEST(SiteWatch, a_name_that_is_still_asked_for_is_told_apart) {
    Watched site;
    site.run(2 * kDay, 5, 3);
    site.run(20, 0, 3);
    EXPECT_EQ(site.watch().state(), SiteState::kAsked);
    site.run(30, 0, 0);
    EXPECT_EQ(site.watch().state(), SiteState::kSilent);
}

TEST(SiteWatch, what_was_not_seen_is_no_silence) {
    Watched site;
    site.run(2 * kDay, 5);
    SiteWatch blind = site.watch();
    // Nobody calls step() while a port group is not seen; then it goes on.
    blind.step(4, 0, site.now_ns() + 6 * 3600 * int64_t{1'000'000'000}, kTick_s);
    EXPECT_EQ(blind.state(), SiteState::kAnswering);
}

TEST(SiteWatch, a_quiet_year_raises_no_silence) {
    Watched site;
    site.run(2 * kDay, 0.2);
    EXPECT_EQ(site.silent_ticks(365 * kDay, 0.2), 0) << "one flow in five minutes, by chance";
}

TEST(SiteWatch, a_night_of_every_day_is_no_silence) {
    Watched site;
    const auto day = [&](bool judged) {
        int silent = 0;
        for (int hour = 0; hour < 24; ++hour) {
            const int ticks = site.silent_ticks(60, hour < 6 ? 0.02 : 3);
            silent += judged ? ticks : 0;
        }
        return silent;
    };
    for (int i = 0; i < 5; ++i) {
        day(false);
    }
    int silent = 0;
    for (int i = 0; i < 10; ++i) {
        silent += day(true);
    }
    EXPECT_EQ(silent, 0);
}

TEST(SiteWatch, it_goes_on_after_a_restart) {
    Watched site;
    site.run(2 * kDay, 5);
    ArchiveWriter writer;
    SiteWatch saved = site.watch();
    writer(saved);
    const std::vector<uint8_t> bytes = writer.take();
    ArchiveReader reader(bytes);
    SiteWatch restored;
    reader(restored);
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(restored.state(), site.watch().state());
    EXPECT_EQ(restored.provable_s(), site.watch().provable_s());
}

}  // namespace
}  // namespace lull
