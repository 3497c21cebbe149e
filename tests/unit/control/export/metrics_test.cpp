#include "control/export/metrics.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/support/sample_view.h"

namespace lull {
namespace {

/// A scrape, parsed by lines: "name{labels}" to value, and the TYPE of each family.
struct Scrape {
    std::map<std::string, double> values;
    std::map<std::string, std::string> types;
    std::string text;

    [[nodiscard]] bool has(const std::string& series) const { return values.contains(series); }
    [[nodiscard]] double at(const std::string& series) const {
        const auto found = values.find(series);
        EXPECT_NE(found, values.end()) << series;
        return found != values.end() ? found->second : -1;
    }
    [[nodiscard]] std::size_t count(const std::string& start) const {
        std::size_t n = 0;
        for (const auto& [series, value] : values) {
            n += series.starts_with(start) ? 1 : 0;
        }
        return n;
    }
};

Scrape scrape(const Metrics& metrics) {
    Scrape result;
    result.text = metrics.text();
    std::istringstream lines(result.text);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.starts_with("# TYPE ")) {
            const std::size_t space = line.find(' ', 7);
            result.types[line.substr(7, space - 7)] = line.substr(space + 1);
        } else if (!line.empty() && line[0] != '#') {
            const std::size_t space = line.rfind(' ');
            EXPECT_TRUE(
                result.values.emplace(line.substr(0, space), std::strtod(&line[space + 1], nullptr))
                    .second)
                << "twice: " << line;
        }
    }
    return result;
}

Metrics metrics_of(View view, uint32_t max_series = 15000) {
    MetricsOptions options;
    options.build = {"0.1.0", "abc123", "22.11", "g++ 12"};
    options.max_series = max_series;
    options.log_messages = [] { return std::map<std::string, uint64_t>{{"info", 3}}; };
    return Metrics([shared = std::make_shared<const View>(std::move(view))] { return shared; },
                   options);
}

TEST(Metrics, names_types_and_labels_are_those_of_the_contract) {
    const Scrape scraped = scrape(metrics_of(test::outage_view(3)));
    const std::map<std::string, std::string> expected{
        {"lull_build_info", "gauge"},
        {"lull_log_messages_total", "counter"},
        {"lull_country_sent_packets_total", "counter"},
        {"lull_country_sent_bytes_total", "counter"},
        {"lull_country_received_packets_total", "counter"},
        {"lull_country_received_bytes_total", "counter"},
        {"lull_country_observed_flows_per_second", "gauge"},
        {"lull_country_observed_sources", "gauge"},
        {"lull_country_observed_bytes_per_second", "gauge"},
        {"lull_country_expected_flows_per_second", "gauge"},
        {"lull_country_volume_ratio", "gauge"},
        {"lull_country_coverage_ratio", "gauge"},
        {"lull_country_state", "gauge"},
        {"lull_country_info", "gauge"},
        {"lull_country_detectable_seconds", "gauge"},
        {"lull_country_stability_doubtful", "gauge"},
        {"lull_country_networks", "gauge"},
        {"lull_country_origins", "gauge"},
        {"lull_incidents_open", "gauge"},
        {"lull_incidents_total", "counter"},
        {"lull_incident_info", "gauge"},
        {"lull_incident_start_timestamp_seconds", "gauge"},
        {"lull_country_utc_offset_seconds", "gauge"},
        {"lull_sensor_healthy", "gauge"},
        {"lull_sensor_blind", "gauge"},
        {"lull_port_receive_packets_total", "counter"},
        {"lull_port_receive_bytes_total", "counter"},
        {"lull_port_counted_packets_total", "counter"},
        {"lull_port_truncated_packets_total", "counter"},
        {"lull_port_dropped_packets_total", "counter"},
        {"lull_port_nombuf_total", "counter"},
        {"lull_packets_rejected_total", "counter"},
        {"lull_packets_unmatched_total", "counter"},
        {"lull_packets_private_total", "counter"},
        {"lull_worker_busy_ratio", "gauge"},
        {"lull_worker_receive_packets_total", "counter"},
        {"lull_worker_long_turns_total", "counter"},
        {"lull_worker_taken_seconds_total", "counter"},
        {"lull_country_alive_ratio", "gauge"},
        {"lull_worker_last_heartbeat_timestamp_seconds", "gauge"},
        {"lull_queue_receive_packets_total", "counter"},
        {"lull_worker_burst_packets", "histogram"},
        {"lull_group_worker_skew_ratio", "gauge"},
        {"lull_port_link_up", "gauge"},
        {"lull_port_events_total", "counter"},
        {"lull_mbufs_free", "gauge"},
        {"lull_mbufs_capacity", "gauge"},
        {"lull_origin_table_prefixes", "gauge"},
        {"lull_origin_table_built_timestamp_seconds", "gauge"},
        {"lull_origin_table_loads_total", "counter"},
        {"lull_config_last_reload_successful", "gauge"},
        {"lull_config_last_reload_success_timestamp_seconds", "gauge"},
        {"lull_snapshot_timestamp_seconds", "gauge"},
        {"lull_common_fall_ratio", "gauge"},
        {"lull_detector_ticks_total", "counter"},
        {"lull_detector_tick_duration_seconds", "histogram"},
        {"lull_clock_synchronised", "gauge"},
        {"lull_clock_steps_total", "counter"},
        {"lull_store_errors_total", "counter"},
        {"lull_store_last_success_timestamp_seconds", "gauge"},
        {"lull_series_dropped", "gauge"},
        {"lull_origin_sent_bytes_total", "counter"},
        {"lull_origin_sent_packets_total", "counter"},
        {"lull_origin_received_bytes_total", "counter"},
        {"lull_origin_received_packets_total", "counter"},
        {"process_cpu_seconds_total", "counter"},
        {"process_resident_memory_bytes", "gauge"},
        {"process_open_fds", "gauge"},
        {"process_start_time_seconds", "gauge"},
    };
    for (const auto& [name, type] : expected) {
        ASSERT_TRUE(scraped.types.contains(name)) << name;
        EXPECT_EQ(scraped.types.at(name), type) << name;
    }
    EXPECT_EQ(scraped.at(R"(lull_country_sent_packets_total{country="KP"})"), 400);
    EXPECT_EQ(scraped.at(R"(lull_country_volume_ratio{country="KP"})"), 0.02);
    EXPECT_EQ(scraped.at(R"(lull_country_networks{country="KP",family="ipv4"})"), 40);
    EXPECT_EQ(scraped.at(R"(lull_packets_rejected_total{port="tap0-a",reason="not_ip"})"), 10);
    EXPECT_EQ(scraped.at(R"(lull_port_dropped_packets_total{port="tap0-b",reason="imissed"})"), 7);
    EXPECT_EQ(scraped.at(R"(lull_packets_unmatched_total{direction="received"})"), 12);
    EXPECT_EQ(scraped.at(R"(lull_worker_busy_ratio{worker="2"})"), 0.25);
    EXPECT_EQ(scraped.at(R"(lull_mbufs_free{pool="tap0-a"})"), 15000);
    EXPECT_EQ(scraped.at(R"(lull_origin_table_loads_total{result="failed"})"), 1);
    EXPECT_EQ(scraped.at(R"(lull_detector_ticks_total{result="ok"})"), 97);
    EXPECT_EQ(scraped.at(R"(lull_detector_tick_duration_seconds_bucket{le="0.001"})"), 50);
    EXPECT_EQ(scraped.at(R"(lull_detector_tick_duration_seconds_bucket{le="+Inf"})"), 100);
    EXPECT_EQ(scraped.at("lull_snapshot_timestamp_seconds"), 1'419'267'600.5);
    EXPECT_EQ(scraped.at(R"(lull_origin_sent_bytes_total{asn="131279",country="KP"})"), 200000);
    EXPECT_EQ(scraped.at(R"(lull_log_messages_total{level="info"})"), 3);
}

TEST(Metrics, demand_is_told_where_it_is_known) {
    View view = test::outage_view(3);
    const std::string demand = "lull_country_demand_ratio{country=\"KP\"}";
    CountryVerdict& kp = view.verdicts[index_of(test::id_of("KP"))];
    kp.demand_ratio = 0.93;
    EXPECT_EQ(scrape(metrics_of(view)).at(demand), 0.93);
    kp.demand_ratio.reset();
    EXPECT_FALSE(scrape(metrics_of(view)).has(demand));
}

TEST(Metrics, a_clock_that_nobody_may_ask_about_is_neither_right_nor_wrong) {
    View view = test::calm_view(3);
    view.clock_synchronised = false;
    EXPECT_EQ(scrape(metrics_of(view)).at("lull_clock_synchronised"), 0);
    view.clock_synchronised.reset();
    EXPECT_FALSE(scrape(metrics_of(view)).has("lull_clock_synchronised"));
}

TEST(Metrics, bursts_are_a_histogram_and_skew_is_absent_where_it_is_not_known) {
    const Scrape scraped = scrape(metrics_of(test::calm_view(3)));
    EXPECT_EQ(scraped.at("lull_worker_burst_packets_bucket{worker=\"2\",le=\"2\"}"), 30);
    EXPECT_EQ(scraped.at("lull_worker_burst_packets_bucket{worker=\"2\",le=\"+Inf\"}"), 60);
    EXPECT_EQ(scraped.at("lull_worker_burst_packets_sum{worker=\"2\"}"), 1000);
    EXPECT_EQ(
        scraped.at("lull_queue_receive_packets_total{port=\"tap0-b\",queue=\"0\",worker=\"2\"}"),
        100);
    EXPECT_EQ(scraped.at("lull_group_worker_skew_ratio{group=\"tap0\"}"), 1.25);
    EXPECT_EQ(scraped.count("lull_group_worker_skew_ratio"), 1u);
}

TEST(Metrics, shares_of_the_wire_are_absent_until_they_are_known) {
    View view = test::calm_view(1);
    view.ports[0].capture_loss = 0.125;
    view.ports[0].duplicates = 0.25;
    view.groups[0].two_way_share = 0.5;
    const std::string text = metrics_of(view).text();
    EXPECT_NE(text.find("lull_port_capture_loss_ratio{port=\"tap0-a\"} 0.125"), std::string::npos);
    EXPECT_NE(text.find("lull_port_duplicate_ratio{port=\"tap0-a\"} 0.25"), std::string::npos);
    EXPECT_NE(text.find("lull_group_two_way_share{group=\"tap0\"} 0.5"), std::string::npos);
    EXPECT_EQ(text.find("lull_port_capture_loss_ratio{port=\"tap0-b\""), std::string::npos);
    EXPECT_EQ(text.find("lull_group_two_way_share{group=\"alone\""), std::string::npos);
}

TEST(Metrics, conservation_can_be_read_from_one_scrape) {
    const Scrape scraped = scrape(metrics_of(test::calm_view(1)));
    double rejected = 0;
    for (const auto& [series, value] : scraped.values) {
        if (series.starts_with(R"(lull_packets_rejected_total{port="tap0-a")")) {
            rejected += value;
        }
    }
    EXPECT_EQ(scraped.count(R"(lull_packets_rejected_total{port="tap0-a")"), kRejectCount - 1);
    EXPECT_EQ(scraped.at(R"(lull_port_receive_packets_total{port="tap0-a"})"),
              scraped.at(R"(lull_port_counted_packets_total{port="tap0-a"})") + rejected);
}

TEST(Metrics, each_country_has_one_active_state_of_nine) {
    const Scrape scraped = scrape(metrics_of(test::outage_view(3)));
    std::map<std::string, double> active;
    std::map<std::string, int> states;
    for (const auto& [series, value] : scraped.values) {
        if (series.starts_with("lull_country_state{")) {
            const std::string code = series.substr(series.find("country=\"") + 9, 2);
            active[code] += value;
            ++states[code];
        }
    }
    EXPECT_EQ(active.size(), countries().size() - 1);  // all but ZZ, which is never judged
    for (const auto& [code, sum] : active) {
        EXPECT_EQ(sum, 1) << code;
        EXPECT_EQ(states[code], 9) << code;
    }
    EXPECT_EQ(scraped.at(R"(lull_country_state{country="KP",state="outage"})"), 1);
    EXPECT_EQ(scraped.at(R"(lull_country_state{country="KP",state="normal"})"), 0);
}

TEST(Metrics, country_never_seen_exports_its_state_alone) {
    const Scrape scraped = scrape(metrics_of(test::calm_view(1)));
    std::set<std::string> families;
    for (const auto& [series, value] : scraped.values) {
        if (series.find(R"(country="FR")") != std::string::npos) {
            families.insert(series.substr(0, series.find('{')));
        }
    }
    EXPECT_EQ(families, std::set<std::string>{"lull_country_state"});
}

TEST(Metrics, a_country_that_fell_with_others_is_of_kind_regional_and_lost_if_it_is_out_wholly) {
    View view = test::outage_view(1);
    view.incidents.front().part_of = 9;
    EXPECT_EQ(scrape(metrics_of(view))
                  .at(R"(lull_incidents_open{country="KP",kind="regional",scope="lost"})"),
              1);
    view.incidents.front().kind = IncidentKind::kPartialOutage;
    EXPECT_EQ(scrape(metrics_of(view))
                  .at(R"(lull_incidents_open{country="KP",kind="regional",scope="unproven"})"),
              1);
}

TEST(Metrics, incidents_are_absent_when_none_is_open_and_keep_their_total) {
    View view = test::outage_view(1);
    Scrape scraped = scrape(metrics_of(view));
    EXPECT_EQ(scraped.at(R"(lull_incidents_open{country="KP",kind="outage",scope="lost"})"), 1);
    EXPECT_EQ(
        scraped.at(R"(lull_incident_info{country="KP",kind="outage",scope="lost",incident="7"})"),
        1);
    const double start_s = static_cast<double>(view.incidents.front().start_ns) / 1e9;
    EXPECT_EQ(
        scraped.at(
            R"(lull_incident_start_timestamp_seconds{country="KP",kind="outage",scope="lost",incident="7"})"),
        start_s);
    view.incidents.front().end_ns = test::kSampleNowNs;
    scraped = scrape(metrics_of(view));
    EXPECT_EQ(scraped.count("lull_incidents_open"), 0u);
    EXPECT_EQ(scraped.count("lull_incident_info"), 0u);
    EXPECT_EQ(scraped.at(R"(lull_incidents_total{kind="outage",scope="lost"})"), 1);
}

TEST(Metrics, an_incident_of_a_member_names_it_and_no_country) {
    View view = test::outage_view(1);
    view.incidents.front().country.reset();
    view.incidents.front().kind = IncidentKind::kMember;
    view.incidents.front().member = MemberKey{64500, 0};
    EXPECT_EQ(
        scrape(metrics_of(view))
            .at(R"(lull_incident_info{kind="member",scope="lost",incident="7",member="AS64500"})"),
        1);
}

TEST(Metrics, civil_time_is_told_at_the_time_of_the_traffic) {
    const Scrape scraped = scrape(metrics_of(test::outage_view(1)));
    EXPECT_EQ(scraped.at(R"(lull_country_utc_offset_seconds{country="KP"})"), 9 * 3600);
}

TEST(Metrics, the_external_url_is_told_where_there_is_one) {
    const ViewProvider none = [] { return nullptr; };
    EXPECT_EQ(scrape(Metrics(none, {})).count("lull_external_url_info"), 0u);
    MetricsOptions options;
    options.external_url = "https://lull.example/";
    EXPECT_EQ(scrape(Metrics(none, std::move(options)))
                  .at(R"(lull_external_url_info{url="https://lull.example/"})"),
              1);
}

TEST(Metrics, no_country_series_before_ready_so_that_a_restart_resolves_nothing) {
    View view = test::outage_view(3);
    view.ready = false;
    const Scrape scraped = scrape(metrics_of(view));
    EXPECT_EQ(scraped.text.find("country=\""), std::string::npos);
    EXPECT_EQ(scraped.count("lull_incident"), 0u);
    EXPECT_TRUE(scraped.has(R"(lull_sensor_healthy{port="tap0-a"})"));
}

TEST(Metrics, before_the_first_view_the_process_is_told) {
    const Metrics metrics([] { return std::shared_ptr<const View>(); }, MetricsOptions{});
    const Scrape scraped = scrape(metrics);
    EXPECT_EQ(scraped.count("lull_build_info"), 1u);
    EXPECT_GT(scraped.at("process_resident_memory_bytes"), 0);
    EXPECT_GT(scraped.at("process_open_fds"), 2);
    EXPECT_GT(scraped.at("process_start_time_seconds"), 1.6e9);
}

TEST(Metrics, origins_are_withheld_whole_above_max_series_and_nothing_else) {
    Metrics metrics = metrics_of(test::outage_view(3));
    const Scrape all = scrape(metrics);
    EXPECT_EQ(all.at(R"(lull_series_dropped{family="origins"})"), 0);
    metrics.limit_series(100);
    const Scrape limited = scrape(metrics);
    EXPECT_EQ(limited.at(R"(lull_series_dropped{family="origins"})"), 8);
    EXPECT_EQ(limited.count("lull_origin_sent"), 0u);
    EXPECT_EQ(limited.values.size() + 8, all.values.size());
    // Exactly at the limit everything is shown.
    metrics.limit_series(static_cast<uint32_t>(all.values.size()));
    EXPECT_EQ(scrape(metrics).values.size(), all.values.size());
    metrics.limit_series(static_cast<uint32_t>(all.values.size()) - 1);
    EXPECT_EQ(scrape(metrics).values.size(), all.values.size() - 8);
}

TEST(Metrics, counters_are_exact_up_to_two_to_the_53) {
    View view = test::calm_view(1);
    view.unmatched.sent_packets = (1ull << 53) - 1;
    const Scrape scraped = scrape(metrics_of(view));
    EXPECT_NE(scraped.text.find(R"(lull_packets_unmatched_total{direction="sent"} )"
                                "9007199254740991\n"),
              std::string::npos);
}

TEST(Metrics, label_values_cannot_break_out_of_their_quotes) {
    View view = test::calm_view(1);
    view.ports[0].name = "a\"b\\c\nd";
    const std::string text = metrics_of(view).text();
    EXPECT_NE(text.find(R"(lull_sensor_healthy{port="a\"b\\c\nd"} 1)"), std::string::npos);
}

TEST(Metrics, promtool_finds_nothing_to_complain_about) {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "SKIPPED: promtool is not installed (apt-get install prometheus): the "
                        "metrics are not linted";
    }
    char path[] = "/tmp/lull-metrics-XXXXXX";
    const int fd = mkstemp(path);
    ASSERT_GE(fd, 0);
    close(fd);
    std::ofstream(path) << metrics_of(test::outage_view(200)).text();
    const int status =
        std::system((std::string("promtool check metrics <") + path + " 1>&2").c_str());
    unlink(path);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace lull
