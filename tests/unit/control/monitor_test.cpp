// The way of a tick through the monitor, where no detector decides.
#include "control/monitor.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

constexpr int64_t kNs = 1'000'000'000;

class MonitorTest : public testing::Test {
  protected:
    static Directory directory() {
        Directory directory;
        directory.generation = 1;
        directory.countries.resize(countries().size());
        return directory;
    }
    static Layout layout() {
        Layout layout;
        layout.groups.push_back({"tap", {0}});
        layout.ports.emplace_back().name = "tap0";
        return layout;
    }

    /// So many answered flows of the country, in as many packets.
    Snapshot flows(uint64_t count) const {
        Snapshot snapshot;
        GroupDelta& group = snapshot.groups.emplace_back();
        group.table_generation = 1;
        AreaDelta& area = group.areas.emplace_back();
        area.area = AreaId{static_cast<uint16_t>(index_of(country_) + 1)};
        area.answered_flows = count;
        PortDelta& port = snapshot.ports.emplace_back();
        port.received_packets = port.counted_packets = count;
        port.link_up = true;
        return snapshot;
    }
    double flows_of_last_tick() const {
        return monitor_.last_tick().groups.at(0).countries[index_of(country_)].flows;
    }

    CountryId country_ = *find_country("KP");
    Monitor monitor_{{}, layout(), directory()};
};

TEST_F(MonitorTest, a_tick_holds_what_came_since_the_one_before) {
    monitor_.add(flows(3));
    monitor_.add(flows(4));
    monitor_.end_tick(0, 10);
    EXPECT_EQ(flows_of_last_tick(), 7);
    monitor_.add(flows(5));
    monitor_.end_tick(10 * kNs, 10);
    EXPECT_EQ(flows_of_last_tick(), 5);
}

TEST_F(MonitorTest, a_dropped_tick_is_counted_and_not_in_the_next) {
    monitor_.add(flows(900));
    monitor_.drop_tick(0, 10);
    monitor_.add(flows(5));
    monitor_.end_tick(10 * kNs, 10);
    EXPECT_EQ(flows_of_last_tick(), 5);
    const View view = monitor_.view(Monitor::OriginChoice::kAll);
    EXPECT_EQ(view.ports.at(0).totals.received_packets, 905U);
    EXPECT_EQ(view.ticks.at("ok"), 1U);
    EXPECT_EQ(view.ticks.size(), 1U);
}

TEST_F(MonitorTest, what_befell_a_device_in_a_dropped_tick_is_not_forgotten) {
    Snapshot began = flows(900);
    began.ports[0].events[static_cast<std::size_t>(PortEvent::kLink)] = 1;
    monitor_.add(began);
    monitor_.drop_tick(0, 10);
    monitor_.add(flows(5));
    monitor_.end_tick(10 * kNs, 10);
    EXPECT_EQ(monitor_.last_tick().groups.at(0).health, Health::kUnhealthy);  // it settles
}

}  // namespace
}  // namespace lull
