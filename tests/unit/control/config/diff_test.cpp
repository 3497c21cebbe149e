// What a reload applies and what it does not.
#include "control/config/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/config/dump.h"

namespace lull {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Config base() {
    Config config;
    PortSection port;
    port.name = "a";
    port.group = "a";
    port.device = "net_null0";
    port.cores = {1};
    config.ports = {port};
    return config;
}

TEST(ReloadPlan, the_same_config_changes_nothing) {
    const ReloadPlan plan = plan_reload(base(), base());
    EXPECT_THAT(plan.applied, IsEmpty());
    EXPECT_THAT(plan.needs_restart, IsEmpty());
    EXPECT_THAT(plan.unchanged, Contains("detect.tick"));
    EXPECT_THAT(plan.unchanged, Contains("ports[a]"));
    EXPECT_EQ(reload_text(plan), "nothing changes\n");
}

TEST(ReloadPlan, detector_log_origins_export_and_site_apply_live) {
    Config wanted = base();
    wanted.site = "other";
    wanted.detect.watch = {"KP"};
    wanted.log.format = LogSection::Format::kJson;
    wanted.origins.table = "/other";
    wanted.exports.top_origins = 1;
    const ReloadPlan plan = plan_reload(base(), wanted);
    EXPECT_THAT(plan.applied, ElementsAre("detect.watch", "export.top_origins", "log.format",
                                          "origins.table", "site"));
    EXPECT_THAT(plan.needs_restart, IsEmpty());
    EXPECT_THAT(plan.unchanged, Not(Contains("site")));
}

TEST(ReloadPlan, webhooks_change_live) {
    Config wanted = base();
    wanted.notify.webhooks.push_back({"https://hooks.example", {}, {IncidentEvent::kClosed}, 0});
    EXPECT_THAT(plan_reload(base(), wanted).applied, ElementsAre("notify.webhooks"));
}

TEST(ReloadPlan, devices_memory_time_and_listeners_need_a_restart) {
    Config wanted = base();
    wanted.dpdk.memory_mb = 512;
    wanted.clock.scale = 10;
    wanted.detect.tick_s = 60;
    wanted.exports.ipfix.collector = "udp://[::1]:4739";
    wanted.http.listen = {"[::1]:1"};
    wanted.http.enable_lifecycle = true;
    wanted.learn_from.url = "http://h";
    wanted.store.keep_ticks_s = 0;
    wanted.ports[0].cores = {2};
    PortSection added = wanted.ports[0];
    added.name = "b";
    wanted.ports.push_back(added);
    const ReloadPlan plan = plan_reload(base(), wanted);
    EXPECT_THAT(plan.applied, IsEmpty());
    EXPECT_THAT(plan.needs_restart,
                ElementsAre("clock.scale", "detect.tick", "dpdk.memory_mb",
                            "export.ipfix.collector", "http.enable_lifecycle", "http.listen",
                            "learn_from.url", "ports", "ports[a]", "ports[b]", "store.keep_ticks"));
    const ReloadPlan after = plan_reload(live_part(base(), wanted), wanted);
    EXPECT_EQ(after.needs_restart, plan.needs_restart) << "they run as they did";
}

TEST(ReloadPlan, what_lull_routes_listens_to_needs_a_restart_and_its_sources_do_not) {
    Config wanted = base();
    wanted.routes.bmp_listen = {"[::]:11019"};
    wanted.routes.bmp_allow = {"192.0.2.0/24"};
    wanted.routes.bmp_max_routers = 3;
    wanted.routes.mrt = {"/mrt"};
    wanted.routes.listen = {"[::1]:2"};
    wanted.routes.delegated = {"/delegated"};
    wanted.routes.publish_every_s = 60;
    const ReloadPlan plan = plan_reload(base(), wanted);
    EXPECT_THAT(plan.applied, ElementsAre("routes.delegated", "routes.publish_every"));
    EXPECT_THAT(plan.needs_restart,
                ElementsAre("routes.bmp_allow", "routes.bmp_listen", "routes.bmp_max_routers",
                            "routes.listen", "routes.mrt"));
}

TEST(ReloadPlan, a_removed_port_and_a_changed_order_need_a_restart) {
    Config two = base();
    two.ports.push_back(two.ports[0]);
    two.ports[1].name = "b";
    EXPECT_THAT(plan_reload(two, base()).needs_restart, ElementsAre("ports", "ports[b]"));
    Config swapped = two;
    std::swap(swapped.ports[0], swapped.ports[1]);
    EXPECT_THAT(plan_reload(two, swapped).needs_restart, ElementsAre("ports"));
}

TEST(ReloadPlan, a_changed_password_is_seen_and_not_told) {
    Config before = base();
    before.http.external_url = "https://u:one@h/";
    Config after = base();
    after.http.external_url = "https://u:two@h/";
    const ReloadPlan plan = plan_reload(before, after);
    EXPECT_THAT(plan.needs_restart, ElementsAre("http.external_url"));
    EXPECT_EQ(reload_json(plan).dump().find("two"), std::string::npos);
}

TEST(ReloadPlan, json_has_the_four_lists) {
    const nlohmann::json document = reload_json(plan_reload(base(), base()), {"lull.yaml:1:1: x"});
    EXPECT_EQ(document["applied"], nlohmann::json::array());
    EXPECT_EQ(document["needs_restart"], nlohmann::json::array());
    EXPECT_EQ(document["errors"], nlohmann::json::array({"lull.yaml:1:1: x"}));
    EXPECT_GT(document["unchanged"].size(), 20U);
}

TEST(ConfigChanges, name_what_runs_what_the_file_says_and_what_takes_it) {
    Config file = base();
    file.site = "other";
    file.clock.scale = 60;
    file.learn_from.user = "kim:secret";
    PortSection more = file.ports.front();
    more.name = "b";
    file.ports.push_back(more);
    Config running = base();
    running.learn_from.user = "kim:another";
    const auto changes = changes_between(config_json(running), file);
    std::vector<std::string> told;
    for (const ConfigChange& change : changes) {
        told.push_back(change.key + (change.applies_live ? " live" : " restart"));
        EXPECT_EQ(change.file.find("secret"), std::string::npos);
    }
    EXPECT_THAT(
        told, ElementsAre("clock.scale restart", "ports restart", "ports[b] restart", "site live"));
    EXPECT_EQ(changes[3].running, "\"lull\"");
    EXPECT_EQ(changes[3].file, "\"other\"");
    EXPECT_EQ(changes[2].running, "");
}

TEST(ConfigChanges, an_answer_that_is_no_configuration_is_all_different_and_no_crash) {
    EXPECT_FALSE(changes_between(nlohmann::json::object(), base()).empty());
    EXPECT_FALSE(changes_between({{"ports", {{{"name", 7}}}}, {"site", nullptr}}, base()).empty());
    EXPECT_FALSE(changes_between({{"ports", {1, 2}}}, base()).empty());
}

}  // namespace
}  // namespace lull
