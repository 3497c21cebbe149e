// Log lines: one line each whatever they carry, valid JSON, counted, and limited in a storm.
#include "control/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace lull {
namespace {

constexpr int64_t kWallNs = 1'419'264'900'250'999'999;

/// Puts the log back to its defaults, so that tests do not depend on their order.
class Log : public testing::Test {
  protected:
    void TearDown() override { start_log(LogSection{}, ""); }
};

TEST_F(Log, text_line_is_time_level_message) {
    EXPECT_EQ(format_log_line(LogFormat::kText, LogLevel::kWarning, kWallNs, "ix", "port dark"),
              "2014-12-22T16:15:00.25Z warning port dark\n");
}

TEST_F(Log, json_line_is_a_document_with_the_site) {
    const std::string line =
        format_log_line(LogFormat::kJson, LogLevel::kError, kWallNs, "ix-example", "a \"b\"\n");
    const auto document = nlohmann::json::parse(line);
    EXPECT_EQ(document["time"], "2014-12-22T16:15:00.25Z");
    EXPECT_EQ(document["level"], "error");
    EXPECT_EQ(document["site"], "ix-example");
    EXPECT_EQ(document["message"], "a \"b\"\n");
    EXPECT_EQ(document.size(), 4U);
}

TEST_F(Log, text_escapes_whatever_could_forge_a_line_or_drive_a_terminal) {
    const auto shown = [](std::string_view message) {
        const std::string line = format_log_line(LogFormat::kText, LogLevel::kInfo, 0, "", message);
        return line.substr(std::string_view("1970-01-01T00:00:00Z info ").size());
    };
    EXPECT_EQ(shown("a\nb"), "a\\nb\n");
    EXPECT_EQ(shown("\x1b[31m"), "\\x1b[31m\n");
    EXPECT_EQ(shown("\r\t\x7f"), "\\x0d\\t\\x7f\n");
    EXPECT_EQ(shown("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x8c\x8d"),
              "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x8c\x8d\n");
    EXPECT_EQ(shown("\xc2\x9b"
                    "31m"),
              "\\xc2\\x9b31m\n")
        << "C1 CSI";
    EXPECT_EQ(shown("\xe2\x80\xa8"), "\\xe2\\x80\\xa8\n") << "line separator";
    EXPECT_EQ(shown("\xc0\xaf\xff\xe2\x82"), "\\xc0\\xaf\\xff\\xe2\\x82\n") << "not UTF-8";
    EXPECT_EQ(shown("\xed\xa0\x80\xf4\x90\x80\x80"), "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\n")
        << "surrogate, beyond Unicode";
    EXPECT_EQ(shown(std::string("a\0b", 3)), "a\\x00b\n");
}

TEST_F(Log, any_bytes_make_one_line_of_text_and_one_document_of_json) {
    std::mt19937 random(7);
    for (int i = 0; i < 2'000; ++i) {
        std::string message(random() % 60, '\0');
        for (char& c : message) c = static_cast<char>(random() % 256);
        const std::string text =
            format_log_line(LogFormat::kText, LogLevel::kInfo, 0, message, message);
        ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
        for (const char c : text.substr(0, text.size() - 1)) {
            ASSERT_TRUE(static_cast<uint8_t>(c) >= 0x20 && c != '\x7f');
        }
        const std::string json =
            format_log_line(LogFormat::kJson, LogLevel::kInfo, 0, message, message);
        ASSERT_EQ(std::count(json.begin(), json.end(), '\n'), 1);
        ASSERT_EQ(json.back(), '\n');
        ASSERT_TRUE(nlohmann::json::accept(json));
    }
}

TEST_F(Log, a_long_message_is_cut) {
    const std::string line =
        format_log_line(LogFormat::kText, LogLevel::kInfo, 0, "", std::string(100'000, 'x'));
    EXPECT_LT(line.size(), kMaxLogMessageBytes + 100);
    EXPECT_NE(line.find("[cut]"), std::string::npos);
}

TEST_F(Log, messages_go_to_stderr_in_the_configured_format_and_are_counted) {
    LogSection section;
    section.level = LogLevel::kWarning;
    section.format = LogFormat::kJson;
    start_log(section, "ix");
    const auto before = log_counts();
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    log_debug("not shown {}", 1);
    log_info("not shown {}", 2);
    log_warning("shown {}", 3);
    log_error("shown {{}} {}", "{}");
    const std::string errors = testing::internal::GetCapturedStderr();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    const std::size_t end = errors.find('\n');
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(errors.substr(0, end))["message"], "shown 3");
    EXPECT_EQ(nlohmann::json::parse(errors.substr(end + 1))["message"], "shown {} {}");
    const auto after = log_counts();
    EXPECT_EQ(after[static_cast<std::size_t>(LogLevel::kDebug)],
              before[static_cast<std::size_t>(LogLevel::kDebug)]);
    EXPECT_EQ(after[static_cast<std::size_t>(LogLevel::kWarning)],
              before[static_cast<std::size_t>(LogLevel::kWarning)] + 1);
    EXPECT_EQ(after[static_cast<std::size_t>(LogLevel::kError)],
              before[static_cast<std::size_t>(LogLevel::kError)] + 1);
}

TEST_F(Log, no_colour_when_stderr_is_no_terminal) {
    testing::internal::CaptureStderr();
    log_error("plain");
    EXPECT_EQ(testing::internal::GetCapturedStderr().find('\x1b'), std::string::npos);
}

TEST_F(Log, a_place_logs_once_in_ten_seconds_and_then_says_how_many_it_kept_back) {
    LogLimit limit;
    EXPECT_EQ(limit.admit(-5), 0U);
    for (int i = 0; i < 41; ++i) EXPECT_EQ(limit.admit(i), std::nullopt);
    EXPECT_EQ(limit.admit(-5 + kLogLimitNs - 1), std::nullopt);
    EXPECT_EQ(limit.admit(-5 + kLogLimitNs), 42U);
    EXPECT_EQ(limit.admit(-5 + 3 * kLogLimitNs), 0U);
}

TEST_F(Log, a_storm_is_counted_whole_and_written_once) {
    const auto warnings = [] { return log_counts()[static_cast<std::size_t>(LogLevel::kWarning)]; };
    const uint64_t before = warnings();
    testing::internal::CaptureStderr();
    LogLimit limit;
    for (int i = 0; i < 1000; ++i) log_limited(limit, LogLevel::kWarning, "bad peer {}", i);
    const std::string errors = testing::internal::GetCapturedStderr();
    EXPECT_EQ(warnings(), before + 1000);
    EXPECT_NE(errors.find("bad peer 0"), std::string::npos);
    // A machine that stops for ten seconds inside the loop may write a second line.
    EXPECT_LE(std::count(errors.begin(), errors.end(), '\n'), 2);
}

TEST_F(Log, of_many_threads_one_is_admitted) {
    LogLimit limit;
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) admitted += limit.admit(100) ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(admitted, 1);
    EXPECT_EQ(limit.admit(100 + kLogLimitNs), 3999U);
}

}  // namespace
}  // namespace lull
