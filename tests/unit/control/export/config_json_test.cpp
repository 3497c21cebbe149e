#include "control/export/config_json.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(ConfigJson, shows_defaults_and_redacts_a_password_in_a_url) {
    Config config;
    config.http.external_url = "https://operator:secret@lull.example/x@y";
    const nlohmann::json document = config_json(config);
    EXPECT_EQ(document.at("http").at("external_url"), "https://redacted@lull.example/x@y");
    EXPECT_EQ(document.at("detect").at("tick"), "10s");
    EXPECT_EQ(document.at("dpdk").at("memory_mb"), "auto");
    EXPECT_EQ(document.at("export").at("max_series"), 15000);
    EXPECT_EQ(document.dump().find("secret"), std::string::npos);
}

TEST(ConfigJson, exclusions_are_written_as_in_the_file) {
    Config config;
    PortSection port;
    port.name = "tap0-a";
    port.exclude.macs = {{0x02, 0, 0, 0, 0, 0xFF}};
    port.exclude.vlans = {12};
    port.exclude.prefixes4 = {{0xC0000200, 24, {}}};
    port.exclude.prefixes6 = {{{0x20, 0x01, 0x0d, 0xb8}, 32, {}}};
    config.ports = {port};
    const nlohmann::json exclude = config_json(config).at("ports").at(0).at("exclude");
    EXPECT_EQ(exclude.at("macs").at(0), "02:00:00:00:00:ff");
    EXPECT_EQ(exclude.at("vlans").at(0), 12);
    EXPECT_EQ(exclude.at("prefixes"), (nlohmann::json{"192.0.2.0/24", "2001:db8::/32"}));
}

}  // namespace
}  // namespace lull
