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

}  // namespace
}  // namespace lull
