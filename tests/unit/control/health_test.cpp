// What a port's tick must look like to be believed.
#include "control/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lull {
namespace {

using ::testing::HasSubstr;

PortDelta tick_of(uint64_t packets) {
    PortDelta delta;
    delta.received_packets = packets;
    delta.counted_packets = packets;
    delta.mbufs_free = delta.mbufs_capacity = 4096;
    delta.mbufs_needed = 2048;
    return delta;
}

TEST(PortWatch, a_port_that_had_no_packet_yet_is_not_silent_but_unseen) {
    PortWatch watch("tap");
    for (int i = 0; i < 5; ++i) {
        const PortHealth health = watch.judge(tick_of(0), 10);
        EXPECT_EQ(health.health, Health::kUnhealthy);
        EXPECT_THAT(health.reason, HasSubstr("no packet yet"));
    }
    EXPECT_EQ(watch.judge(tick_of(700), 10).health, Health::kUnhealthy);  // a part of a tick
    EXPECT_EQ(watch.judge(tick_of(1000), 10).health, Health::kHealthy);
}

TEST(PortWatch, a_port_that_has_packets_from_the_start_is_believed_from_the_start) {
    PortWatch watch("tap");
    EXPECT_EQ(watch.judge(tick_of(1000), 10).health, Health::kHealthy);
    EXPECT_EQ(watch.judge(tick_of(1000), 10).health, Health::kHealthy);
    EXPECT_THAT(watch.judge(tick_of(0), 10).reason, HasSubstr("not one packet"));
}

TEST(PortWatch, a_flood_that_is_shed_makes_the_tick_missing_and_the_next_one_is_believed_again) {
    PortWatch watch("tap");
    watch.judge(tick_of(1000), 10);
    PortDelta flood = tick_of(1'000'000);
    flood.shed = ShedStage::kFlows;
    EXPECT_EQ(watch.judge(flood, 10).health, Health::kUnhealthy);
    EXPECT_EQ(watch.judge(tick_of(1000), 10).health, Health::kHealthy);
}

TEST(PortWatch, loss_degrades_above_two_percent_and_blinds_above_ten) {
    PortWatch watch("tap");
    PortDelta delta = tick_of(1000);
    delta.missed_packets = 15;
    EXPECT_EQ(watch.judge(delta, 10).health, Health::kHealthy);
    delta.missed_packets = 50;
    EXPECT_EQ(watch.judge(delta, 10).health, Health::kDegraded);
    delta.missed_packets = 200;
    EXPECT_EQ(watch.judge(delta, 10).health, Health::kUnhealthy);
}

TEST(PortWatch, a_device_in_trouble_is_unhealthy_and_settles_when_it_works_again) {
    PortWatch watch("tap");
    EXPECT_EQ(watch.judge(tick_of(1000), 10).health, Health::kHealthy);
    PortDelta ill = tick_of(0);
    ill.link_up = false;
    ill.device = DeviceState::kRecovering;
    ill.events[static_cast<std::size_t>(PortEvent::kRecovering)] = 1;
    EXPECT_THAT(watch.judge(ill, 10).reason, HasSubstr("mends the device"));
    for (int tick = 0; tick < 3; ++tick) {
        EXPECT_THAT(watch.judge(tick_of(1000), 10).reason, HasSubstr("settling"));
    }
    EXPECT_EQ(watch.judge(tick_of(1000), 10).health, Health::kHealthy);
}

TEST(PortWatch, a_link_that_flapped_within_a_tick_settles_though_it_is_up_at_its_end) {
    PortWatch watch("tap");
    watch.judge(tick_of(1000), 10);
    PortDelta flap = tick_of(900);
    flap.events[static_cast<std::size_t>(PortEvent::kLink)] = 2;
    EXPECT_THAT(watch.judge(flap, 10).reason, HasSubstr("settling"));
}

TEST(PortWatch, a_device_that_is_gone_or_failed_says_that_a_restart_is_needed) {
    PortWatch watch("tap");
    for (const DeviceState state : {DeviceState::kRemoved, DeviceState::kFailed}) {
        PortDelta gone = tick_of(0);
        gone.device = state;
        EXPECT_THAT(watch.judge(gone, 10).reason, HasSubstr("until restarted"));
    }
}

PortDelta tick_with(const WireCounts& wire) {
    PortDelta delta = tick_of(10'000);
    delta.wire = wire;
    return delta;
}

TEST(PortWatch, what_the_mirror_loses_degrades_above_two_percent_and_blinds_above_ten) {
    PortWatch watch("tap");
    EXPECT_EQ(watch.judge(tick_with({.seen = 100, .lost = 90}), 10).health, Health::kHealthy);
    EXPECT_EQ(watch.capture_loss(), std::nullopt) << "190 segments are no sample";
    EXPECT_EQ(watch.judge(tick_with({.seen = 5000, .lost = 50}), 10).health, Health::kHealthy);
    EXPECT_NEAR(*watch.capture_loss(), 0.0099, 0.0001) << "a busy tick stands for itself";
    PortHealth health = watch.judge(tick_with({.seen = 5000, .lost = 150}), 10);
    EXPECT_EQ(health.health, Health::kDegraded);
    EXPECT_THAT(health.reason, HasSubstr("tap: 2.9 % of what TCP acknowledges never came"));
    health = watch.judge(tick_with({.seen = 5000, .lost = 1000}), 10);
    EXPECT_EQ(health.health, Health::kUnhealthy);
    EXPECT_THAT(health.reason, HasSubstr("16.7 % of what TCP acknowledges never came"));
    EXPECT_EQ(watch.judge(tick_with({.seen = 5000}), 10).health, Health::kHealthy);
}

TEST(PortWatch, frames_that_come_twice_degrade) {
    PortWatch watch("tap");
    EXPECT_EQ(watch.judge(tick_with({.compared = 2000, .duplicates = 90}), 10).health,
              Health::kHealthy);
    const PortHealth health = watch.judge(tick_with({.compared = 2000, .duplicates = 900}), 10);
    EXPECT_EQ(health.health, Health::kDegraded);
    EXPECT_THAT(health.reason, HasSubstr("45.0 % of the segments came a second time"));
    EXPECT_NEAR(*watch.duplicates(), 0.45, 0.001);
}

TEST(PortWatch, cut_frames_degrade_unless_the_tap_is_said_to_slice) {
    PortDelta delta = tick_of(1000);
    delta.truncated_packets = 500;
    PortWatch whole("tap");
    EXPECT_THAT(whole.judge(delta, 10).reason, HasSubstr("50.0 % of the frames are cut short"));
    PortWatch sliced("tap", PortWatch::Frames::kSliced);
    EXPECT_EQ(sliced.judge(delta, 10).health, Health::kHealthy);
}

TEST(PortWatch, all_doubts_are_told) {
    PortWatch watch("tap");
    PortDelta delta = tick_with({.seen = 5000, .lost = 200, .compared = 5000, .duplicates = 1000});
    delta.nombuf_events = 3;
    const std::string reason = watch.judge(delta, 10).reason;
    EXPECT_THAT(reason, HasSubstr("3 receives without a free mbuf; "));
    EXPECT_THAT(reason, HasSubstr("never came"));
    EXPECT_THAT(reason, HasSubstr("a second time"));
}

TEST(GroupWatch, a_group_whose_conversations_are_all_one_way_is_degraded) {
    GroupWatch watch("border");
    EXPECT_EQ(watch.judge(100, 0, 10).health, Health::kHealthy) << "no sample yet";
    EXPECT_EQ(watch.two_way(), std::nullopt);
    EXPECT_EQ(watch.judge(5000, 3000, 10).health, Health::kHealthy);
    EXPECT_DOUBLE_EQ(*watch.two_way(), 0.6);
    const PortHealth health = watch.judge(5000, 50, 10);
    EXPECT_EQ(health.health, Health::kDegraded);
    EXPECT_THAT(health.reason,
                HasSubstr("border: 1.0 % of the conversations are seen both ways: one direction"));
}

TEST(Share, a_busy_tick_stands_for_itself_and_quiet_ones_are_added_up) {
    Share share;
    share.add(100, 100, 10);
    EXPECT_EQ(share.value(), std::nullopt);
    share.add(0, 110, 10);
    EXPECT_NEAR(*share.value(), 0.48, 0.02);
    share.add(0, 900, 10);
    EXPECT_NEAR(*share.value(), 0.05, 0.01) << "the last thousand";
    share.add(50, 5000, 10);
    EXPECT_DOUBLE_EQ(*share.value(), 0.01);
    share.add(0, 0, 10'000);
    EXPECT_EQ(share.value(), std::nullopt) << "too long ago";
}

}  // namespace
}  // namespace lull
