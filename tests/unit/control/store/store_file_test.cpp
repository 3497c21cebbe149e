// The store's file: what went in comes out, versions, and files that are not what they should be.
#include "control/store/store_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "control/export/json.h"
#include "control/ledger.h"
#include "control/store/schema.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using Kind = StoreError::Kind;

Incident sample(uint64_t id) {
    Incident incident;
    incident.id = id;
    incident.country = find_country("KP");
    incident.kind = IncidentKind::kPartialOutage;
    incident.scope = Scope::kLost;
    incident.start_ns = 1'419'265'020'000'000'001;
    incident.detected_ns = incident.start_ns + 90'000'000'000;
    incident.last_verified_ns = incident.start_ns + 100'000'000'000;
    incident.lowest_ratio = 0.1 + 0.2;
    incident.area = 4200.123456789;
    incident.edges = 3;
    incident.evidence = {"flows: 0.02 of 1 \"expected\"", "ruled out: ü"};
    incident.transitions = {{incident.start_ns, "normal"}, {incident.detected_ns, "outage"}};
    incident.countries = {*find_country("IR"), *find_country("IQ")};
    incident.member = MemberKey{64500, 0};
    incident.member_name = "Net \"ü\"";
    incident.part_of = 3;
    incident.acknowledged = Remark{incident.start_ns + 1, "kim", ""};
    incident.notes = {{incident.start_ns + 2, "", "a \"cable\""},
                      {incident.start_ns + 3, "lee", "ü"}};
    return incident;
}

std::string text_of(const Incident& incident) {
    return incident_json(incident).dump();
}

class StoreFileTest : public testing::Test {
  protected:
    StoreFile open() {
        auto file = StoreFile::open(path_);
        if (!file) throw std::runtime_error(file.error().message);
        return std::move(*file);
    }
    void overwrite(std::streamoff at, const std::string& bytes) const {
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(at);
        file << bytes;
    }
    TemporaryFolder folder_;
    std::string path_ = folder_.file("lull.db");
};

TEST_F(StoreFileTest, a_new_one_holds_nothing) {
    const auto stored = open().read();
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_FALSE(stored->snapshot);
    EXPECT_TRUE(stored->incidents.empty());
    EXPECT_EQ(stored->last_incident, 0U);
    EXPECT_TRUE(stored->notes.empty());
}

TEST_F(StoreFileTest, what_was_written_is_read_to_the_last_bit) {
    StoreBatch batch;
    batch.snapshot = {123, 9, {1, 2, 0, 255}};
    batch.incidents.emplace(7, sample(7));
    Incident site = sample(8);
    site.country.reset();
    site.kind = IncidentKind::kSite;
    site.end_ns = site.start_ns + 5;
    batch.incidents.emplace(8, site);
    AnnouncedMaintenance entry{
        3,
        {.group = "tap0", .country = "", .from_ns = 1, .for_s = 0.1 + 0.2, .name = "ü", .line = 0},
        "kim"};
    batch.maintenance = {entry};
    ASSERT_TRUE(open().write(batch));
    const auto stored = open().read();
    ASSERT_TRUE(stored && stored->snapshot);
    EXPECT_EQ(stored->maintenance, batch.maintenance);
    EXPECT_EQ(stored->snapshot->tick_end_ns, 123);
    EXPECT_EQ(stored->snapshot->state, (std::vector<uint8_t>{1, 2, 0, 255}));
    EXPECT_EQ(stored->last_incident, 9U);
    ASSERT_EQ(stored->incidents.size(), 2U);
    EXPECT_EQ(text_of(stored->incidents[0]), text_of(sample(7)));
    EXPECT_EQ(stored->incidents[0].transitions[0].time_ns, sample(7).start_ns);
    EXPECT_EQ(text_of(stored->incidents[1]), text_of(site));
}

TEST_F(StoreFileTest, history_is_read_by_the_page_and_by_its_span) {
    constexpr uint64_t kIncidents = 600;  // more than two pages
    StoreBatch batch;
    batch.snapshot = {1000, kIncidents, {1}};
    for (uint64_t id = 1; id <= kIncidents; ++id) {
        Incident incident = sample(id);
        incident.start_ns = static_cast<int64_t>(id) * 10;
        incident.end_ns = incident.start_ns + 5;
        if (id % 2 == 0) incident.country = find_country("FR");
        if (id % 2 == 0) incident.countries.clear();
        batch.incidents.emplace(id, incident);
    }
    for (int64_t time = 1; time <= 200; ++time) {
        DecisionRow row{time, {}};
        add_record(row, *find_country("KP"), CountryVerdict{});
        add_record(row, *find_country("FR"), CountryVerdict{});
        batch.decisions.push_back(row);
    }
    StoreFile file = open();
    ASSERT_TRUE(file.write(batch));
    EXPECT_EQ(file.last_tick_ns(), 1000);
    std::vector<uint64_t> ids;
    const auto take = [&](const Incident& incident) {
        ids.push_back(incident.id);
        return true;
    };
    ASSERT_TRUE(file.each_incident({}, take));
    EXPECT_EQ(ids.size(), kIncidents);
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    ids.clear();
    ASSERT_TRUE(file.each_incident({.from_ns = 25, .to_ns = 50, .country = {}}, take));
    EXPECT_EQ(ids, (std::vector<uint64_t>{2, 3, 4}));  // 2 ends at 25; 5 begins at 50
    ids.clear();
    ASSERT_TRUE(
        file.each_incident({.from_ns = 25, .to_ns = 50, .country = find_country("IR")}, take));
    EXPECT_EQ(ids, std::vector<uint64_t>{3});  // one of its countries
    std::vector<int64_t> times;
    const auto take_record = [&](CountryId id, const Decision& decision) {
        EXPECT_EQ(id, *find_country("FR"));
        times.push_back(decision.time_ns);
        return times.size() < 3;
    };
    const HistorySpan span{.from_ns = 100, .to_ns = 150, .country = find_country("FR")};
    ASSERT_TRUE(file.each_decision(span, take_record));
    EXPECT_EQ(times, (std::vector<int64_t>{100, 101, 102}));
    std::size_t records = 0;
    ASSERT_TRUE(file.each_decision({}, [&](CountryId, const Decision&) { return ++records > 0; }));
    EXPECT_EQ(records, 400U);
}

TEST_F(StoreFileTest, a_later_state_takes_the_place_of_the_earlier) {
    StoreFile file = open();
    StoreBatch batch;
    batch.snapshot = {1, 1, {1}};
    batch.incidents.emplace(1, sample(1));
    ASSERT_TRUE(file.write(batch));
    batch.snapshot = {2, 1, {2, 2}};
    batch.incidents.at(1).end_ns = 99;
    ASSERT_TRUE(file.write(batch));
    const auto stored = file.read();
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->snapshot->state.size(), 2U);
    ASSERT_EQ(stored->incidents.size(), 1U);
    EXPECT_EQ(stored->incidents[0].end_ns, 99);
}

TEST_F(StoreFileTest, closed_incidents_are_forgotten_after_their_time_and_open_ones_never) {
    StoreFile file = open();
    StoreBatch batch;
    for (uint64_t id = 1; id <= 3; ++id) batch.incidents.emplace(id, sample(id));
    batch.incidents.at(1).end_ns = 1000;
    batch.incidents.at(2).end_ns = 2000;
    batch.forget_before_ns = 2000;
    ASSERT_TRUE(file.write(batch));
    const auto stored = file.read();
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->incidents.size(), 2U);
    EXPECT_EQ(stored->incidents[0].id, 2U);
    EXPECT_EQ(stored->incidents[1].id, 3U);
}

TEST_F(StoreFileTest, since_gives_open_ones_and_those_that_ended_later_the_newest_first_to_stay) {
    StoreFile file = open();
    StoreBatch batch;
    for (uint64_t id = 1; id <= 5; ++id) {
        batch.incidents.emplace(id, sample(id));
        if (id > 1) batch.incidents.at(id).end_ns = static_cast<int64_t>(id) * 1000;
    }
    ASSERT_TRUE(file.write(batch));
    const auto ids = [&](int64_t since, std::size_t most) {
        std::vector<uint64_t> found;
        const auto incidents = file.incidents_since(since, most);
        for (const Incident& incident : *incidents) {
            found.push_back(incident.id);
        }
        return found;
    };
    EXPECT_EQ(ids(3000, 10), (std::vector<uint64_t>{1, 3, 4, 5}));
    EXPECT_EQ(ids(3000, 2), (std::vector<uint64_t>{4, 5}));
}

TEST_F(StoreFileTest, the_last_record_before_a_time_is_found_and_old_ones_are_forgotten) {
    constexpr int64_t kMinute_ns = 60'000'000'000;
    const CountryId kp = *find_country("KP");
    StoreFile file = open();
    const auto write = [&](int64_t time_ns, CountryId id, State state) {
        StoreBatch batch;
        CountryVerdict verdict;
        verdict.seen = true;
        verdict.state = state;
        add_record(batch.decisions.emplace_back(DecisionRow{time_ns, {}}), id, verdict);
        ASSERT_TRUE(file.write(batch));
    };
    const int64_t at_ns = sample(1).start_ns;
    const auto state_at = [&](int64_t time_ns) {
        const auto decision = file.decision_at(kp, time_ns, 10 * kMinute_ns);
        return decision && *decision ? std::optional((*decision)->verdict.state) : std::nullopt;
    };
    write(at_ns, kp, State::kNormal);
    write(at_ns + kMinute_ns, *find_country("IR"), State::kOutage);
    write(at_ns + 2 * kMinute_ns, kp, State::kSuspect);
    EXPECT_FALSE(state_at(at_ns - 1));
    EXPECT_EQ(state_at(at_ns), State::kNormal);
    EXPECT_EQ(state_at(at_ns + 2 * kMinute_ns - 1), State::kNormal);
    EXPECT_EQ(state_at(at_ns + 12 * kMinute_ns), State::kSuspect);
    EXPECT_FALSE(state_at(at_ns + 12 * kMinute_ns + 1));
    write(at_ns + kMinute_ns + StoreFile::kDecisionsKept_ns, kp, State::kOutage);
    EXPECT_FALSE(state_at(at_ns));
    EXPECT_EQ(state_at(at_ns + 2 * kMinute_ns), State::kSuspect);
}

TEST_F(StoreFileTest, of_decisions_that_wait_the_newest_stay) {
    StoreBatch batch;
    for (std::size_t i = 0; i < StoreFile::kMostDecisionsWaiting + 3; ++i) {
        StoreBatch newer;
        newer.decisions = {{static_cast<int64_t>(i), {1}}};
        batch.merge(std::move(newer));
    }
    EXPECT_EQ(batch.decisions.size(), StoreFile::kMostDecisionsWaiting);
    EXPECT_EQ(batch.decisions.front().time_ns, 3);
}

TEST_F(StoreFileTest, a_thousand_closed_ones_come_back_and_every_open_one) {
    StoreFile file = open();
    StoreBatch batch;
    for (uint64_t id = 1; id <= Ledger::kClosedKept + 100; ++id) {
        Incident incident = sample(id);
        if (id > 1) incident.end_ns = incident.start_ns;
        batch.incidents.emplace(id, incident);
    }
    ASSERT_TRUE(file.write(batch));
    const auto stored = file.read();
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->incidents.size(), Ledger::kClosedKept + 1);
    EXPECT_EQ(stored->incidents.front().id, 1U);
    EXPECT_EQ(stored->last_incident, Ledger::kClosedKept + 100);
}

TEST_F(StoreFileTest, what_no_longer_matches_its_checksum_is_left_out_and_said) {
    StoreBatch batch;
    batch.snapshot = {1, 5, std::vector<uint8_t>(100, 1)};
    ASSERT_TRUE(open().write(batch));
    auto database = Database::open(path_, Database::Access::kReadWrite);
    ASSERT_TRUE(database && database->run("UPDATE detector SET state = x'0102'"));
    const auto stored = open().read();
    ASSERT_TRUE(stored);
    EXPECT_FALSE(stored->snapshot);
    EXPECT_EQ(stored->last_incident, 5U);
    EXPECT_EQ(stored->notes.size(), 1U);
}

TEST_F(StoreFileTest, rows_of_words_this_lull_does_not_know_are_left_out_and_said) {
    StoreBatch batch;
    for (uint64_t id = 1; id <= 4; ++id) batch.incidents.emplace(id, sample(id));
    ASSERT_TRUE(open().write(batch));
    auto database = Database::open(path_, Database::Access::kReadWrite);
    ASSERT_TRUE(
        database->run("UPDATE incidents SET country = 'YU' WHERE id = 1;"
                      "UPDATE incidents SET kind = 'boredom' WHERE id = 2;"
                      "UPDATE incidents SET start_ns = 9223372036854775807 WHERE id = 3;"
                      "UPDATE incidents SET details = '[{]' WHERE id = 4"));
    const auto stored = open().read();
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->incidents.size(), 1U);
    EXPECT_EQ(stored->incidents[0].id, 4U);
    EXPECT_TRUE(stored->incidents[0].evidence.empty());
    EXPECT_EQ(stored->last_incident, 4U);
    EXPECT_EQ(stored->notes.size(), 1U);
}

TEST_F(StoreFileTest, details_of_any_shape_are_read_as_far_as_they_make_sense) {
    StoreBatch batch;
    batch.incidents.emplace(1, sample(1));
    ASSERT_TRUE(open().write(batch));
    for (
        const char* details :
        {"", "null", "[]", "{}", R"({"evidence":7,"countries":"KP","transitions":{"a":1}})",
         R"({"evidence":[1,null,"kept"],"countries":[1,"KP"],"transitions":[[1],[1,2],["a","b"]]})"}) {
        auto database = Database::open(path_, Database::Access::kReadWrite);
        auto update = database->prepare("UPDATE incidents SET details = ?");
        update->bind(1, std::string_view(details));
        ASSERT_TRUE(update->step());
        const auto stored = open().read();
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->incidents.size(), 1U) << details;
    }
}

// ---- versions -----------------------------------------------------------------------------------

TEST_F(StoreFileTest, an_older_store_is_brought_up_to_date_once) {
    constexpr std::array<std::string_view, 2> kTwo{
        "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (5);",
        "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;"};
    auto database = Database::open(path_, Database::Access::kReadWrite);
    ASSERT_TRUE(migrate(*database, std::span(kTwo).first(1)));
    EXPECT_EQ(*database->number("PRAGMA user_version"), 1);
    ASSERT_TRUE(migrate(*database, kTwo));
    ASSERT_TRUE(migrate(*database, kTwo));
    EXPECT_EQ(*database->number("PRAGMA user_version"), 2);
    EXPECT_EQ(*database->number("SELECT sum(y) FROM a"), 6);
}

TEST_F(StoreFileTest, a_migration_that_fails_leaves_the_store_as_it_was) {
    constexpr std::array<std::string_view, 2> kBad{"CREATE TABLE a (x INTEGER);",
                                                   "CREATE TABLE b (x INTEGER); NONSENSE;"};
    auto database = Database::open(path_, Database::Access::kReadWrite);
    EXPECT_FALSE(migrate(*database, kBad));
    EXPECT_EQ(*database->number("PRAGMA user_version"), 1);
    EXPECT_EQ(*database->number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(StoreFileTest, a_store_of_a_newer_lull_is_refused_and_left_as_it_is) {
    open();
    auto database = Database::open(path_, Database::Access::kReadWrite);
    ASSERT_TRUE(database->run("PRAGMA user_version = 1000"));
    const auto file = StoreFile::open(path_);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, Kind::kRefused);
    EXPECT_NE(file.error().message.find("newer lull"), std::string::npos);
    EXPECT_NE(file.error().message.find("mend:"), std::string::npos);
    EXPECT_EQ(*database->number("PRAGMA user_version"), 1000);
}

TEST_F(StoreFileTest, a_database_of_something_else_is_refused_and_left_as_it_is) {
    auto database = Database::open(path_, Database::Access::kReadWrite);
    ASSERT_TRUE(database->run("CREATE TABLE bookmarks (url TEXT)"));
    const auto file = StoreFile::open(path_);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, Kind::kRefused);
    EXPECT_EQ(*database->number("SELECT count(*) FROM sqlite_schema"), 1);
}

// ---- files that are not what they should be -----------------------------------------------------

TEST_F(StoreFileTest, text_noise_and_a_cut_file_are_corrupt) {
    StoreBatch batch;
    batch.snapshot = {1, 5, std::vector<uint8_t>(100'000, 1)};
    ASSERT_TRUE(open().write(batch));
    const auto kind = [&] {
        auto file = StoreFile::open(path_);
        auto read = file ? file->read() : tl::unexpected(file.error());
        return read ? std::optional<Kind>() : read.error().kind;
    };
    EXPECT_EQ(kind(), std::nullopt);
    std::filesystem::resize_file(path_, 20'000);
    EXPECT_EQ(kind(), Kind::kCorrupt);
    std::filesystem::remove(path_);
    std::ofstream(path_) << std::string(5000, 'x');
    EXPECT_EQ(kind(), Kind::kCorrupt);
}

TEST_F(StoreFileTest, every_damaged_page_is_noticed_or_does_no_harm) {
    StoreBatch batch;
    batch.snapshot = {1, 5, std::vector<uint8_t>(20'000, 1)};
    for (uint64_t id = 1; id <= 40; ++id) batch.incidents.emplace(id, sample(id));
    ASSERT_TRUE(open().write(batch));
    std::ifstream in(path_, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    for (std::size_t at = 0; at < whole.size(); at += 1000) {
        std::ofstream(path_, std::ios::binary) << whole;
        overwrite(static_cast<std::streamoff>(at), std::string(64, '\xa5'));
        if (auto file = StoreFile::open(path_)) {
            const auto stored = file->read();
            if (stored && stored->snapshot) {
                EXPECT_EQ(stored->snapshot->state.size(), 20'000U);
            }
        }
    }
}

TEST_F(StoreFileTest, a_missing_folder_fails_and_may_work_later) {
    const auto file = StoreFile::open(folder_.file("none/lull.db"));
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, Kind::kFailed);
}

TEST_F(StoreFileTest, moving_aside_takes_all_that_belongs_to_it) {
    open();
    std::ofstream(path_ + "-wal") << "log";
    const auto aside = move_aside(path_, 1'419'265'020'500'000'000);
    ASSERT_TRUE(aside);
    EXPECT_EQ(*aside, path_ + ".corrupt-20141222T161700Z");
    EXPECT_TRUE(std::filesystem::exists(*aside));
    EXPECT_TRUE(std::filesystem::exists(*aside + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_EQ(*move_aside(path_, 0), "");
}

}  // namespace
}  // namespace lull
