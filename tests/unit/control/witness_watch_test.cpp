// The file beside the table: looked at, read, and gone by until it is too old.
#include "control/witness_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "control/routes/witness.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

constexpr int64_t kNow_s = 1419265200;

class WitnessWatchTest : public testing::Test {
  protected:
    /// Each writing has a time of its own, however quickly they come.
    void write(const std::string& text) { write_beside(table_, text); }
    void write_beside(const std::string& table, const std::string& text) {
        const std::string path = witness_path(table);
        std::ofstream(path) << text;
        const timespec time{kNow_s + ++written_, 0};
        const timespec times[] = {time, time};
        ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }
    void write_witness(int64_t at_s, uint32_t heard = 1) {
        Witness witness;
        witness.at_s = at_s;
        witness.peers = 2;
        witness.peers_heard = heard;
        witness.countries.resize(countries().size());
        witness.countries[1].networks4 = 4;
        write(format_witness(witness));
    }
    WitnessState look(int64_t now_s) {
        watch_.look(table_, now_s);
        return watch_.view().state;
    }

    TemporaryFolder folder_;
    std::string table_ = folder_.file("origins.lut");
    WitnessWatch watch_;
    int64_t written_ = 0;
};

TEST_F(WitnessWatchTest, where_none_was_ever_there_none_is_expected) {
    EXPECT_EQ(look(kNow_s), WitnessState::kNone);
    EXPECT_EQ(watch_.view().loads_failed, 0U);
}

TEST_F(WitnessWatchTest, a_changed_file_is_read_once) {
    write_witness(kNow_s);
    EXPECT_EQ(look(kNow_s), WitnessState::kSees);
    EXPECT_EQ(look(kNow_s + 1), WitnessState::kSees);
    EXPECT_EQ(watch_.view().loads_ok, 1U);
    ASSERT_NE(watch_.view().witness, nullptr);
    EXPECT_EQ(watch_.view().witness->countries[1].networks4, 4U);
    write_witness(kNow_s + 10);
    EXPECT_EQ(look(kNow_s + 10), WitnessState::kSees);
    EXPECT_EQ(watch_.view().loads_ok, 2U);
}

TEST_F(WitnessWatchTest, an_old_one_is_missing_and_a_new_one_mends_it) {
    write_witness(kNow_s);
    EXPECT_EQ(look(kNow_s + kMaxWitnessAge_s), WitnessState::kSees);
    EXPECT_EQ(look(kNow_s + kMaxWitnessAge_s + 1), WitnessState::kTooOld);
    write_witness(kNow_s + 100);
    EXPECT_EQ(look(kNow_s + 100), WitnessState::kSees);
    EXPECT_EQ(look(kNow_s - 1000), WitnessState::kTooOld) << "it is of the future";
}

TEST_F(WitnessWatchTest, what_cannot_be_read_is_counted_and_the_last_good_one_stays) {
    write_witness(kNow_s);
    look(kNow_s);
    write("half of a");
    EXPECT_EQ(look(kNow_s + 10), WitnessState::kSees);
    EXPECT_EQ(look(kNow_s + 11), WitnessState::kSees);
    EXPECT_EQ(watch_.view().loads_failed, 1U);
    EXPECT_EQ(watch_.view().witness->at_s, kNow_s);
    EXPECT_EQ(look(kNow_s + 61), WitnessState::kTooOld);
    write(std::string(kMaxWitnessBytes + 1, ' '));
    look(kNow_s + 62);
    EXPECT_EQ(watch_.view().loads_failed, 2U);
}

TEST_F(WitnessWatchTest, a_first_one_that_makes_no_sense_is_a_missing_one) {
    write("{}");
    EXPECT_EQ(look(kNow_s), WitnessState::kTooOld);
}

TEST_F(WitnessWatchTest, one_that_hears_nobody_says_nothing) {
    write_witness(kNow_s, 0);
    EXPECT_EQ(look(kNow_s), WitnessState::kDeaf);
}

TEST_F(WitnessWatchTest, a_file_that_is_taken_away_grows_old) {
    write_witness(kNow_s);
    look(kNow_s);
    std::filesystem::remove(witness_path(table_));
    EXPECT_EQ(look(kNow_s + 30), WitnessState::kSees);
    EXPECT_EQ(look(kNow_s + 61), WitnessState::kTooOld);
}

TEST_F(WitnessWatchTest, another_table_has_another_witness) {
    write_witness(kNow_s);
    look(kNow_s);
    table_ = folder_.file("other.lut");
    EXPECT_EQ(look(kNow_s), WitnessState::kNone);
    EXPECT_EQ(watch_.view().witness, nullptr);
    write_witness(kNow_s);
    EXPECT_EQ(look(kNow_s), WitnessState::kSees);
}

}  // namespace
}  // namespace lull
