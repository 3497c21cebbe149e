// What is kept of a monitor and when, and what a restart makes of it.
#include "control/store/keeper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "tests/support/detect_world.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using test::kNs;

constexpr int64_t kMinute_ns = 60 * kNs;

/// A monitor of one group that has seen nothing itself; what it knows is put into it.
std::unique_ptr<Monitor> monitor() {
    Layout layout;
    layout.groups = {{"tap0", {1}}};
    layout.ports.resize(1);
    layout.ports[0].name = "tap0-a";
    Directory directory;
    directory.countries.resize(countries().size());
    MonitorSettings settings;
    settings.detector.tick_s = 60;
    return std::make_unique<Monitor>(settings, layout, directory);
}

/// Three hours of a world in which country 60 has fallen silent.
struct Silent {
    Silent() : world({.tick_s = 60}), detector(world.detector(12)) {
        world.script = [start = world.now_s()](std::size_t country, int64_t t) {
            return country == 60 && t > start + 9000 ? test::Effect{.life = 0} : test::Effect{};
        };
        for (int tick = 0; tick < 180; ++tick) detector.step(world.next());
    }
    [[nodiscard]] int64_t now_ns() const { return world.now_s() * kNs; }
    test::World world;
    Detector detector;
};

constexpr std::chrono::milliseconds kNoPause{0};

class KeeperTest : public testing::Test {
  protected:
    std::unique_ptr<Keeper> open(std::chrono::milliseconds pause = kNoPause) {
        auto keeper = Keeper::open({.path = path_}, pause);
        if (!keeper) throw std::runtime_error(keeper.error().message);
        return std::move(*keeper);
    }
    /// Leaves what `silent` knows in the store, as a run that ended.
    void leave(const Silent& silent) {
        const std::vector<std::string> groups{"tap0"};
        const auto keeper = open();
        const auto run = monitor();
        ASSERT_TRUE(run->restore(silent.detector.save(groups)));
        run->adopt(silent.detector.incidents(), 0);
        keeper->after_tick(*run, silent.now_ns());
        keeper->close(*run);
    }
    [[nodiscard]] int64_t kept_ns() const {
        auto file = StoreFile::open_to_read(path_);
        const auto stored = file ? file->read() : tl::unexpected(file.error());
        return stored && stored->snapshot ? stored->snapshot->tick_end_ns : 0;
    }
    bool kept_in_time(int64_t tick_end_ns) const {
        for (int i = 0; i < 500 && kept_ns() != tick_end_ns; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return kept_ns() == tick_end_ns;
    }
    TemporaryFolder folder_;
    std::string path_ = folder_.file("lull.db");
};

TEST_F(KeeperTest, a_restart_keeps_open_incidents_and_what_was_learned) {
    const Silent silent;
    ASSERT_EQ(silent.detector.incidents().size(), 1U);
    leave(silent);
    const auto keeper = open();
    const auto run = monitor();
    keeper->restore(*run, silent.now_ns() + 5 * kMinute_ns);
    const std::vector<Incident>& incidents = run->detector().incidents();
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].id, silent.detector.incidents()[0].id);
    EXPECT_EQ(incidents[0].start_ns, silent.detector.incidents()[0].start_ns);
    EXPECT_FALSE(incidents[0].end_ns);
    EXPECT_EQ(run->detector().verdicts()[60].state, State::kOutage);
    EXPECT_EQ(run->detector().verdicts()[61].state, State::kNormal);
    // No news and not counted again; its first tick sees nothing and changes nothing.
    run->end_tick(silent.now_ns() + 5 * kMinute_ns, 60);
    EXPECT_TRUE(run->view(Monitor::OriginChoice::kExported).incidents_total.empty());
    for (const std::string& sentence : run->take_news()) {
        EXPECT_EQ(sentence.find("incident"), std::string::npos) << sentence;
    }
    EXPECT_FALSE(run->detector().incidents()[0].end_ns);
}

TEST_F(KeeperTest, what_is_too_old_or_of_the_future_is_learned_anew_and_its_incidents_end) {
    const Silent silent;
    leave(silent);
    for (const int64_t off_ns : {Keeper::kOldest_ns + 1, -Keeper::kAhead_ns - 1}) {
        const auto keeper = open();
        const auto run = monitor();
        keeper->restore(*run, silent.now_ns() + off_ns);
        EXPECT_EQ(run->detector().verdicts()[61].state, State::kLearning);
        ASSERT_EQ(run->detector().incidents().size(), 1U);
        const Incident& incident = run->detector().incidents()[0];
        EXPECT_EQ(incident.end_ns, incident.last_verified_ns);
        keeper->close(*run);  // no tick: nothing is written
        EXPECT_EQ(kept_ns(), silent.now_ns());
    }
}

TEST_F(KeeperTest, a_snapshot_is_made_each_minute_and_at_once_when_an_incident_changes) {
    Silent silent;
    const auto keeper = open();
    const auto run = monitor();
    keeper->after_tick(*run, silent.now_ns());
    EXPECT_TRUE(kept_in_time(silent.now_ns()));
    keeper->after_tick(*run, silent.now_ns() + 59 * kNs);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(kept_ns(), silent.now_ns());
    keeper->after_tick(*run, silent.now_ns() + 60 * kNs);
    EXPECT_TRUE(kept_in_time(silent.now_ns() + 60 * kNs));
    run->adopt(silent.detector.incidents(), 0);
    keeper->after_tick(*run, silent.now_ns() + 70 * kNs);
    EXPECT_TRUE(kept_in_time(silent.now_ns() + 70 * kNs));
    const auto incidents = keeper->incidents_since(0);
    ASSERT_TRUE(incidents);
    EXPECT_EQ(incidents->size(), 1U);
    keeper->after_tick(*run, silent.now_ns() + 80 * kNs);  // the same as before: not yet again
    keeper->close(*run);                                   // but at the end
    EXPECT_EQ(kept_ns(), silent.now_ns() + 80 * kNs);
}

TEST_F(KeeperTest, a_clock_that_runs_fast_does_not_keep_the_disk_busy) {
    Silent silent;
    const auto keeper = open(std::chrono::hours(1));
    const auto run = monitor();
    keeper->after_tick(*run, silent.now_ns());
    EXPECT_TRUE(kept_in_time(silent.now_ns()));
    for (int minute = 1; minute < 100; ++minute) {
        keeper->after_tick(*run, silent.now_ns() + minute * kMinute_ns);
    }
    run->adopt(silent.detector.incidents(), 0);
    keeper->after_tick(*run, silent.now_ns() + 100 * kMinute_ns);  // an incident does not wait
    EXPECT_TRUE(kept_in_time(silent.now_ns() + 100 * kMinute_ns));
    for (int minute = 101; minute < 181; ++minute) {  // nor does a checkpoint, after three hours
        keeper->after_tick(*run, silent.now_ns() + minute * kMinute_ns);
    }
    EXPECT_TRUE(kept_in_time(silent.now_ns() + 180 * kMinute_ns));
    keeper->after_tick(*run, silent.now_ns() + 190 * kMinute_ns);
    keeper->close(*run);
    EXPECT_EQ(kept_ns(), silent.now_ns() + 190 * kMinute_ns);
}

TEST_F(KeeperTest, of_tables_in_a_row_each_leaves_what_it_moved_and_few_a_state) {
    const Silent silent;
    const auto keeper = open();
    const auto run = monitor();
    Directory directory;
    directory.countries.resize(countries().size());
    for (int64_t minute = 0; minute <= 20; minute += 2) {
        run->adopt(directory, {});
        keeper->after_tick(*run, silent.now_ns() + minute * kMinute_ns);
        ASSERT_TRUE(keeper->wait_kept(std::chrono::seconds(10)));
    }
    keeper->close(*run);
    auto database = Database::open(path_, Database::Access::kReadOnly);
    const auto number = [&](const char* sql) { return database->number(sql)->value_or(-1); };
    EXPECT_EQ(number("SELECT count(*) FROM checkpoints"), 11);
    EXPECT_EQ(number("SELECT count(*) FROM checkpoints WHERE length(state) > 0"), 3);
}

TEST_F(KeeperTest, an_operators_word_is_kept_at_once_and_comes_back) {
    const Silent silent;
    leave(silent);
    for (int run_number = 1; run_number <= 2; ++run_number) {
        const auto keeper = open();
        const auto run = monitor();
        keeper->restore(*run, silent.now_ns());
        const uint64_t id = run->detector().incidents().at(0).id;
        const Remark remark{silent.now_ns() + run_number, "kim", "on it"};
        // Before any tick of this run; that it was not closed in between is what a kill leaves.
        if (run_number == 1) {
            EXPECT_EQ(run->acknowledge(id, remark), Detector::Word::kTaken);
            EXPECT_EQ(run->annotate(id, remark), Detector::Word::kTaken);
        } else {
            EXPECT_EQ(run->detector().incidents().at(0).acknowledged->by, "kim");
            EXPECT_EQ(run->detector().incidents().at(0).notes.at(0).text, "on it");
            EXPECT_EQ(run->close(id, remark), Detector::Word::kTaken);
        }
        keeper->after_word(*run);
        EXPECT_TRUE(keeper->wait_kept(std::chrono::seconds(10)));
        EXPECT_EQ(kept_ns(), silent.now_ns());
    }
    const auto keeper = open();
    const auto run = monitor();
    keeper->restore(*run, silent.now_ns());
    EXPECT_TRUE(run->detector().incidents().at(0).end_ns);
    EXPECT_EQ(run->detector().verdicts()[60].state, State::kLearning);
    EXPECT_EQ(run->detector().verdicts()[61].state, State::kNormal);
}

TEST_F(KeeperTest, what_was_known_of_a_country_can_be_asked_later) {
    Silent silent;
    const auto keeper = open();
    const auto run = monitor();
    const std::vector<std::string> groups{"tap0"};
    ASSERT_TRUE(run->restore(silent.detector.save(groups)));
    keeper->after_tick(*run, silent.now_ns());
    ASSERT_TRUE(keeper->wait_kept(std::chrono::seconds(10)));
    const auto state_at = [&](int64_t time_ns) {
        const auto decision = keeper->decision_at(CountryId{60}, time_ns);
        EXPECT_TRUE(decision) << decision.error().message;
        return *decision ? std::optional((*decision)->verdict.state) : std::nullopt;
    };
    EXPECT_EQ(state_at(silent.now_ns() + kMinute_ns), State::kOutage);
    EXPECT_FALSE(state_at(silent.now_ns() - 1));
    EXPECT_FALSE(state_at(silent.now_ns() + Keeper::kDecisionAge_ns + 1));
}

TEST_F(KeeperTest, without_a_path_nothing_is_kept) {
    const auto keeper = Keeper::open({.path = std::nullopt});
    ASSERT_TRUE(keeper);
    const auto run = monitor();
    (*keeper)->restore(*run, kMinute_ns);
    (*keeper)->after_tick(*run, kMinute_ns);
    EXPECT_FALSE((*keeper)->view().in_use);
    EXPECT_FALSE((*keeper)->wait_kept(std::chrono::seconds(1)));
    EXPECT_TRUE((*keeper)->incidents_since(0)->empty());
    (*keeper)->close(*run);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeeperTest, a_refusal_names_the_key) {
    {
        auto database = Database::open(path_, Database::Access::kReadWrite);
        ASSERT_TRUE(database->run("CREATE TABLE bookmarks (url TEXT)"));
    }
    const auto keeper = Keeper::open({.path = path_}, kNoPause);
    ASSERT_FALSE(keeper);
    EXPECT_EQ(keeper.error().kind, ErrorKind::kRefused);
    EXPECT_TRUE(keeper.error().message.starts_with("store.path: " + path_));
}

}  // namespace
}  // namespace lull
