// Operators' words from the desk into a monitor and the store.
#include "control/operator/office.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow_ns = 1'419'267'600'000'000'000;  // 2014-12-22T17:00:00Z
constexpr int64_t kMinute_ns = 60'000'000'000;

class OfficeTest : public testing::Test {
  protected:
    void SetUp() override { start(); }
    /// A run that goes on with what the store has.
    void start() {
        office_.reset();
        keeper_.reset();
        Layout layout;
        layout.groups = {{"tap0", {1}}, {"tap1", {2}}};
        layout.ports.resize(2);
        layout.ports[0].name = "tap0-a";
        layout.ports[1].name = "tap1-a";
        layout.ports[1].group = 1;
        Directory directory;
        directory.countries.resize(countries().size());
        MonitorSettings settings;
        settings.detector.tick_s = 60;
        monitor_ = std::make_unique<Monitor>(settings, layout, directory);
        auto keeper = Keeper::open({.path = folder_.file("lull.db")});
        ASSERT_TRUE(keeper) << keeper.error().message;
        keeper_ = std::move(*keeper);
        keeper_->restore(*monitor_, kNow_ns);
        office_ = std::make_unique<Office>(*monitor_, *keeper_);
    }
    OperatorReply ask(OperatorRequest request) {
        auto reply = std::async(std::launch::async, [&] { return office_->ask(request); });
        while (reply.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
            office_->attend(kNow_ns, [this] { ++changes_; });
        }
        return reply.get().value();
    }
    static AddMaintenance hour(const char* group) {
        AddMaintenance add;
        add.group = group;
        add.for_s = 3600;
        add.note = "new optics";
        add.by = "kim";
        return add;
    }
    TemporaryFolder folder_;
    std::unique_ptr<Monitor> monitor_;
    std::unique_ptr<Keeper> keeper_;
    std::unique_ptr<Office> office_;
    int changes_ = 0;
};

TEST_F(OfficeTest, announced_maintenance_takes_part_in_each_tick_and_outlives_the_run) {
    const OperatorReply reply = ask(hour("tap0"));
    ASSERT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(reply.body.at("kept"), true);
    EXPECT_EQ(reply.body.at("maintenance").at("until"), "2014-12-22T18:00:00Z");
    EXPECT_EQ(reply.body.at("maintenance").at("when"), "now");
    EXPECT_EQ(changes_, 1);
    start();
    ASSERT_EQ(office_->maintenance().size(), 1U);
    EXPECT_EQ(office_->maintenance()[0].by, "kim");
    const auto occasions = [this](int64_t start_ns) {
        monitor_->end_tick(start_ns, 60);
        return monitor_->view(Monitor::OriginChoice::kExported).occasions;
    };
    EXPECT_THAT(occasions(kNow_ns),
                ::testing::ElementsAre("tap0: maintenance until 2014-12-22T18:00:00Z: new optics"));
    ASSERT_EQ(ask(RemoveMaintenance{1}).status, 200U);
    EXPECT_THAT(occasions(kNow_ns + kMinute_ns), ::testing::IsEmpty());
    start();
    EXPECT_TRUE(office_->maintenance().empty());
}

TEST_F(OfficeTest, a_ports_maintenance_is_its_groups) {
    const OperatorReply reply = ask(hour("tap1-a"));
    ASSERT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(reply.body.at("maintenance").at("group"), "tap1");
}

TEST_F(OfficeTest, what_cannot_be_done_changes_nothing) {
    const OperatorReply reply = ask(hour("tap2"));
    EXPECT_EQ(reply.status, 400U);
    EXPECT_THAT(reply.body.at("error").get<std::string>(), HasSubstr("there are tap0, tap1"));
    AddMaintenance past = hour("");
    past.from_ns = kNow_ns - 60 * kMinute_ns;
    EXPECT_EQ(ask(past).status, 400U);
    EXPECT_EQ(ask(RemoveMaintenance{1}).status, 404U);
    EXPECT_EQ(ask(AcknowledgeIncident{.id = 1, .by = "", .note = ""}).status, 404U);
    EXPECT_EQ(ask(CloseIncident{.id = 1, .by = "", .why = "x"}).status, 404U);
    EXPECT_EQ(changes_, 0);
}

TEST_F(OfficeTest, a_full_book_is_409) {
    for (std::size_t i = 0; i < MaintenanceBook::kMost; ++i) {
        ASSERT_EQ(ask(hour("")).status, 200U);
    }
    EXPECT_EQ(ask(hour("")).status, 409U);
}

TEST_F(OfficeTest, nobody_waits_at_a_closed_one) {
    office_->close();
    EXPECT_FALSE(office_->ask(hour("")));
}

}  // namespace
}  // namespace lull
