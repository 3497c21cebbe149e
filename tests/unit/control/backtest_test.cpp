// The detector over a history: missing is not zero, the split, bins and their edges.
#include "control/backtest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "control/export/backtest_report.h"

namespace lull {
namespace {

constexpr int64_t kStep_s = 300;
constexpr int64_t kNs = 1'000'000'000;

/// Five days of one country at `kStep_s`; `row` may change a row, or drop it by returning false.
Series history(const std::function<bool(int64_t bin, SeriesRow& row)>& change) {
    Series series;
    series.countries = {{"ZZ", kCountryUnknown}, {"XA", std::nullopt}};
    series.step_ns = kStep_s * kNs;
    for (int64_t bin = 0; bin < 5 * 288; ++bin) {
        SeriesRow row;
        row.start_ns = bin * series.step_ns;
        row.country = 1;
        row.deciding = 95 + static_cast<double>(bin * 7919 % 11);
        if (change(bin, row)) series.rows.push_back(row);
    }
    return series;
}

bool dark(int64_t bin) {
    return bin >= 900 && bin < 950;
}

TEST(Backtest, zero_is_an_outage_dated_to_its_first_and_last_bin) {
    const Series series = history([](int64_t bin, SeriesRow& row) {
        row.deciding = dark(bin) ? 0 : row.deciding;
        return true;
    });
    const BacktestResult result = run_backtest(series, {12, std::nullopt});
    ASSERT_EQ(result.incidents.size(), 1U);
    const Incident& incident = result.incidents.front();
    EXPECT_EQ(index_of(*incident.country), 1);
    EXPECT_EQ(incident.start_ns, 900 * series.step_ns);
    EXPECT_EQ(incident.detected_ns, 902 * series.step_ns) << "two bins decide, and its end counts";
    EXPECT_EQ(incident.end_ns, 950 * series.step_ns);
    EXPECT_EQ(result.states[1], State::kNormal);
}

TEST(Backtest, rows_that_are_missing_or_unhealthy_are_no_outage) {
    for (const bool dropped : {true, false}) {
        const Series series = history([dropped](int64_t bin, SeriesRow& row) {
            row.deciding = dark(bin) ? 0 : row.deciding;
            row.healthy = !dark(bin);
            return !dropped || !dark(bin);
        });
        EXPECT_TRUE(run_backtest(series, {12, std::nullopt}).incidents.empty());
        EXPECT_NEAR(country_years(series, std::nullopt), (5 - 50 / 288.0) / 365.25, 1e-9);
    }
}

TEST(Backtest, sentences_name_countries_as_the_series_does) {
    Series series = history([](int64_t, SeriesRow& row) {
        row.deciding *= 20;
        return true;
    });
    series.countries.push_back({"XB", std::nullopt});
    std::vector<SeriesRow> rows;
    for (std::size_t bin = 0; bin < series.rows.size(); ++bin) {
        const bool moved = dark(static_cast<int64_t>(bin));
        rows.push_back(series.rows[bin]);
        rows.push_back(series.rows[bin]);
        rows.back().country = 2;
        rows.back().deciding *= moved ? 2 : 1;
        if (moved) rows[rows.size() - 2].deciding = 0;
    }
    series.rows = rows;
    const BacktestResult result = run_backtest(series, {12, std::nullopt});
    ASSERT_EQ(result.incidents.size(), 1U);
    const auto& evidence = result.incidents.front().evidence;
    EXPECT_TRUE(std::any_of(evidence.begin(), evidence.end(), [](const std::string& each) {
        return each.find("by packets: yes: XB gained") != std::string::npos;
    })) << testing::PrintToString(evidence);
}

TEST(Backtest, one_missing_country_says_nothing_about_another) {
    Series series = history([](int64_t, SeriesRow&) { return true; });
    series.countries.push_back({"XB", std::nullopt});
    std::vector<SeriesRow> rows;
    for (std::size_t bin = 0; bin < series.rows.size(); ++bin) {
        rows.push_back(series.rows[bin]);
        if (dark(static_cast<int64_t>(bin))) rows.back().deciding = 0;
        if (bin < 880) {
            rows.push_back(series.rows[bin]);
            rows.back().country = 2;
        }
    }
    series.rows = rows;
    const BacktestResult result = run_backtest(series, {12, std::nullopt});
    ASSERT_EQ(result.incidents.size(), 1U);
    EXPECT_EQ(index_of(*result.incidents.front().country), 1);
    EXPECT_EQ(result.states[2], State::kBlind);
}

TEST(Backtest, before_the_split_nothing_is_reported) {
    const Series series = history([](int64_t bin, SeriesRow& row) {
        row.deciding = dark(bin) ? 0 : row.deciding;
        return true;
    });
    EXPECT_EQ(run_backtest(series, {12, 899 * series.step_ns}).incidents.size(), 1U);
    EXPECT_TRUE(run_backtest(series, {12, 1000 * series.step_ns}).incidents.empty());
    EXPECT_NEAR(country_years(series, 1000 * series.step_ns), 440.0 / 288 / 365.25, 1e-9);
}

TEST(Backtest, on_the_first_day_a_night_deeper_than_the_generic_one_is_no_outage) {
    const auto falls = [](int64_t from, double left) {
        return history([from, left](int64_t bin, SeriesRow& row) {
            if (bin >= from && bin < from + 40) row.deciding = std::round(left * row.deciding);
            return true;
        });
    };
    EXPECT_TRUE(run_backtest(falls(60, 0.15), {12, std::nullopt}).incidents.empty());
    EXPECT_EQ(run_backtest(falls(60, 0), {12, std::nullopt}).incidents.size(), 1U);
    EXPECT_EQ(run_backtest(falls(1000, 0.15), {12, std::nullopt}).incidents.size(), 1U);
}

TEST(Backtest, what_was_doubled_for_two_days_and_goes_back_has_not_collapsed) {
    const Series series = history([](int64_t bin, SeriesRow& row) {
        row.deciding *= bin >= 600 && bin < 1176 ? 2.4 : 1;
        return true;
    });
    EXPECT_TRUE(run_backtest(series, {50, std::nullopt}).incidents.empty());
}

TEST(Backtest, counts_beyond_32_bits_are_counts) {
    const Series series = history([](int64_t bin, SeriesRow& row) {
        row.deciding = dark(bin) ? 0 : 4e7 * row.deciding;  // bytes of five minutes
        return true;
    });
    EXPECT_EQ(run_backtest(series, {12, std::nullopt}).incidents.size(), 1U);
}

// Countries of one region rise and fall together, and not always as the generic day does.
TEST(Backtest, a_day_that_all_countries_of_a_region_share_is_no_common_fall) {
    for (const double low_hour : {0.0, 6.0, 12.0, 18.0}) {
        Series series;
        series.countries = {{"ZZ", kCountryUnknown}};
        for (const char* code : {"DE", "FR", "NL", "BE", "CH", "AT", "IT", "ES", "PL"}) {
            series.countries.push_back({code, find_country(code)});
        }
        series.step_ns = kStep_s * kNs;
        const auto is_dark = [](int64_t bin) { return bin >= 7 * 288 + 216 && bin < 7 * 288 + 240; };
        for (int64_t bin = 0; bin < 8 * 288; ++bin) {
            const double hour = static_cast<double>(bin % 288) / 12;
            const double day = 1 - 0.3 * std::cos((hour - low_hour) * M_PI / 12);
            for (uint16_t country = 1; country < series.countries.size(); ++country) {
                const auto noise = static_cast<double>((bin * 7919 + country * 104729) % 101 - 50);
                series.rows.push_back({.start_ns = bin * series.step_ns,
                                       .deciding = std::round(1000 * country * day + noise),
                                       .country = country});
                if (country == 9 && is_dark(bin)) series.rows.back().deciding = 0;
            }
        }
        const BacktestResult result = run_backtest(series, {12, std::nullopt});
        ASSERT_EQ(result.incidents.size(), 1U) << low_hour;
        EXPECT_EQ(result.incidents[0].kind, IncidentKind::kOutage) << low_hour;
        EXPECT_EQ(result.incidents[0].start_ns, (7 * 288 + 216) * series.step_ns) << low_hour;
    }
}

TEST(BacktestReport, one_budget_is_a_plain_document_and_several_are_runs) {
    const Series series = history([](int64_t bin, SeriesRow& row) {
        row.deciding = bin >= 1400 ? 0 : row.deciding;
        return true;
    });
    const std::vector<BacktestResult> results{run_backtest(series, {2, std::nullopt}),
                                              run_backtest(series, {50, std::nullopt})};
    const auto plain = backtest_report(series, std::nullopt, std::span(results).first(1));
    EXPECT_EQ(plain["series"], 1);
    EXPECT_EQ(plain["incidents"][0]["country"], "XA");
    EXPECT_TRUE(plain["incidents"][0]["end"].is_null());
    EXPECT_EQ(plain["states"]["XA"], "outage");
    const auto both = backtest_report(series, std::nullopt, results);
    EXPECT_FALSE(both.contains("incidents"));
    ASSERT_EQ(both["runs"].size(), 2U);
    EXPECT_EQ(both["runs"][1]["budget"], 50);
    EXPECT_GT(both["runs"][0]["threshold"], both["runs"][1]["threshold"]);
}

}  // namespace
}  // namespace lull
