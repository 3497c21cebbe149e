// lull.yaml: what loads, and that every mistake is reported with its place, path and mend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "control/config/calendar_file.h"
#include "control/config/config.h"
#include "control/config/problems.h"
#include "control/config/yaml_tree.h"
#include "control/files.h"
#include "control/time_text.h"

namespace lull {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

bool known_here(std::string_view code) {
    constexpr std::array<std::string_view, 5> kCodes{"KP", "IR", "NO", "CH", "XK"};
    return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

Config loaded(const std::string& text) {
    auto config = parse_config(text, "lull.yaml", known_here);
    if (!config) {
        ADD_FAILURE() << config.error().as_error().message;
        return {};
    }
    return *std::move(config);
}

std::vector<std::string> problems(const std::string& text) {
    const auto config = parse_config(text, "lull.yaml", known_here);
    return config ? std::vector<std::string>{} : config.error().problems;
}

const char* const kContractExample = R"(
site: ix-example            # on the page and in logs; not a metric label (the scraper adds that)
dpdk:   {hugepages: auto, memory_mb: 1024, main_core: 0, extra_eal_args: []}
ports:
  - {name: tap0-a, device: "0000:3b:00.0", group: tap0, cores: [2, 3], decap: [], slice: null,
     exclude: {macs: [], vlans: [], prefixes: []}}          # device: PCI address or DPDK vdev string
  - {name: tap0-b, device: "0000:3b:00.1", group: tap0, cores: [2, 3]}
origins: {table: /var/lib/lull/origins.lut, watch: true, members: null}    # members: IX-F export JSON (MAC, VLAN, AS)
inspect: {signatures: null, sites: null, names: listed}    # off unless named: reading payload may need a legal basis
detect:  {tick: 10s, false_alarms_per_year: 12, home: [], watch: [KP, IR], ignore: [], calendar: null}
store:   {path: /var/lib/lull/lull.db, keep: 400d}
http:    {listen: ["127.0.0.1:9464"], external_url: null, web_config: null, enable_lifecycle: false}
export:  {top_origins: 500, origins: volume, max_series: 15000, ipfix: null}   # origins: volume | ratio | off
clock:   {scale: 1, epoch: null, at: null}   # lab only: scenario time `epoch` is wall time `at`; at most 1000x
log:     {level: info, format: text}
)";

TEST(ConfigParse, the_contracts_example_loads_whole) {
    const Config config = loaded(kContractExample);
    EXPECT_EQ(config.site, "ix-example");
    EXPECT_EQ(config.dpdk.memory_mb, 1024U);
    ASSERT_EQ(config.ports.size(), 2U);
    EXPECT_EQ(config.ports[0].name, "tap0-a");
    EXPECT_EQ(config.ports[0].device, "0000:3b:00.0");
    EXPECT_EQ(config.ports[1].group, "tap0");
    EXPECT_THAT(config.ports[1].cores, ElementsAre(2U, 3U));
    EXPECT_EQ(config.ports[0].line, 5);
    EXPECT_EQ(config.ports[1].line, 7);
    EXPECT_EQ(config.origins.table, "/var/lib/lull/origins.lut");
    EXPECT_EQ(config.detect.tick_s, 10);
    EXPECT_THAT(config.detect.watch, ElementsAre("KP", "IR"));
    EXPECT_THAT(config.http.listen, ElementsAre("127.0.0.1:9464"));
    EXPECT_FALSE(config.clock.epoch_ns);
    EXPECT_EQ(where(config, "ports[1].device"), "lull.yaml:7:28");
    EXPECT_EQ(where(config, "log.nothing"), "lull.yaml");
}

TEST(ConfigParse, an_empty_file_is_the_defaults) {
    for (const char* text : {"", "\n", "# only a comment\n", "---\n", "dpdk:\nports:\ndetect:\n"}) {
        const Config config = loaded(text);
        EXPECT_EQ(config.site, "lull");
        EXPECT_THAT(config.ports, IsEmpty());
        EXPECT_EQ(config.dpdk.memory_mb, 0U);
        EXPECT_EQ(config.detect.false_alarms_per_year, 12);
        EXPECT_EQ(config.exports.max_series, 15000U);
        EXPECT_THAT(config.http.listen, ElementsAre("127.0.0.1:9464"));
    }
}

TEST(ConfigParse, every_kind_of_value_arrives_in_its_unit) {
    const Config config = loaded(R"(
dpdk: {hugepages: "off", memory_mb: auto, main_core: 1, extra_eal_args: ["--log-level=pmd:8"]}
ports:
  - name: m
    device: net_memif0,role=client,id=0,socket=/tmp/s
    cores: [1]
    decap: [vxlan, gre]
    slice: 128
    exclude:
      macs: ["02:00:00:00:00:0A", "ff:ff:ff:ff:ff:ff"]
      vlans: [1, 4094]
      prefixes: [192.0.2.0/24, "2001:db8::/32", 0.0.0.0/0, 198.51.100.7/32]
  - {name: p, device: "3B:00.1", cores: [2]}
detect: {tick: 1m30s, false_alarms_per_year: 0.1, home: [NO]}
http: {listen: ["[::1]:9464", "0.0.0.0:80"], external_url: "https://lull.example/", enable_lifecycle: true}
export: {top_origins: 0, origins: off}
clock: {scale: 720, epoch: 2014-12-21T12:00:00Z, at: 2026-01-01T00:00:00.5Z}
log: {level: warning, format: json}
)");
    EXPECT_EQ(config.dpdk.hugepages, EalConfig::Hugepages::kOff);
    EXPECT_EQ(config.dpdk.memory_mb, 0U);
    EXPECT_THAT(config.dpdk.extra_eal_args, ElementsAre("--log-level=pmd:8"));
    const PortSection& port = config.ports.at(0);
    EXPECT_EQ(port.group, "m") << "a group of its own";
    EXPECT_TRUE(port.decap.gre && port.decap.vxlan && !port.decap.erspan);
    EXPECT_EQ(port.slice_bytes, 128U);
    EXPECT_EQ(port.exclude.macs.at(0), (std::array<uint8_t, 6>{2, 0, 0, 0, 0, 10}));
    EXPECT_THAT(port.exclude.vlans, ElementsAre(1, 4094));
    ASSERT_EQ(port.exclude.prefixes4.size(), 3U);
    EXPECT_EQ(port.exclude.prefixes4[0].address, 0xC0000200U);
    EXPECT_EQ(port.exclude.prefixes4[0].length, 24);
    EXPECT_EQ(port.exclude.prefixes4[1].length, 0);
    EXPECT_EQ(port.exclude.prefixes4[2].address, 0xC6336407U);
    ASSERT_EQ(port.exclude.prefixes6.size(), 1U);
    EXPECT_EQ(port.exclude.prefixes6[0].address[1], 0x01);
    EXPECT_EQ(config.ports.at(1).device, "0000:3b:00.1") << "brought to one form";
    EXPECT_EQ(config.detect.tick_s, 90);
    EXPECT_EQ(config.detect.false_alarms_per_year, 0.1);
    EXPECT_THAT(config.detect.home, ElementsAre("NO")) << "Norway is a country, not false";
    EXPECT_EQ(config.exports.origins, ExportSection::Origins::kOff);
    EXPECT_EQ(config.clock.scale, 720);
    EXPECT_EQ(config.clock.epoch_ns, *parse_time_ns("2014-12-21T12:00:00Z"));
    EXPECT_EQ(config.clock.at_ns, *parse_time_ns("2026-01-01T00:00:00.5Z"));
    EXPECT_EQ(config.log.level, LogSection::Level::kWarning);
    EXPECT_EQ(config.log.format, LogSection::Format::kJson);
}

TEST(ConfigParse, ports_keep_their_order) {
    std::string text = "ports:\n";
    for (const char* name : {"z", "a", "m"}) {
        text += fmt::format("  - {{name: {0}, device: \"net_null_{0}\", cores: [{1}]}}\n", name,
                            static_cast<int>(*name));
    }
    const Config config = loaded(text);
    ASSERT_EQ(config.ports.size(), 3U);
    EXPECT_EQ(config.ports[0].name, "z");
    EXPECT_EQ(config.ports[1].name, "a");
    EXPECT_EQ(config.ports[2].name, "m");
}

TEST(ConfigParse, every_problem_is_reported_in_the_order_of_the_file) {
    EXPECT_THAT(problems("detect: {tik: 10s, false_alarms_per_year: none}\n"
                         "ports:\n"
                         "  - {name: a, device: eth0, cores: [-1]}\n"
                         "log:\n"
                         "  level: verbose\n"
                         "  colour: true\n"),
                ElementsAre(HasSubstr("lull.yaml:1:10: detect: unknown key \"tik\": did you mean "
                                      "tick?"),
                            HasSubstr("lull.yaml:1:43: detect.false_alarms_per_year: \"none\" is "
                                      "not a number"),
                            HasSubstr("lull.yaml:3:23: ports[0].device: \"eth0\" is no device"),
                            HasSubstr("lull.yaml:3:37: ports[0].cores[0]: -1 is below 0"),
                            HasSubstr("lull.yaml:5:10: log.level: \"verbose\": no such word here: "
                                      "known here: trace, debug"),
                            HasSubstr("lull.yaml:6:3: log: unknown key \"colour\": known here: "
                                      "level, format")));
}

/// One wrong text and what must be said of it.
struct Mistake {
    const char* text;
    const char* said;
};

class ConfigMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, is_refused_with_place_and_mend) {
    const auto found = problems(GetParam().text);
    ASSERT_EQ(found.size(), 1U) << GetParam().text << ": " << testing::PrintToString(found);
    EXPECT_THAT(found[0], HasSubstr(GetParam().said));
    EXPECT_THAT(found[0], testing::StartsWith("lull.yaml:"));
}

TEST(Config, the_samples_for_devices_load_without_a_note) {
    std::size_t samples = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(LULL_SOURCE_DIR "/configs/devices")) {
        const auto text = read_file(entry.path(), 1 << 20);
        ASSERT_TRUE(text);
        const auto config = parse_config(*text, entry.path().filename(), known_here);
        ASSERT_TRUE(config) << config.error().as_error().message;
        EXPECT_FALSE(config->ports.empty());
        ++samples;
    }
    EXPECT_EQ(samples, 6U);
}

TEST(Config, a_pci_device_may_bear_devargs) {
    const Config config =
        loaded("ports: [{name: a, device: '3B:00.0,mprq_en=1,rxq_cqe_comp_en=0', cores: [1]}]\n");
    EXPECT_EQ(config.ports.at(0).device, "0000:3b:00.0,mprq_en=1,rxq_cqe_comp_en=0");
    EXPECT_THAT(problems("ports: [{name: a, device: '3b:00.8,x=1', cores: [1]}]\n"),
                ElementsAre(HasSubstr("is no device")));
}

#define PORT_A "  - {name: a, device: net_null0, group: g, cores: [1, 2]}\n"

INSTANTIATE_TEST_SUITE_P(
    ConfigParse, ConfigMistake,
    testing::Values(
        // wrong types
        Mistake{"site: [a]\n", "1:7: site: is a list"},
        Mistake{"site: {a: b}\n", "1:7: site: is a mapping"},
        Mistake{"site:\n", "site: has no value"}, Mistake{"site: ''\n", "site: is empty"},
        Mistake{"site: \"a\\x1b[31m\"\n", "holds a control character"},
        Mistake{"dpdk: 3\n", "1:7: dpdk: needs a mapping"},
        Mistake{"ports: tap0\n", "1:8: ports: needs a list"},
        Mistake{"ports: [tap0]\n", "1:9: ports[0]: needs a mapping"},
        Mistake{"- a\n", "needs a mapping"}, Mistake{"just words\n", "needs a mapping"},
        Mistake{"dpdk: {main_core: '1'}\n", "without quotes"},
        Mistake{"dpdk: {main_core: 1.5}\n", "is not a whole number"},
        Mistake{"dpdk: {main_core: 010}\n", "is not a whole number"},
        Mistake{"dpdk: {main_core: 0x10}\n", "is not a whole number"},
        Mistake{"dpdk: {main_core: 1024}\n", "1024 is above 1023"},
        Mistake{"dpdk: {main_core: 99999999999999999999}\n", "is not a whole number"},
        Mistake{"dpdk: {memory_mb: 1GB}\n", "1:19: dpdk.memory_mb: \"1GB\" is not a whole number"},
        Mistake{"dpdk: {memory_mb: 0}\n", "0 is below 64 MB"},
        Mistake{"dpdk: {hugepages: yes}\n", "dpdk.hugepages: \"yes\": no such word"},
        Mistake{"dpdk: {hugepages: atuo}\n", "did you mean auto?"},
        Mistake{"dpdk: {extra_eal_args: [-l, ]}\n", "-l is set by ports[].cores"},
        Mistake{"dpdk: {extra_eal_args: ['--no-huge']}\n", "is set by dpdk.hugepages"},
        Mistake{"origins: {watch: yes}\n", "write true or false"},
        Mistake{"origins: {watch: 1}\n", "write true or false"},
        Mistake{"origins: {watch: null}\n", "origins.watch: has no value"},
        Mistake{"origins: {tabel: x}\n", "did you mean table?"},
        // detect
        Mistake{"detect: {tick: 10}\n", "is not a duration: write whole numbers with units"},
        Mistake{"detect: {tick: 500ms}\n", "500ms is below 1s"},
        Mistake{"detect: {tick: 6m}\n", "6m is above 5m"},
        Mistake{"detect: {false_alarms_per_year: 0}\n", "0 is below 0.001"},
        Mistake{"detect: {false_alarms_per_year: -3}\n", "-3 is below"},
        Mistake{"detect: {false_alarms_per_year: .inf}\n", "is not a number"},
        Mistake{"detect: {false_alarms_per_year: nan}\n", "is not a number"},
        Mistake{"detect: {false_alarms_per_year: 1e9}\n", "1e9 is above 100000"},
        Mistake{"detect: {watch: KP}\n", "detect.watch: needs a list: write [a, b]"},
        Mistake{"detect: {watch: [kp]}\n", "detect.watch[0]: \"kp\" is no country"},
        Mistake{"detect: {watch: [EU]}\n", "\"EU\" is no country"},
        Mistake{"detect: {watch: [KP, IR, KP]}\n", "1:26: detect.watch[2]: stands twice"},
        // http, clock, export
        Mistake{"http: {listen: []}\n", "http.listen: is empty"},
        Mistake{"http: {listen: ['localhost:80']}\n", "is no listening address"},
        Mistake{"http: {listen: [':9464']}\n", "is no listening address"},
        Mistake{"http: {listen: ['127.0.0.1']}\n", "is no listening address"},
        Mistake{"http: {listen: ['127.0.0.1:65536']}\n", "is no listening address"},
        Mistake{"http: {listen: ['::1:9464']}\n", "is no listening address"},
        Mistake{"http: {listen: ['127.0.0.1:1','127.0.0.1:1']}\n", "stands twice"},
        Mistake{"http: {external_url: lull.example}\n", "write http:// or https://"},
        Mistake{"http: {web_config: [/w]}\n", "http.web_config"},
        Mistake{"clock: {scale: 0.5}\n", "0.5 is below 1"},
        Mistake{"clock: {scale: 1001}\n", "1001 is above 1000"},
        Mistake{"clock: {epoch: 2014-12-21T12:00:00Z}\n", "clock.at is missing"},
        Mistake{"clock: {at: 2014-12-21T12:00:00Z}\n", "clock.epoch is missing"},
        Mistake{"clock: {epoch: yesterday, at: 2014-12-21T12:00:00Z}\n", "is not a time"},
        Mistake{"export: {max_series: 10}\n", "10 is below 1000"},
        // inert keys still have types
        Mistake{"inspect: {names: null}\n", "inspect.names: has no value"},
        Mistake{"store: {keep: 400}\n", "store.keep: \"400\" is not a duration"},
        Mistake{"inspect: {signature: x}\n", "did you mean signatures?"},
        // ports
        Mistake{"ports: [{device: net_null0, cores: [1]}]\n", "1:9: ports[0].name: is missing"},
        Mistake{"ports: [{name: a, cores: [1]}]\n", "ports[0].device: is missing"},
        Mistake{"ports: [{name: a, device: net_null0}]\n", "ports[0].cores: is missing"},
        Mistake{"ports: [{name: a, device: net_null0, cores: []}]\n", "cores: is empty"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1, 1]}]\n", "stands twice"},
        Mistake{"ports: [{name: a, device: '3b:00.8', cores: [1]}]\n", "is no device"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], slice: 0}]\n", "0 is below 64"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], decap: [vxlna]}]\n",
                "did you mean vxlan?"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], exclude: {vlans: [0]}}]\n",
                "ports[0].exclude.vlans[0]: 0 is below 1"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], exclude: {macs: [0:1]}}]\n",
                "is no MAC address"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], exclude: {prefixes: "
                "[10.0.0.1/8]}}]\n",
                "did you mean 10.0.0.0/8?"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], exclude: {prefixes: "
                "[10.0.0.0/33]}}]\n",
                "is no prefix"},
        Mistake{"ports: [{name: a, device: net_null0, cores: [1], exclude: {prefixes: "
                "['2001:db8::/129']}}]\n",
                "is no prefix"},
        // between keys
        Mistake{"ports:\n" PORT_A "  - {name: a, device: net_null1, group: g, cores: [1, 2]}\n",
                "3:12: ports[1].name: \"a\" is the name of the port in line 2 too"},
        Mistake{"ports:\n" PORT_A "  - {name: b, device: net_null0, group: g, cores: [1, 2]}\n",
                "3:23: ports[1].device: \"net_null0\" is already the device of port a in line 2"},
        Mistake{"ports:\n" PORT_A "  - {name: b, device: net_null1, group: g, cores: [2, 1]}\n",
                "ports[1].cores: differ from those of port a in line 2"},
        Mistake{"ports:\n" PORT_A "  - {name: b, device: net_null1, group: h, cores: [3, 2]}\n",
                "core 2 already works for group \"g\" (line 2)"},
        Mistake{"ports:\n  - {name: a, device: '0000:3b:00.0', cores: [1]}\n"
                "  - {name: b, device: '3B:00.0', cores: [2]}\n",
                "\"0000:3b:00.0\" is already the device of port a"},
        Mistake{"ports:\n  - {name: a, device: 'net_af_packet0,iface=eth0', cores: [1]}\n"
                "  - {name: b, device: 'net_af_xdp7,iface=eth0', cores: [2]}\n",
                "\"iface eth0\" is already"},
        Mistake{"ports:\n  - {name: a, device: 'net_memif0,role=client,socket=/s', cores: [1]}\n"
                "  - {name: b, device: 'net_memif1,socket=/s,id=0,role=client', cores: [2]}\n",
                "\"memif /s 0 client\" is already"},
        // YAML's traps
        Mistake{"site: a\nsite: b\n", "2:1: \"site\" stands here twice: first in line 1"},
        Mistake{"log: {level: info, level: error}\n", "1:20: \"level\" stands here twice"},
        Mistake{"site: &a x\n", "1:7: anchors (&name) are not used here"},
        Mistake{"site: *a\n", "not YAML: the referenced anchor is not defined"},
        Mistake{"site: !!str x\n", "tags (!name) are not used here"},
        Mistake{"log:\n  <<: {level: info}\n", "unknown key \"<<\""},
        Mistake{"site: a\n---\nsite: b\n", "a second document"},
        Mistake{"? [a, b]\n: c\n", "a key must be a word"},
        Mistake{": c\n", "a key is missing before the colon"},
        Mistake{"log: {level: info\n", "not YAML"}, Mistake{"\tsite: a\n", "not YAML"},
        Mistake{"site: \"a\n", "not YAML"}, Mistake{"site: 'a\nlog: {}\n# c\n", "not YAML"},
        Mistake{"site: a\x01\n", "1:8: byte 0x01 is a control character"},
        Mistake{"# Z\xfcrich\nsite: a\n", "1:4: byte 0xfc is not UTF-8"},
        Mistake{"site: \"\\x9b\"\n", "holds a control character"},
        Mistake{"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n", "nested deeper than 16"}));

TEST(ConfigParse, a_bad_list_entry_is_reported_once_each) {
    EXPECT_EQ(problems("ports: [{name: a, device: net_null0, cores: [1], exclude: {macs: "
                       "['02:00:00:00:00:0g', '02-00-00-00-00-01', '']}}]\n")
                  .size(),
              3U);
}

TEST(ConfigParse, a_collector_of_flow_records_is_an_address) {
    EXPECT_FALSE(loaded("export: {ipfix: null}\n").exports.ipfix.collector);
    for (const char* address :
         {"udp://192.0.2.1", "tcp://[2001:db8::1]:4739", "tls://c.example/"}) {
        EXPECT_EQ(loaded(fmt::format("export: {{ipfix: {{collector: '{}'}}}}\n", address))
                      .exports.ipfix.collector,
                  address);
    }
    for (const char* address : {"192.0.2.1:4739", "http://h:1", "udp://h:0", "udp://u:p@h",
                                "udp://", "tcp://h:99999", "tls://h/path"}) {
        EXPECT_THAT(problems(fmt::format("export: {{ipfix: {{collector: '{}'}}}}\n", address)),
                    ElementsAre(HasSubstr("is no address of a collector: write udp://host:4739")));
    }
}

TEST(ConfigParse, payload_is_read_only_where_a_file_is_named) {
    EXPECT_FALSE(loaded("").inspect.on());
    EXPECT_FALSE(loaded("inspect: {names: all}\n").inspect.on());
    EXPECT_TRUE(loaded("inspect: {signatures: /s}\n").inspect.on());
    EXPECT_TRUE(loaded("inspect: {sites: /s}\n").inspect.on());
}

TEST(ConfigParse, members_are_those_of_a_file_learned_or_not_told_apart) {
    EXPECT_EQ(loaded("").origins.members, std::nullopt);
    EXPECT_EQ(loaded("origins: {members: learned}\n").origins.members, kLearnedMembers);
    EXPECT_EQ(loaded("origins: {members: /m.json}\n").origins.members, "/m.json");
    const auto config = load_config(LULL_SOURCE_DIR "/configs/lull.yaml");
    ASSERT_TRUE(config);
    EXPECT_TRUE(config->members.empty());
}

TEST(ConfigParse, the_store_has_a_path_or_none_and_keeps_a_day_at_least) {
    EXPECT_EQ(loaded("store: {path: /else/lull.db, keep: 30d}\n").store.path, "/else/lull.db");
    EXPECT_EQ(loaded("store: {keep: 30d}\n").store.keep_s, 30 * 86400.0);
    EXPECT_EQ(loaded("store: {keep: 30d}\n").store.path, "/var/lib/lull/lull.db");
    EXPECT_EQ(loaded("store: {path: null}\n").store.path, std::nullopt);
    EXPECT_THAT(problems("store: {keep: 1h}\n"), ElementsAre(HasSubstr("store.keep:")));
}

TEST(ConfigParse, ticks_are_kept_a_day_a_fortnight_at_most_or_not_at_all) {
    EXPECT_EQ(loaded("").store.keep_ticks_s, 86400.0);
    EXPECT_EQ(loaded("store: {keep_ticks: 0s}\n").store.keep_ticks_s, 0);
    EXPECT_THAT(problems("store: {keep_ticks: 15d}\n"),
                ElementsAre(HasSubstr("store.keep_ticks:")));
}

TEST(ConfigParse, learning_from_prometheus_needs_its_address_and_no_password_in_it) {
    const LearnFromSection section =
        loaded("learn_from: {url: 'http://127.0.0.1:9090', user: 'kim:x', span: 7d}\n").learn_from;
    EXPECT_EQ(section.url, "http://127.0.0.1:9090");
    EXPECT_EQ(section.user, "kim:x");
    EXPECT_EQ(section.span_s, 7 * 86400.0);
    EXPECT_EQ(loaded("").learn_from.url, std::nullopt);
    for (const auto& [text, problem] :
         {std::pair("{url: '127.0.0.1:9090'}", "learn_from.url: "),
          {"{url: 'http://kim:x@127.0.0.1:9090'}", "does not belong into an address"},
          {"{url: 'http://h', user: kim}", "name:password"},
          {"{instance: ix}", "learn_from.instance: without learn_from.url"},
          {"{cert: /c}", "learn_from.cert: without learn_from.url"},
          {"{url: 'https://h', key: /k}", "learn_from.key: without learn_from.cert"},
          {"{url: 'http://h', span: 1m}", "learn_from.span: "}}) {
        EXPECT_THAT(problems(fmt::format("learn_from: {}\n", text)),
                    ElementsAre(HasSubstr(problem)))
            << text;
    }
}

TEST(ConfigParse, a_webhook_needs_an_address_of_its_own) {
    const NotifySection section =
        loaded("notify: {webhooks: [{url: 'http://h/a', events: [changed]}]}\n").notify;
    ASSERT_EQ(section.webhooks.size(), 1U);
    EXPECT_EQ(section.webhooks[0].events, std::vector{IncidentEvent::kChanged});
    EXPECT_EQ(section.webhooks[0].secret_file, std::nullopt);
    EXPECT_THAT(loaded("").notify.webhooks, IsEmpty());
    for (const auto& [text, problem] :
         {std::pair("{}", "webhooks[0].url: is missing"),
          {"{url: 'hooks.example'}", "webhooks[0].url: "},
          {"{url: 'https:///path'}", "webhooks[0].url: names no host"},
          {"{url: 'https://u@'}", "webhooks[0].url: names no host"},
          {"{url: 'http://h', events: []}", "webhooks[0].events: is empty"},
          {"{url: 'http://h', events: [over]}", "no such word here"},
          {"{url: 'http://h'}, {url: 'http://h'}", "webhooks[1].url: is the address in line 1"}}) {
        EXPECT_THAT(problems(fmt::format("notify: {{webhooks: [{}]}}\n", text)),
                    ElementsAre(HasSubstr(problem)))
            << text;
    }
}

TEST(ConfigParse, too_many_ports_are_refused) {
    std::string text = "ports:\n";
    for (int i = 0; i < 33; ++i) {
        text += fmt::format("  - {{name: p{0}, device: net_null{0}, cores: [{0}]}}\n", i);
    }
    EXPECT_THAT(problems(text), ElementsAre(HasSubstr("33 entries: at most 32")));
}

TEST(ConfigParse, a_file_of_mistakes_is_told_in_bounded_words) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += fmt::format("k{}: {}\n", i, std::string(20, 'x'));
    const auto found = problems(text);
    EXPECT_EQ(found.size(), kMaxProblems + 1);
    EXPECT_THAT(found.back(), HasSubstr("and 4900 more problems"));
}

TEST(ConfigParse, size_and_number_of_values_are_bounded) {
    EXPECT_THAT(problems(std::string(kMaxYamlBytes + 1, '#')),
                ElementsAre(HasSubstr("larger than")));
    std::string many = "site: [";
    for (std::size_t i = 0; i < kMaxYamlNodes + 1; ++i) many += "a,";
    EXPECT_THAT(problems(many + "]"), ElementsAre(HasSubstr("more than 20000 values")));
}

TEST(ConfigParse, a_billion_laughs_are_refused_at_the_first) {
    EXPECT_THAT(problems("a: &a [lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"),
                ElementsAre(HasSubstr("1:4: anchors")));
}

TEST(ConfigParse, what_a_file_says_cannot_drive_the_terminal_that_shows_it) {
    for (const std::string& problem :
         problems("\"k\\x1b[2J\\n\": 1\nlog: {level: \"\\x1b]0;x\\x07\"}\ndetect: {tick: "
                  "\"\\x9b\"}\n")) {
        for (const char c : problem) EXPECT_GE(static_cast<uint8_t>(c), 0x20) << problem;
    }
}

TEST(ConfigParse, every_cut_of_the_example_is_a_config_or_a_list_of_problems) {
    const std::string whole = kContractExample;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto config = parse_config(whole.substr(0, size), "lull.yaml", known_here);
        if (!config) {
            EXPECT_FALSE(config.error().problems.empty()) << size;
        }
    }
}

TEST(ConfigParse, the_calendar_that_it_names_is_read_with_it) {
    Config config = loaded("detect: {calendar: " LULL_SOURCE_DIR "/configs/calendar.yaml}\n");
    const auto calendar = load_calendar(config);
    ASSERT_TRUE(calendar) << calendar.error().as_error().message;
    EXPECT_EQ(calendar->days.size(), 2U);
    config.detect.calendar = "/nowhere/calendar.yaml";
    const auto missing = load_calendar(config);
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().problems,
                ElementsAre(AllOf(HasSubstr("lull.yaml:1:20: detect.calendar: "),
                                  HasSubstr("/nowhere/calendar.yaml"))));
}

TEST(ConfigParse, the_installed_example_loads_and_means_the_defaults) {
    const auto text = read_file(LULL_SOURCE_DIR "/configs/lull.yaml", kMaxYamlBytes);
    ASSERT_TRUE(text);
    const Config config = loaded(*text);
    const Config defaults;
    ASSERT_EQ(config.ports.size(), 2U);
    EXPECT_EQ(config.ports[0].group, config.ports[1].group);
    EXPECT_EQ(config.origins.table, defaults.origins.table);
    EXPECT_EQ(config.detect.tick_s, defaults.detect.tick_s);
    EXPECT_EQ(config.detect.false_alarms_per_year, defaults.detect.false_alarms_per_year);
    EXPECT_EQ(config.http.listen, defaults.http.listen);
    EXPECT_EQ(config.exports.max_series, defaults.exports.max_series);
}

TEST(ConfigParse, the_drills_monitor_loads_once_its_blanks_are_filled) {
    auto text = read_file(LULL_SOURCE_DIR "/configs/drill-monitor.yaml", kMaxYamlBytes);
    ASSERT_TRUE(text);
    const std::array<std::pair<std::string, std::string>, 7> blanks{
        {{"@TABLE@", "/tmp/origins.lut"},
         {"@SOCKET@", "/tmp/lull.sock"},
         {"@EPOCH@", "2014-12-21T12:00:00Z"},
         {"@AT@", "2026-01-01T00:00:00Z"},
         {"@SCALE@", "720"},
         {"@LISTEN@", "127.0.0.1:9464"},
         {"@CORE@", "1"}}};
    for (const auto& [blank, value] : blanks) {
        const std::size_t at = text->find(blank);
        ASSERT_NE(at, std::string::npos) << blank;
        text->replace(at, blank.size(), value);
    }
    EXPECT_EQ(text->find('@'), text->find("@ signs")) << "a blank is left";
    const Config config = loaded(*text);
    ASSERT_EQ(config.ports.size(), 1U);
    EXPECT_THAT(config.ports[0].device, HasSubstr("role=client"));
    EXPECT_THAT(config.ports[0].device, HasSubstr("socket=/tmp/lull.sock,"));
    EXPECT_EQ(config.detect.tick_s, 60);
    EXPECT_EQ(config.detect.false_alarms_per_year, 0.1);
    EXPECT_EQ(config.clock.scale, 720);
    EXPECT_TRUE(config.clock.epoch_ns && config.clock.at_ns);
}

TEST(Suggestion, names_the_near_word_or_lists_them_all) {
    constexpr std::array<std::string_view, 3> kWords{"tick", "home", "false_alarms_per_year"};
    EXPECT_EQ(suggestion("tck", kWords), "did you mean tick?");
    EXPECT_EQ(suggestion("false_alarm_per_year", kWords), "did you mean false_alarms_per_year?");
    EXPECT_EQ(suggestion("zzzz", kWords), "known here: tick, home, false_alarms_per_year");
    EXPECT_EQ(suggestion(std::string(100'000, 't'), kWords),
              "known here: tick, home, false_alarms_per_year");
}

TEST(Config, routes_names_routers_and_files) {
    const Config config = loaded(R"(
routes:
  bmp_listen: ["127.0.0.1:11019"]
  bmp_allow: [192.0.2.0/24, "2001:db8::1", 198.51.100.7]
  mrt: [/var/lib/mrt]
)");
    EXPECT_THAT(config.routes.bmp_listen, ElementsAre("127.0.0.1:11019"));
    EXPECT_THAT(config.routes.bmp_allow,
                ElementsAre("192.0.2.0/24", "2001:db8::1/128", "198.51.100.7/32"));
    EXPECT_THAT(config.routes.mrt, ElementsAre("/var/lib/mrt"));
    EXPECT_THAT(problems("routes: {bmp_allow: [192.0.2.1/24]}"),
                ElementsAre(AllOf(HasSubstr("routes.bmp_allow[0]"), HasSubstr("192.0.2.0/24"))));
}

}  // namespace
}  // namespace lull
