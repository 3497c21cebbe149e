// What one country lost, and whether another one has it.
#include "control/move_watch.h"

#include <gtest/gtest.h>

#include <array>

namespace lull {
namespace {

constexpr std::size_t kLost = 3;
constexpr std::size_t kOther = 5;
constexpr std::size_t kLarge = 7;
using Answer = Conserved::Answer;

/// Eight countries of 100 flows a tick each, and what is seen of them.
struct Flows {
    MoveWatch watch;
    std::array<Signal, 8> now;
    bool low = false;

    Flows() { now.fill({100, 100}); }
    Conserved ticks(int count) {
        for (int i = 0; i < count; ++i) {
            watch.step(now, 10, [this](std::size_t each) { return low && each == kLost; });
        }
        return watch.of(kLost);
    }
};

TEST(MoveWatch, what_is_lost_here_and_gained_there_is_conserved) {
    Flows flows;
    flows.ticks(100);
    flows.low = true;
    flows.now[kLost].observed = 5;
    flows.now[kOther].observed = 190;
    const Conserved found = flows.ticks(6);
    EXPECT_EQ(found.answer, Answer::kYes);
    EXPECT_EQ(found.to, CountryId{kOther});
    EXPECT_DOUBLE_EQ(found.lost, 570);
    EXPECT_DOUBLE_EQ(found.gained, 540);
    EXPECT_EQ(conserved_text(found), "yes: " + std::string(country(found.to).code) +
                                         " gained 540 answered flows where 570 were lost");
}

TEST(MoveWatch, a_chance_rise_by_less_or_by_more_is_none) {
    for (const double seen : {150.0, 300.0}) {
        Flows flows;
        flows.ticks(100);
        flows.low = true;
        flows.now[kLost].observed = 0;
        flows.now[kOther].observed = seen;
        const Conserved found = flows.ticks(30);
        EXPECT_EQ(found.answer, Answer::kNo) << seen;
        EXPECT_EQ(found.to, CountryId{kOther});
    }
}

TEST(MoveWatch, who_was_high_already_has_gained_nothing) {
    Flows flows;
    flows.now[kOther].observed = 200;
    flows.ticks(400);
    flows.low = true;
    flows.now[kLost].observed = 0;
    EXPECT_EQ(flows.ticks(30).answer, Answer::kNo);
}

TEST(MoveWatch, a_small_loss_beside_a_large_country_cannot_be_checked) {
    Flows flows;
    flows.now[kLarge] = {5000, 5000};
    flows.ticks(100);
    flows.low = true;
    flows.now[kLost].observed = 0;
    const Conserved found = flows.ticks(30);
    EXPECT_EQ(found.answer, Answer::kNotCheckable);
    EXPECT_GT(found.scatter, found.lost);
    EXPECT_EQ(flows.watch.of(kOther).answer, Answer::kNotCheckable) << "it does not fall";
}

TEST(MoveWatch, too_few_lost_say_nothing_and_each_fall_is_its_own) {
    Flows flows;
    flows.now.fill({1, 1});
    flows.ticks(100);
    flows.low = true;
    flows.now[kLost].observed = 0;
    EXPECT_EQ(flows.ticks(30).answer, Answer::kNotCheckable);
    flows.low = false;
    EXPECT_EQ(flows.ticks(1).lost, 0);
}

TEST(MoveWatch, who_is_down_from_the_first_tick_on_cannot_be_checked) {
    Flows flows;
    flows.low = true;
    flows.now[kLost].observed = 0;
    flows.now[kOther].observed = 200;
    EXPECT_EQ(flows.ticks(30).answer, Answer::kNotCheckable);
}

TEST(MoveWatch, a_country_that_is_not_learned_is_no_destination) {
    Flows flows;
    flows.now[kOther] = {100, 0};
    flows.ticks(100);
    flows.low = true;
    flows.now[kLost].observed = 0;
    EXPECT_EQ(flows.ticks(30).answer, Answer::kNo);
}

TEST(MoveWatch, a_country_never_seen_before_may_have_it) {
    Flows flows;
    flows.now[kOther] = {0, 0};
    flows.ticks(100);
    flows.low = true;
    flows.now[kLost].observed = 0;
    flows.now[kOther].observed = 100;
    EXPECT_EQ(flows.ticks(30).answer, Answer::kYes);
}

}  // namespace
}  // namespace lull
