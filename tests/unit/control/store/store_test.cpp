// The store's thread when the disk is full, read-only, missing, corrupt or slow: control never
// waits, what fails is counted and tried again, and no incident is lost.
#include "control/store/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "control/store/schema.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int64_t kNow_ns = 1'700'000'000'000'000'000;

Incident sample(uint64_t id) {
    Incident incident;
    incident.id = id;
    incident.country = find_country("KP");
    incident.start_ns = 100;
    incident.last_verified_ns = 200;
    return incident;
}

StoreBatch batch_of(int64_t tick_end_ns, std::initializer_list<uint64_t> ids = {},
                    std::size_t bytes = 1000) {
    StoreBatch batch;
    batch.snapshot = {tick_end_ns, 0, std::vector<uint8_t>(bytes, 1)};
    for (const uint64_t id : ids) batch.incidents.emplace(id, sample(id));
    return batch;
}

class StoreTest : public testing::Test {
  protected:
    std::unique_ptr<Store> open(milliseconds retry = milliseconds(20)) {
        auto store =
            Store::open({.path = path_, .retry = retry, .wall_ns = [] { return kNow_ns; }});
        if (!store) throw std::runtime_error(store.error().message);
        return std::move(*store);
    }
    static bool eventually(const std::function<bool()>& holds) {
        for (int i = 0; i < 1000; ++i) {
            if (holds()) return true;
            std::this_thread::sleep_for(milliseconds(10));
        }
        return false;
    }
    std::size_t moved_aside() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
            const std::string name = entry.path().filename().string();
            count += name.find(".corrupt-") != std::string::npos && !name.ends_with("-wal") &&
                     !name.ends_with("-shm");
        }
        return count;
    }
    TemporaryFolder folder_;
    std::string path_ = folder_.file("lull.db");
};

TEST_F(StoreTest, what_was_posted_is_there_after_the_end) {
    {
        const auto store = open();
        EXPECT_GT(store->status().last_success_wall_s, 0);
        store->post(batch_of(1, {1}));
        store->post(batch_of(2, {2}));
    }
    const Stored stored = open()->take_stored();
    ASSERT_TRUE(stored.snapshot);
    EXPECT_EQ(stored.snapshot->tick_end_ns, 2);
    EXPECT_EQ(stored.incidents.size(), 2U);
    EXPECT_EQ(stored.last_incident, 2U);
}

TEST_F(StoreTest, a_corrupt_store_is_moved_aside_counted_and_begun_anew) {
    std::ofstream(path_) << std::string(5000, 'x');
    const auto store = open();
    EXPECT_EQ(moved_aside(), 1U);
    EXPECT_EQ(store->status().errors, 1U);
    EXPECT_TRUE(store->take_wants_all());
    EXPECT_FALSE(store->take_wants_all());
    const Stored stored = store->take_stored();
    EXPECT_FALSE(stored.snapshot);
    // No id is given twice, though nobody knows which were.
    EXPECT_EQ(stored.last_incident, static_cast<uint64_t>(kNow_ns / 1'000'000'000));
    store->post(batch_of(1));
    EXPECT_TRUE(store->wait_idle(seconds(10)));
    EXPECT_EQ(store->status().trouble, "");
}

TEST_F(StoreTest, a_store_of_a_newer_lull_is_refused) {
    open();
    {
        auto database = Database::open(path_, Database::Access::kReadWrite);
        ASSERT_TRUE(database->run("PRAGMA user_version = 1000"));
    }
    const auto store = Store::open({.path = path_, .wall_ns = {}});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind, ErrorKind::kRefused);
    EXPECT_EQ(moved_aside(), 0U);
}

TEST_F(StoreTest, a_missing_folder_is_tried_again_and_open_incidents_of_before_are_ended) {
    {
        const auto store = open();
        store->post(batch_of(1, {5}));
    }
    const std::string elsewhere = folder_.file("elsewhere");
    std::filesystem::create_directory(elsewhere);
    std::filesystem::rename(path_, elsewhere + "/lull.db");
    std::filesystem::rename(elsewhere, elsewhere + ".away");
    path_ = elsewhere + "/lull.db";
    const auto store = open();
    EXPECT_EQ(store->status().errors, 1U);
    const uint64_t last = store->take_stored().last_incident;
    EXPECT_GT(last, 5U);
    store->post(batch_of(2, {last + 1}));
    EXPECT_FALSE(store->wait_idle(milliseconds(100)));
    EXPECT_GT(store->status().errors, 1U);
    EXPECT_NE(store->status().trouble, "");
    std::filesystem::rename(elsewhere + ".away", elsewhere);
    EXPECT_TRUE(store->wait_idle(seconds(10)));
    EXPECT_EQ(store->status().trouble, "");
    EXPECT_TRUE(store->take_wants_all());
    const auto incidents = store->incidents_since(0);
    ASSERT_TRUE(incidents) << incidents.error().message;
    ASSERT_EQ(incidents->size(), 2U);
    EXPECT_EQ((*incidents)[0].end_ns, 200);
    EXPECT_FALSE((*incidents)[1].end_ns);
}

TEST_F(StoreTest, while_the_disk_is_full_incidents_wait_and_the_newest_snapshot) {
    const auto store = open();
    {
        // The log cannot grow, as on a full disk: the page limit of this file cannot be reached
        // from another connection, a limit on the size of files can.
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit small = before;
        small.rlim_cur = 64 * 1024;
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
        store->post(batch_of(1, {1}, 1'000'000));
        EXPECT_TRUE(eventually([&] { return store->status().errors >= 2; }));
        store->post(batch_of(2, {2}, 1'000'000));
        store->post(batch_of(3, {3}, 1'000'000));
        EXPECT_FALSE(store->wait_idle(milliseconds(100)));
        EXPECT_NE(store->status().trouble, "");
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    }
    EXPECT_TRUE(store->wait_idle(seconds(10)));
    EXPECT_EQ(store->status().trouble, "");
    const auto incidents = store->incidents_since(0);
    ASSERT_TRUE(incidents);
    EXPECT_EQ(incidents->size(), 3U);
    EXPECT_EQ(moved_aside(), 0U);
}

TEST_F(StoreTest, a_disk_that_is_busy_holds_nobody_up_and_costs_old_snapshots_alone) {
    const auto store = open();
    auto other = Database::open(path_, Database::Access::kReadWrite);
    ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
    for (uint64_t i = 1; i <= 100; ++i) {
        store->post(batch_of(static_cast<int64_t>(i), {i}, 100'000));
    }
    EXPECT_FALSE(store->wait_idle(milliseconds(50))) << "nothing is written yet, and all posts are over";
    ASSERT_TRUE(other->run("ROLLBACK"));
    EXPECT_TRUE(store->wait_idle(seconds(20)));
    EXPECT_EQ(store->incidents_since(0)->size(), 100U);
    auto file = StoreFile::open_to_read(path_);
    EXPECT_EQ(file->read()->snapshot->tick_end_ns, 100);
}

TEST_F(StoreTest, corruption_while_running_is_moved_aside_and_everything_is_asked_for) {
    const auto store = open();
    store->post(batch_of(1, {1}, 200'000));
    ASSERT_TRUE(store->wait_idle(seconds(10)));
    EXPECT_FALSE(store->take_wants_all());
    {
        auto other = Database::open(path_, Database::Access::kReadWrite);
        ASSERT_TRUE(other->run("PRAGMA wal_checkpoint(TRUNCATE)"));
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        for (int at = 0; at < 40; ++at) file << std::string(5000, 'x');
    }
    for (int64_t i = 2; i < 6 && moved_aside() == 0; ++i) {
        store->post(batch_of(i, {2}, 200'000));
        EXPECT_TRUE(store->wait_idle(seconds(10)));
    }
    EXPECT_EQ(moved_aside(), 1U);
    EXPECT_GE(store->status().errors, 1U);
    EXPECT_TRUE(store->take_wants_all());
    EXPECT_EQ(store->incidents_since(0)->size(), 1U);
}

TEST_F(StoreTest, what_waits_is_bounded_and_open_incidents_are_not_given_up) {
    path_ = folder_.file("none/lull.db");
    const auto store = open(seconds(100));
    StoreBatch batch;
    for (uint64_t id = 1; id <= Store::kMostWaiting + 10; ++id) {
        Incident incident = sample(id);
        if (id % 2 == 0) incident.end_ns = 200;
        batch.incidents.emplace(id, incident);
    }
    store->post(std::move(batch));
    EXPECT_GE(store->status().errors, 10U);
}

// Root may write anywhere, so an ordinary user tries it, in a process of its own.
TEST_F(StoreTest, a_read_only_folder_is_read_counted_and_not_written) {
    {
        const auto store = open();
        store->post(batch_of(77, {1}));
    }
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0555));
    std::filesystem::permissions(path_, std::filesystem::perms(0444));
    EXPECT_EXIT(
        {
            if (getuid() == 0 && setuid(65534) != 0) std::_Exit(9);
            const auto store = open();
            const Stored stored = store->take_stored();
            if (!stored.snapshot || stored.snapshot->tick_end_ns != 77) std::_Exit(2);
            if (stored.incidents.size() != 1 || stored.last_incident != 1) std::_Exit(3);
            store->post(batch_of(78, {2}));
            if (store->wait_idle(milliseconds(200))) std::_Exit(4);
            if (store->status().errors < 2) std::_Exit(5);
            if (!store->incidents_since(0)) std::_Exit(6);
            std::_Exit(0);
        },
        testing::ExitedWithCode(0), "");
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
}

}  // namespace
}  // namespace lull
