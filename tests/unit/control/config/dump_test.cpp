// The effective config as JSON: complete, loadable again, and without secrets.
#include "control/config/dump.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lull {
namespace {

bool any_country(std::string_view code) {
    return code.size() == 2;
}

Config loaded(const std::string& text) {
    auto config = parse_config(text, "lull.yaml", any_country);
    if (!config) {
        ADD_FAILURE() << config.error().as_error().message;
        return {};
    }
    return *std::move(config);
}

const char* const kFull = R"(
site: "a \"quoted\" site: # no comment"
dpdk: {hugepages: on, memory_mb: 2048, main_core: 3, extra_eal_args: ["--log-level=8", "null"]}
ports:
  - name: a
    device: 0000:3b:00.0
    group: g
    cores: [2, 3]
    decap: [erspan]
    slice: 96
    exclude: {macs: ["02:00:00:00:00:01"], vlans: [7], prefixes: [10.0.0.0/8, "2001:db8::/32"]}
  - {name: b, device: 0000:3b:00.1, group: g, cores: [2, 3]}
origins: {table: /t, watch: false}
detect: {tick: 1m, false_alarms_per_year: 0.1, home: [CH], watch: [KP], ignore: [NO]}
store: {keep_ticks: 12h}
learn_from: {url: "https://prometheus.example/p", instance: "ix:9464", user: "kim:x", cacert: /c, cert: /d, key: /k, span: 7d}
http: {listen: ["[::1]:1"], external_url: "https://u:p@lull.example/x", enable_lifecycle: true}
notify:
  webhooks:
    - {url: "https://kim:x@hooks.example/token", secret_file: /s, events: [changed]}
export: {top_origins: 7, origins: ratio, max_series: 2000}
clock: {scale: 720, epoch: 2014-12-21T12:00:00Z, at: 2026-01-01T00:00:00.25Z}
log: {level: debug, format: json}
)";

TEST(ConfigDump, has_every_key_of_the_contract) {
    const nlohmann::json dump = config_json(Config{});
    const nlohmann::json expected = {
        {"site", "lull"},
        {"dpdk",
         {{"hugepages", "auto"},
          {"memory_mb", "auto"},
          {"main_core", 0},
          {"power", "off"},
          {"extra_eal_args", nlohmann::json::array()}}},
        {"ports", nlohmann::json::array()},
        {"origins",
         {{"table", "/var/lib/lull/origins.lut"}, {"watch", true}, {"members", nullptr}}},
        {"routes",
         {{"bmp_listen", nlohmann::json::array()},
          {"bmp_allow", nlohmann::json::array()},
          {"bmp_max_routers", 64},
          {"mrt", nlohmann::json::array()},
          {"publish_every", "5m"},
          {"publish_pause", "10s"},
          {"location_dump", nlohmann::json::array()},
          {"delegated", nlohmann::json::array()},
          {"country_ranges", nlohmann::json::array()},
          {"mmdb", nlohmann::json::array()},
          {"geofeed", nlohmann::json::array()},
          {"as_names", nlohmann::json::array()},
          {"overrides", nullptr},
          {"listen", {"127.0.0.1:9465"}}}},
        {"flows", {{"per_worker", 1'000'000}, {"idle", "1m"}, {"ended", "5s"}, {"active", "30m"}}},
        {"inspect", {{"signatures", nullptr}, {"sites", nullptr}, {"names", "listed"}}},
        {"detect",
         {{"tick", "10s"},
          {"false_alarms_per_year", 12.0},
          {"home", nlohmann::json::array()},
          {"watch", nlohmann::json::array()},
          {"ignore", nlohmann::json::array()},
          {"calendar", nullptr}}},
        {"store", {{"path", "/var/lib/lull/lull.db"}, {"keep", "400d"}, {"keep_ticks", "1d"}}},
        {"learn_from",
         {{"url", nullptr},
          {"instance", nullptr},
          {"user", nullptr},
          {"cacert", nullptr},
          {"cert", nullptr},
          {"key", nullptr},
          {"span", "28d"}}},
        {"http",
         {{"listen", {"127.0.0.1:9464"}},
          {"external_url", nullptr},
          {"web_config", nullptr},
          {"enable_lifecycle", false}}},
        {"export",
         {{"top_origins", 500},
          {"origins", "volume"},
          {"max_series", 15000},
          {"ipfix",
           {{"collector", nullptr},
            {"flows", "bidirectional"},
            {"unanswered_one_in", 1},
            {"hostile_one_in", 1},
            {"ipv4_bits", 32},
            {"ipv6_bits", 128},
            {"queue", 131072},
            {"templates", "1m"},
            {"domain", 1},
            {"cacert", nullptr},
            {"cert", nullptr},
            {"key", nullptr}}}}},
        {"notify", {{"webhooks", nlohmann::json::array()}}},
        {"clock", {{"scale", 1.0}, {"epoch", nullptr}, {"at", nullptr}}},
        {"log", {{"level", "info"}, {"format", "text"}}}};
    EXPECT_EQ(dump, expected) << dump.dump(2);
}

TEST(ConfigDump, what_is_dumped_loads_as_the_same) {
    for (const Config& config : {Config{}, loaded(kFull)}) {
        const nlohmann::json once = config_json(config, Secrets::kShow);
        const nlohmann::json twice = config_json(loaded(once.dump()), Secrets::kShow);
        EXPECT_EQ(once, twice);
        EXPECT_EQ(config_json(loaded(once.dump(2)), Secrets::kShow), once);
    }
}

TEST(ConfigDump, credentials_in_an_address_stay_in_the_process) {
    const auto shown = [](const std::string& url) {
        Config config;
        config.http.external_url = url;
        return config_json(config)["http"]["external_url"].get<std::string>();
    };
    EXPECT_EQ(shown("https://u:p@lull.example/x"), "https://***@lull.example/x");
    EXPECT_EQ(shown("https://u:p@q@lull.example?a"), "https://***@lull.example?a");
    EXPECT_EQ(shown("https://lull.example/a@b"), "https://lull.example/a@b");
    EXPECT_EQ(shown("http://h"), "http://h");
    EXPECT_EQ(config_json(loaded(kFull)).dump().find("u:p"), std::string::npos);
    Config config;
    config.learn_from.user = "kim:secret";
    EXPECT_EQ(config_json(config)["learn_from"]["user"], "***");
    EXPECT_EQ(config_json(config, Secrets::kShow)["learn_from"]["user"], "kim:secret");
}

TEST(ConfigDump, of_a_webhook_the_host_alone_is_shown) {
    EXPECT_EQ(without_secrets("https://u:p@hooks.example:8443/T0/B1?k=v"),
              "https://hooks.example:8443/***");
    EXPECT_EQ(without_secrets("https://hooks.example?k=v"), "https://hooks.example/***");
    EXPECT_EQ(without_secrets("https://a@b@hooks.example"), "https://hooks.example/");
    EXPECT_EQ(without_secrets("http://[::1]:80/"), "http://[::1]:80/");
    EXPECT_EQ(without_secrets("token"), "***");
    const Config config = loaded(kFull);
    EXPECT_EQ(config_json(config)["notify"]["webhooks"][0]["url"], "https://hooks.example/***");
    EXPECT_EQ(config_text(config).find("token"), std::string::npos);
}

TEST(ConfigText, says_of_every_value_where_it_is_from_and_loads_again) {
    const Config config = loaded(kFull);
    const std::string text = config_text(config);
    EXPECT_NE(text.find("# lull.yaml:2:7\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  - name: \"a\""), std::string::npos) << text;
    EXPECT_NE(text.find("# default\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("kim:x"), std::string::npos) << text;
    EXPECT_EQ(text.find("u:p@"), std::string::npos) << text;
    std::string whole = text;
    whole.replace(whole.find("\"***\""), 5, "\"kim:y\"");  // a secret has to be put in again
    EXPECT_EQ(config_json(loaded(whole)), config_json(config));
}

TEST(ConfigText, values_are_those_of_the_dump_with_their_places) {
    const std::vector<ConfigValue> values = config_values(loaded(kFull));
    const auto of = [&](const std::string& key) -> ConfigValue {
        for (const ConfigValue& value : values) {
            if (value.key == key) return value;
        }
        ADD_FAILURE() << key;
        return {};
    };
    EXPECT_EQ(of("ports[1].group").value, "\"g\"");
    EXPECT_EQ(of("ports[1].group").from.substr(0, 13), "lull.yaml:12:");
    EXPECT_EQ(of("http.enable_lifecycle").value, "true");
    EXPECT_EQ(of("detect.calendar").value, "null");
    EXPECT_EQ(of("detect.calendar").from, "default");
}

}  // namespace
}  // namespace lull
