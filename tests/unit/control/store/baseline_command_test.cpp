// What was learned goes from one store to another whole, or not at all.
#include "control/store/baseline_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "control/store/store.h"
#include "tests/support/detect_world.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using nlohmann::json;

Incident incident_of(uint64_t id, std::optional<int64_t> end_ns) {
    Incident incident;
    incident.id = id;
    incident.country = find_country("KP");
    incident.start_ns = 100;
    incident.last_verified_ns = 200;
    incident.end_ns = end_ns;
    return incident;
}

class BaselineTest : public testing::Test {
  protected:
    void SetUp() override {
        test::World world({.tick_s = 60});
        Detector detector = world.detector(12);
        for (int tick = 0; tick < 30; ++tick) detector.step(world.next());
        const std::vector<std::string> groups{"tap0"};
        learned_.snapshot = {world.now_s() * test::kNs, 9, detector.save(groups)};
        learned_.incidents.emplace(7, incident_of(7, 300));
        learned_.incidents.emplace(8, incident_of(8, std::nullopt));
        AnnouncedMaintenance& window = learned_.maintenance.emplace().emplace_back();
        window.id = 3;
        window.window.for_s = 60;
    }
    void fill(const std::string& path, const StoreBatch& batch) const {
        auto file = StoreFile::open(path);
        ASSERT_TRUE(file && file->write(batch));
    }
    [[nodiscard]] Stored read(const std::string& path) const {
        auto file = StoreFile::open_to_read(path);
        auto stored = file ? file->read() : tl::unexpected(file.error());
        if (!stored) throw std::runtime_error(stored.error().message);
        return std::move(*stored);
    }
    [[nodiscard]] BaselineOptions options(const std::string& store) const {
        BaselineOptions options;
        options.store.path = store;
        options.file = file_;
        options.format = BaselineOptions::Format::kJson;
        return options;
    }
    void expect_learned(const std::string& path) const {
        const Stored stored = read(path);
        ASSERT_TRUE(stored.snapshot);
        EXPECT_EQ(stored.snapshot->state, learned_.snapshot->state);
        EXPECT_EQ(stored.snapshot->tick_end_ns, learned_.snapshot->tick_end_ns);
        EXPECT_EQ(stored.last_incident, 9U);
        ASSERT_EQ(stored.incidents.size(), 2U);
        EXPECT_EQ(stored.incidents[1].id, 8U);
        EXPECT_FALSE(stored.incidents[1].end_ns);
        EXPECT_TRUE(stored.maintenance.empty());
    }
    TemporaryFolder folder_;
    std::string from_ = folder_.file("from.db");
    std::string into_ = folder_.file("into.db");
    std::string file_ = folder_.file("ix.baseline");
    StoreBatch learned_;
};

TEST_F(BaselineTest, it_goes_with_its_incidents_from_a_store_in_use_into_a_new_one) {
    const auto running = Store::open({.path = from_, .wall_ns = {}});
    ASSERT_TRUE(running);
    (*running)->post(learned_);
    ASSERT_TRUE((*running)->wait_idle(std::chrono::seconds(10)));
    const auto told = export_baseline(options(from_));
    ASSERT_TRUE(told) << told.error().message;
    const json document = json::parse(*told);
    EXPECT_EQ(document["groups"], json({"tap0"}));
    EXPECT_EQ(document["countries"], test::kWorldCountries);
    EXPECT_EQ(document["incidents"], 2);
    EXPECT_EQ(document["open_incidents"], 1);
    const auto done = import_baseline(options(into_));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(json::parse(*done)["replaced"].is_null());
    expect_learned(into_);
    expect_learned(file_);  // which is a store
}

TEST_F(BaselineTest, a_store_that_has_learned_is_taken_by_force_alone_and_copied_first) {
    fill(from_, learned_);
    ASSERT_TRUE(export_baseline(options(from_)));
    StoreBatch other = learned_;
    other.snapshot->last_incident = 20;
    other.incidents.clear();
    other.incidents.emplace(20, incident_of(20, std::nullopt));
    fill(into_, other);
    const auto turned_down = import_baseline(options(into_));
    ASSERT_FALSE(turned_down);
    EXPECT_EQ(turned_down.error().kind, ErrorKind::kRefused);
    EXPECT_NE(turned_down.error().message.find("mend: --force"), std::string::npos);
    EXPECT_EQ(read(into_).last_incident, 20U);
    BaselineOptions forced = options(into_);
    forced.into = BaselineOptions::Place::kAny;
    const auto done = import_baseline(forced);
    ASSERT_TRUE(done) << done.error().message;
    expect_learned(into_);
    const std::string before = json::parse(*done)["replaced"];
    EXPECT_EQ(read(before).incidents.at(0).id, 20U);
}

TEST_F(BaselineTest, a_store_that_a_running_lull_writes_is_left_alone) {
    fill(from_, learned_);
    ASSERT_TRUE(export_baseline(options(from_)));
    auto running = Store::open({.path = into_, .wall_ns = {}});
    ASSERT_TRUE(running);
    for (const auto place : {BaselineOptions::Place::kColdOnly, BaselineOptions::Place::kAny}) {
        BaselineOptions ask = options(into_);
        ask.into = place;
        const auto turned_down = import_baseline(ask);
        ASSERT_FALSE(turned_down);
        EXPECT_EQ(turned_down.error().kind, ErrorKind::kRefused);
        EXPECT_NE(turned_down.error().message.find("mend: stop that one first"), std::string::npos);
    }
    EXPECT_FALSE(Store::open({.path = into_, .wall_ns = {}}));  // nor by a second one
    running->reset();
    ASSERT_TRUE(import_baseline(options(into_)));
    expect_learned(into_);
}

TEST_F(BaselineTest, what_holds_no_learning_is_neither_exported_nor_imported) {
    EXPECT_FALSE(export_baseline(options(from_)));
    { ASSERT_TRUE(StoreFile::open(from_)); }
    const auto nothing = export_baseline(options(from_));
    ASSERT_FALSE(nothing);
    EXPECT_NE(nothing.error().message.find("nothing was learned"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(file_));

    StoreBatch strange = learned_;
    strange.snapshot->state = {1, 2, 3};
    fill(file_, strange);
    const auto foreign = import_baseline(options(into_));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().kind, ErrorKind::kRefused);
    EXPECT_FALSE(std::filesystem::exists(into_));

    std::ofstream(folder_.file("text")) << std::string(5000, 'x');
    BaselineOptions text = options(into_);
    text.file = folder_.file("text");
    const auto noise = import_baseline(text);
    ASSERT_FALSE(noise);
    EXPECT_EQ(noise.error().kind, ErrorKind::kRefused);
    EXPECT_FALSE(std::filesystem::exists(into_));
}

TEST_F(BaselineTest, a_file_of_an_older_lull_is_read_and_stays_as_it_is) {
    fill(from_, learned_);
    ASSERT_TRUE(export_baseline(options(from_)));
    {
        auto database = Database::open(file_, Database::Access::kReadWrite);
        ASSERT_TRUE(
            database->run("DROP TABLE decisions; DROP TABLE ticks; DROP TABLE "
                          "checkpoints; DROP TABLE pack; PRAGMA user_version = 2"));
    }
    const auto size = std::filesystem::file_size(file_);
    const auto done = import_baseline(options(into_));
    ASSERT_TRUE(done) << done.error().message;
    expect_learned(into_);
    EXPECT_EQ(std::filesystem::file_size(file_), size);
    auto database = Database::open(file_, Database::Access::kReadOnly);
    EXPECT_EQ(*database->number("PRAGMA user_version"), 2);
}

}  // namespace
}  // namespace lull
