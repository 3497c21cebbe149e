// From asking to answer. The reloads here fail before they need EAL: what they are refused for
// tells them apart.
#include "control/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kLong(60);

class ReloaderOnFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        config_.path = folder_.file("lull.yaml");
        config_.origins.table = folder_.file("no.lut");
        write("lull.yaml", "nonsense: 1\n");
    }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_.file(name)) << text;
    }
    // What control's loop does in its turns until a reload begins.
    ReloadScope begin() {
        std::optional<ReloadScope> scope;
        while (!(scope = reloader_.wanted())) {
            std::this_thread::yield();
        }
        reloader_.start({.scope = *scope, .running = config_, .directory = {}});
        return *scope;
    }
    ReloadResult end() {
        std::optional<ReloadResult> result;
        while (!(result = reloader_.take())) {
            std::this_thread::yield();
        }
        return std::move(*result);
    }
    auto ask() {
        return std::async(std::launch::async, [this] { return reloader_.ask_and_wait(kLong); });
    }

    TemporaryFolder folder_;
    Config config_;
    Reloader reloader_;
};

TEST_F(ReloaderOnFiles, whoever_asks_is_told_what_it_came_to) {
    auto asked = ask();
    EXPECT_EQ(begin(), ReloadScope::kAll);
    ReloadResult result = end();
    EXPECT_FALSE(reloader_.record().last_ok);
    EXPECT_EQ(reloader_.record().tables_refused, 0u) << "it was the configuration";
    reloader_.answer({result.ok, result.report});
    const auto answer = asked.get();
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->ok);
    EXPECT_THAT(answer->report["errors"][0], HasSubstr("nonsense"));
    EXPECT_FALSE(reloader_.wanted());
}

TEST_F(ReloaderOnFiles, what_is_asked_while_one_runs_waits_for_a_reload_of_its_own) {
    reloader_.ask();
    begin();
    auto asked = ask();  // after the files were read, for all that is known
    EXPECT_FALSE(reloader_.wanted()) << "one at a time";
    ReloadResult first = end();
    while (!reloader_.wanted()) {
        std::this_thread::yield();  // until the other thread has asked
    }
    reloader_.answer({first.ok, {{"errors", {"the first"}}}});
    EXPECT_NE(asked.wait_for(std::chrono::milliseconds(20)), std::future_status::ready);
    begin();
    end();
    reloader_.answer({true, {{"errors", {"the second"}}}});
    const auto answer = asked.get();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->report["errors"][0], "the second");
}

TEST_F(ReloaderOnFiles, who_waits_is_let_go_when_the_monitor_stops_or_patience_ends) {
    EXPECT_FALSE(reloader_.ask_and_wait(std::chrono::seconds(0)));
    auto asked = ask();
    reloader_.close();
    EXPECT_FALSE(asked.get());
    EXPECT_FALSE(reloader_.ask_and_wait(kLong)) << "nor does anybody wait afterwards";
}

TEST_F(ReloaderOnFiles, a_table_file_that_changes_is_tried_once) {
    write("no.lut", "not a table");
    reloader_.saw_table(modified_ns(config_.origins.table));
    reloader_.watch(config_.origins);
    EXPECT_FALSE(reloader_.wanted());
    std::filesystem::last_write_time(config_.origins.table,
                                     std::filesystem::file_time_type::clock::now() + kLong);
    reloader_.watch(config_.origins);
    EXPECT_EQ(begin(), ReloadScope::kTable);
    const ReloadResult result = end();
    EXPECT_THAT(result.report["errors"][0], HasSubstr("no.lut"));
    reloader_.watch(config_.origins);
    EXPECT_FALSE(reloader_.wanted()) << "refused: not again until it is written again";
}

TEST_F(ReloaderOnFiles, a_broken_config_does_not_hide_that_the_table_has_changed) {
    write("no.lut", "not a table");
    reloader_.ask();
    begin();
    EXPECT_FALSE(end().table_modified_ns);
    reloader_.answer({});
    reloader_.watch(config_.origins);
    EXPECT_EQ(reloader_.wanted(), ReloadScope::kTable);
    config_.origins.watch = false;
    reloader_.watch(config_.origins);
    EXPECT_FALSE(reloader_.wanted());
}

}  // namespace
}  // namespace lull
