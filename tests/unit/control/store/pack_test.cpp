// What is kept of ticks, for how long, and what a pack made of it gives back.
#include <gtest/gtest.h>

#include <fstream>

#include "control/pack_replay.h"
#include "control/store/pack_file.h"
#include "control/store/store_file.h"
#include "tests/support/detect_world.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using test::kNs;

constexpr int64_t kHour_ns = 3600 * kNs;
constexpr std::size_t kDark = 60;

DetectorContext context_of(double budget, std::vector<std::string> groups = {"tap0"}) {
    DetectorContext context;
    context.settings.tick_s = 60;
    context.settings.false_alarms_per_year = budget;
    context.groups = std::move(groups);
    context.networks.assign(countries().size(), 4);
    return context;
}

class PackTest : public testing::Test {
  protected:
    StoreFile open() {
        auto file = StoreFile::open(path_);
        if (!file) throw std::runtime_error(file.error().message);
        return std::move(*file);
    }
    [[nodiscard]] int64_t number(const std::string& sql) const {
        auto database = Database::open(path_, Database::Access::kReadOnly);
        const auto found = database->number(sql);
        return found ? found->value_or(-1) : -2;
    }
    TemporaryFolder folder_;
    std::string path_ = folder_.file("lull.db");
};

TEST_F(PackTest, a_context_is_read_as_it_was_and_nonsense_is_none) {
    DetectorContext context = context_of(2, {"tap0", "ü"});
    context.settings.home = {*find_country("CH")};
    context.settings.watch = {*find_country("KP"), *find_country("IR")};
    context.settings.ignore = {*find_country("AQ")};
    context.moved.assign(countries().size(), 1);
    context.moved[index_of(*find_country("KP"))] = 0.6;
    const auto read = read_context(context_text(context));
    ASSERT_TRUE(read);
    EXPECT_EQ(context_text(*read), context_text(context));
    EXPECT_EQ(read->settings.watch, context.settings.watch);
    EXPECT_EQ(read->groups, context.groups);
    EXPECT_EQ(read->networks, context.networks);
    EXPECT_EQ(read->moved, context.moved);
    for (const char* text : {"", "[]", "{}", R"({"tick_seconds":10})",
                             R"({"tick_seconds":1e99,"false_alarms_per_year":2,"groups":["a"]})",
                             R"({"tick_seconds":10,"false_alarms_per_year":2,"groups":[7]})"}) {
        EXPECT_FALSE(read_context(text)) << text;
    }
}

TEST_F(PackTest, ticks_are_kept_for_their_time_and_around_incidents_for_a_fortnight) {
    StoreFile file = open();
    constexpr int64_t kDay_ns = 24 * kHour_ns;
    const int64_t begin_ns = 1'419'163'200 * kNs;
    const auto write = [&](int64_t time_ns, int64_t keep_ns) {
        StoreBatch batch;
        batch.snapshot = {time_ns, 1, {1}};
        batch.ticks = {{time_ns, {1}}};
        batch.checkpoints = {{time_ns, 1, context_of(12), {1}}};
        batch.forget_ticks_before_ns = time_ns - keep_ns;
        ASSERT_TRUE(file.write(batch));
    };
    StoreBatch batch;
    Incident& incident = batch.incidents[1];
    incident.id = 1;
    incident.start_ns = begin_ns + 20 * kHour_ns;
    incident.end_ns = begin_ns + 24 * kHour_ns;
    ASSERT_TRUE(file.write(batch));
    for (int hour = 0; hour < 72; ++hour) {
        write(begin_ns + hour * kHour_ns, kDay_ns);
    }
    // Hours 16 to 26 surround the incident; 47 to 71 are of the last day.
    EXPECT_EQ(number("SELECT count(*) FROM ticks"), 11 + 25);
    EXPECT_EQ(number("SELECT count(*) FROM checkpoints"), 11 + 25);
    EXPECT_EQ(number("SELECT min(tick_end_ns) FROM ticks"), begin_ns + 16 * kHour_ns);
    write(begin_ns + 72 * kHour_ns + kTicksKept_ns, kDay_ns);
    EXPECT_EQ(number("SELECT count(*) FROM ticks"), 1);
}

/// A day of a world in which a country falls silent and comes back; the settings change meanwhile,
/// and ticks and checkpoints are written as a keeper does. Ten minutes before it falls silent there
/// is a new table, whose checkpoint has no state.
class ReplayTest : public PackTest {
  protected:
    void SetUp() override {
        test::World world({.tick_s = 60});
        const int64_t start_s = world.now_s();
        world.script = [start_s](std::size_t country, int64_t t) {
            const bool dark = t >= start_s + 18'000 && t < start_s + 32'400;  // hours 5 to 9
            return country == kDark && dark ? test::Effect{.life = 0} : test::Effect{};
        };
        DetectorContext context = context_of(12);
        Detector detector(context.settings, context.networks, 1);
        StoreFile file = open();
        for (int tick = 1; tick <= 14 * 60; ++tick) {
            const bool reload = tick == 7 * 60;
            if (reload) {
                context.settings.false_alarms_per_year = 5;
                context.moved.assign(countries().size(), 1);
                context.moved[kDark] = 0.7;  // a new table
                detector.move_expectation(context.moved);
                detector.reconfigure(context.settings, context.networks);
            }
            const bool table = tick == kTableTick;
            if (table) {
                context.moved.assign(countries().size(), 1);
                context.moved[kDark] = 0.9;
                detector.move_expectation(context.moved);
                detector.reconfigure(context.settings, context.networks);
            }
            const TickFacts& facts = world.next();
            detector.step(facts);
            StoreBatch batch;
            batch.ticks.push_back(record_tick(facts));
            const int64_t end_ns = batch.ticks.back().end_ns;
            if (tick % 180 == 1 || reload || table) {
                batch.checkpoints.push_back(
                    {end_ns, detector.incidents().empty() ? 0U : 1U, context,
                     table ? std::vector<uint8_t>{} : detector.save(context.groups)});
                context.moved.clear();  // said once
            }
            add_record(batch.decisions.emplace_back(DecisionRow{end_ns, {}}), CountryId{kDark},
                       detector.verdicts()[kDark]);
            for (const Incident& incident : detector.incidents()) {
                batch.incidents.emplace(incident.id, incident);
            }
            ASSERT_TRUE(file.write(batch));
        }
        ASSERT_EQ(detector.incidents().size(), 1U);
        incident_ = detector.incidents().front();
        ASSERT_TRUE(incident_.end_ns);
    }
    static PackVerdict run(PackFile& file, std::optional<double> budget = {}) {
        auto replay = PackReplay::begin(file.contents(), budget);
        EXPECT_TRUE(replay);
        EXPECT_EQ(file.each_tick([&](const TickFacts& facts) {
                          replay->step(facts);
                          return true;
                      })
                      .value_or(1),
                  0U);
        return replay->finish();
    }
    static constexpr int kTableTick = 290;
    Incident incident_;
};

TEST_F(ReplayTest, a_pack_holds_what_surrounds_its_incident_and_gives_the_same_verdict) {
    auto made = PackFile::make(path_, incident_.id);
    ASSERT_TRUE(made) << made.error().message;
    const std::string out = folder_.file("out");
    {
        const auto bytes = made->bytes();
        ASSERT_TRUE(bytes);
        std::ofstream(out, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes->data()),
                   static_cast<std::streamsize>(bytes->size()));
    }
    EXPECT_TRUE(PackFile::looks_like_one(out));
    auto file = PackFile::open(out);
    ASSERT_TRUE(file) << file.error().message;
    const Pack& pack = file->contents();
    ASSERT_TRUE(pack.from_ns);
    EXPECT_LE(*pack.from_ns, incident_.start_ns);
    EXPECT_GE(*pack.from_ns, incident_.start_ns - kKeptBefore_ns);
    EXPECT_EQ(pack.until_ns, *incident_.end_ns + kKeptAfter_ns);
    EXPECT_FALSE(pack.checkpoints.front().state.empty()) << "where a replay can begin";
    // The first, both where a table changed, and the next of each, which moves nothing.
    ASSERT_EQ(pack.checkpoints.size(), 5U);
    EXPECT_TRUE(pack.checkpoints[1].state.empty());
    EXPECT_EQ(pack.checkpoints[1].context.moved.at(kDark), 0.9);
    EXPECT_EQ(pack.ticks, static_cast<std::size_t>((pack.until_ns - *pack.from_ns) / (60 * kNs)));
    EXPECT_GE(pack.decisions.size(), pack.ticks);

    const PackVerdict verdict = run(*file);
    EXPECT_TRUE(verdict.differences.empty()) << verdict.differences.front();
    EXPECT_TRUE(verdict.limits.empty());
    EXPECT_EQ(verdict.ticks, pack.ticks);
    EXPECT_EQ(verdict.false_alarms_per_year, 5);
    ASSERT_TRUE(verdict.replayed);
    EXPECT_EQ(verdict.replayed->id, incident_.id);
    EXPECT_EQ(verdict.replayed->start_ns, incident_.start_ns);
    EXPECT_EQ(verdict.replayed->detected_ns, incident_.detected_ns);
    EXPECT_EQ(verdict.replayed->end_ns, incident_.end_ns);
    EXPECT_EQ(verdict.replayed->kind, incident_.kind);
    EXPECT_EQ(verdict.replayed->scope, incident_.scope);
}

TEST_F(ReplayTest, another_budget_may_decide_otherwise_and_that_is_said) {
    auto file = PackFile::make(path_, incident_.id);
    ASSERT_TRUE(file);
    const PackVerdict verdict = run(*file, 1e-3);
    EXPECT_EQ(verdict.false_alarms_per_year, 1e-3);
    EXPECT_GT(verdict.threshold, run(*file).threshold);
    ASSERT_TRUE(verdict.replayed);
    EXPECT_GE(verdict.replayed->detected_ns, incident_.detected_ns);
}

TEST_F(ReplayTest, without_ticks_before_it_there_is_a_pack_to_look_at) {
    {
        auto database = Database::open(path_, Database::Access::kReadWrite);
        ASSERT_TRUE(database->run("DELETE FROM checkpoints"));
    }
    auto file = PackFile::make(path_, incident_.id);
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->contents().from_ns);
    EXPECT_FALSE(file->contents().decisions.empty());
    const auto replay = PackReplay::begin(file->contents(), std::nullopt);
    ASSERT_FALSE(replay);
    EXPECT_EQ(replay.error().kind, ErrorKind::kRefused);
}

TEST_F(ReplayTest, a_damaged_checkpoint_is_none_and_what_is_no_pack_is_refused) {
    {
        auto database = Database::open(path_, Database::Access::kReadWrite);
        ASSERT_TRUE(database->run("UPDATE checkpoints SET state = x'00'"));
    }
    auto file = PackFile::make(path_, incident_.id);
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->contents().from_ns);
    const auto unknown = PackFile::make(path_, 999);
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("holds no incident 999"), std::string::npos);
    const auto store = PackFile::open(path_);
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("a store and no pack"), std::string::npos);
    EXPECT_FALSE(PackFile::open(folder_.file("none")));
    EXPECT_FALSE(PackFile::looks_like_one(folder_.file("none")));
}

}  // namespace
}  // namespace lull
