// `lull check` against machines made up for the purpose: what it finds, where, and the mend it
// names.
#include "control/config/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/export/json.h"
#include "control/http/server.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int64_t kNowS = 1'800'000'000;

/// A machine on which the config below runs without a word but the memory note.
Machine good_machine() {
    Machine machine;
    machine.hugepages_free_mb = [] { return uint64_t{8192}; };
    machine.memory_available_mb = [] { return uint64_t{16384}; };
    machine.pci_driver = [](const std::string&) { return std::optional<std::string>("vfio-pci"); };
    machine.vdev_drivers = [] {
        return std::vector<std::string>{"net_memif", "net_af_packet", "net_pcap", "net_null"};
    };
    machine.has_interface = [](const std::string& name) { return name == "eth0"; };
    machine.has_folder = [](const std::string& path) {
        return path == "/tmp" || path == "/var/lib/lull";
    };
    machine.can_read = [](const std::string& path) { return path == "/tmp/in.pcap"; };
    machine.allowed_cores = [] { return std::vector<uint32_t>{0, 1, 2}; };
    machine.node_of_core = [](uint32_t) { return std::optional<uint32_t>(0); };
    machine.node_of_device = [](const std::string&) { return std::optional<uint32_t>(0); };
    machine.has_net_raw = [] { return true; };
    machine.read_table = [](const std::string&) -> Result<TableFacts> {
        return TableFacts{1'069'950, 220'103, kNowS - 86'400};
    };
    machine.listen_error = [](const std::string&) { return std::optional<std::string>(); };
    machine.now_s = [] { return kNowS; };
    return machine;
}

Config good_config(const std::string& more = "", const std::string& device = "\"0000:3b:00.0\"") {
    const auto any_country = [](std::string_view code) { return code.size() == 2; };
    auto config = parse_config("ports:\n  - {name: a, cores: [1], device: " + device + "}\n" + more,
                               "lull.yaml", any_country);
    if (!config) {
        ADD_FAILURE() << config.error().as_error().message;
        return {};
    }
    return *std::move(config);
}

/// The findings but for the note that tells the sum of memory.
std::vector<Finding> findings(const Config& config, const Machine& machine,
                              CheckFor purpose = CheckFor::kStart) {
    std::vector<Finding> found = check_machine(config, machine, purpose).findings;
    std::erase_if(found, [](const Finding& f) { return f.severity == Severity::kNote; });
    return found;
}

Finding only(const std::vector<Finding>& found) {
    EXPECT_EQ(found.size(), 1U);
    for (const Finding& f : found) EXPECT_FALSE(f.mend.empty()) << f.message;
    return found.empty() ? Finding{} : found[0];
}

TEST(Check, a_webhooks_secret_is_read_by_lull_and_by_nobody_else) {
    Machine machine = good_machine();
    machine.can_read = [](const std::string& path) { return path == "/k"; };
    machine.others_can_read = [](const std::string&) { return false; };
    const auto config = [](const char* secret) {
        return good_config(
            fmt::format("notify: {{webhooks: [{{url: 'https://h', secret_file: {}}}]}}\n", secret));
    };
    EXPECT_THAT(findings(config("/k"), machine), IsEmpty());
    const Finding missing = only(findings(config("/other"), machine));
    EXPECT_EQ(missing.severity, Severity::kError);
    EXPECT_THAT(missing.message, HasSubstr("notify.webhooks[0].secret_file: /other cannot be"));
    machine.others_can_read = [](const std::string&) { return true; };
    const Finding open = only(findings(config("/k"), machine));
    EXPECT_EQ(open.severity, Severity::kWarning);
    EXPECT_EQ(open.mend, "chmod o= /k");
}

TEST(Check, a_sound_config_on_a_sound_machine_has_no_findings) {
    const CheckReport report = check_machine(good_config(), good_machine());
    EXPECT_FALSE(report.has_errors());
    ASSERT_EQ(report.findings.size(), 1U) << report_text(report);
    EXPECT_THAT(report.findings[0].message, HasSubstr("MB needed"));
    ASSERT_TRUE(report.memory);
    EXPECT_THAT(report_text(report), HasSubstr("fine: 0 errors, 0 warnings"));
}

TEST(Check, an_unknown_pci_device_is_named_with_its_line) {
    Machine machine = good_machine();
    machine.pci_driver = [](const std::string&) { return std::optional<std::string>(); };
    const Finding finding = only(findings(good_config(), machine));
    EXPECT_EQ(finding.severity, Severity::kError);
    EXPECT_EQ(finding.where, "lull.yaml:2:35");
    EXPECT_THAT(finding.message, HasSubstr("ports[0].device: no PCI device 0000:3b:00.0"));
    EXPECT_THAT(finding.mend, HasSubstr("dpdk-devbind.py --status"));
}

TEST(Check, a_device_of_the_kernel_is_to_be_bound) {
    Machine machine = good_machine();
    machine.pci_driver = [](const std::string&) { return std::optional<std::string>("ixgbe"); };
    const Finding finding = only(findings(good_config(), machine));
    EXPECT_THAT(finding.message, HasSubstr("bound to the kernel's ixgbe"));
    EXPECT_EQ(finding.mend, "dpdk-devbind.py --bind=vfio-pci 0000:3b:00.0");
    machine.pci_driver = [](const std::string&) { return std::optional<std::string>(""); };
    EXPECT_THAT(only(findings(good_config(), machine)).message, HasSubstr("no driver"));
    machine.pci_driver = [](const std::string&) { return std::optional<std::string>("mlx5_core"); };
    EXPECT_THAT(findings(good_config(), machine), IsEmpty()) << "shared with the kernel by design";
}

TEST(Check, a_vdev_without_a_driver_gets_a_suggestion) {
    const Finding finding = only(findings(good_config("", "net_mmeif0"), good_machine()));
    EXPECT_THAT(finding.message, HasSubstr("DPDK has no driver for net_mmeif0"));
    EXPECT_EQ(finding.mend, "did you mean net_memif?");
    Machine machine = good_machine();
    machine.vdev_drivers = [] { return std::vector<std::string>(); };
    EXPECT_EQ(only(findings(good_config("", "net_memif0"), machine)).severity, Severity::kWarning);
}

TEST(Check, af_packet_needs_its_interface_and_the_capability) {
    EXPECT_THAT(findings(good_config("", "\"net_af_packet0,iface=eth0\""), good_machine()),
                IsEmpty());
    Machine machine = good_machine();
    machine.has_net_raw = [] { return false; };
    const auto found = findings(good_config("", "\"eth_af_packet0,iface=eth9\""), machine);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_THAT(found[0].message, HasSubstr("no interface eth9"));
    EXPECT_THAT(found[1].message, HasSubstr("CAP_NET_RAW"));
    EXPECT_THAT(found[1].mend, HasSubstr("setcap cap_net_raw+ep"));
    EXPECT_THAT(findings(good_config("", "\"net_pcap0,rx_pcap=/tmp/in.pcap\""), machine), IsEmpty())
        << "a capture file needs no capability";
    EXPECT_THAT(only(findings(good_config("", "\"net_pcap0,rx_pcap=/none\""), machine)).message,
                HasSubstr("/none cannot be read"));
}

TEST(Check, a_memif_socket_lives_in_a_folder_that_exists) {
    const std::string client = "net_memif0,role=client,socket=";
    const auto device = [](const std::string& text) { return "\"" + text + "\""; };
    const Finding finding = only(
        findings(good_config("", device(client + "/none/s,socket-abstract=no")), good_machine()));
    EXPECT_THAT(finding.message, HasSubstr("folder /none is missing"));
    EXPECT_EQ(finding.mend, "mkdir -p /none");
    EXPECT_THAT(
        findings(good_config("", device(client + "/tmp/s,socket-abstract=no")), good_machine()),
        IsEmpty());
    EXPECT_THAT(findings(good_config("", device(client + "/none/s")), good_machine()), IsEmpty())
        << "an abstract socket is a name";
    const Finding server =
        only(findings(good_config("", device("net_memif0,role=server,socket=/x")), good_machine()));
    EXPECT_EQ(server.severity, Severity::kWarning);
}

TEST(Check, a_core_that_is_not_there_is_an_error_and_a_shared_one_a_warning) {
    Machine machine = good_machine();
    machine.allowed_cores = [] { return std::vector<uint32_t>{0, 7}; };
    const Finding missing = only(findings(good_config(), machine));
    EXPECT_THAT(missing.message, HasSubstr("ports[0].cores: core 1 is not there"));
    EXPECT_THAT(missing.mend, HasSubstr("name cores of 0, 7"));
    const Finding shared = only(findings(good_config("dpdk: {main_core: 1}\n"), good_machine()));
    EXPECT_EQ(shared.severity, Severity::kWarning);
    EXPECT_THAT(shared.message, HasSubstr("core 1 also runs the control plane"));
    EXPECT_THAT(only(findings(good_config("dpdk: {main_core: 9}\n"), good_machine())).message,
                HasSubstr("dpdk.main_core: core 9"));
}

TEST(Check, a_table_missing_is_an_error_and_a_stale_one_a_warning) {
    Machine machine = good_machine();
    machine.read_table = [](const std::string& path) -> Result<TableFacts> {
        return refused("{}: no such file", path);
    };
    const CheckReport report = check_machine(good_config("origins: {table: /t.lut}\n"), machine);
    EXPECT_TRUE(report.has_errors());
    EXPECT_THAT(report_text(report), HasSubstr("lull.yaml:3:18: origins.table: /t.lut: no such"));
    EXPECT_THAT(report_text(report), HasSubstr("lull table build --out /t.lut --location-dump"));
    EXPECT_TRUE(report.memory) << "the sum is told for a table of the usual size";

    for (const auto& [age_days, stale] : {std::pair{30, false}, std::pair{31, true}}) {
        machine.read_table = [age = age_days](const std::string&) -> Result<TableFacts> {
            return TableFacts{1000, 1000, kNowS - int64_t{age} * 86'400};
        };
        const auto found = findings(good_config(), machine);
        EXPECT_EQ(found.size(), stale ? 1U : 0U) << age_days;
        if (stale) {
            EXPECT_EQ(found[0].severity, Severity::kWarning);
            EXPECT_THAT(found[0].message, HasSubstr("was built 31 days ago"));
        }
    }
}

TEST(Check, too_few_hugepages_warn_or_refuse_as_the_config_insists) {
    Machine machine = good_machine();
    machine.hugepages_free_mb = [] { return uint64_t{0}; };
    const Finding fallback = only(findings(good_config("dpdk: {memory_mb: 3001}\n"), machine));
    EXPECT_EQ(fallback.severity, Severity::kWarning);
    EXPECT_THAT(fallback.message, HasSubstr("0 MB of hugepages are free, 3001 MB are needed"));
    EXPECT_EQ(fallback.mend, "sysctl -w vm.nr_hugepages=1501");
    EXPECT_EQ(only(findings(good_config("dpdk: {hugepages: on}\n"), machine)).severity,
              Severity::kError);
    EXPECT_THAT(findings(good_config("dpdk: {hugepages: off}\n"), machine), IsEmpty());
    machine.memory_available_mb = [] { return uint64_t{100}; };
    EXPECT_THAT(only(findings(good_config("dpdk: {hugepages: off}\n"), machine)).message,
                HasSubstr("100 MB of memory are available"));
}

TEST(Check, memory_is_the_sum_of_two_tables_and_the_pools) {
    const Config two_queues = good_config("");
    const MemoryNeed need = memory_need(two_queues, 1'069'950, 220'103);
    // 105 MB a set is what was measured for the full table.
    EXPECT_NEAR(static_cast<double>(need.tables_mb) / 2, 110, 10);
    Config more = two_queues;
    more.ports.push_back(more.ports[0]);
    more.ports[1].cores = {1, 2, 3};
    EXPECT_NEAR(static_cast<double>(memory_need(more, 0, 0).pools_mb),
                4.0 * static_cast<double>(need.pools_mb), 4.0);
    more.dpdk.memory_mb = 64;
    for (int i = 0; i < 4; ++i) {
        more.ports.push_back(more.ports[1]);
    }
    EXPECT_GT(memory_need(more, 0, 0).pools_mb, 64U);
    const CheckReport report = check_machine(more, good_machine());
    const auto about_memory = [](const Finding& finding) {
        return finding.message.find("MB do not hold the packet pools") != std::string::npos;
    };
    const auto found = std::find_if(report.findings.begin(), report.findings.end(), about_memory);
    ASSERT_NE(found, report.findings.end());
    const Finding finding = *found;
    EXPECT_EQ(finding.severity, Severity::kError);
    EXPECT_THAT(finding.mend, HasSubstr("memory_mb: auto"));
}

TEST(Check, a_taken_port_is_an_error_at_a_start_and_expected_at_a_reload) {
    Machine machine = good_machine();
    machine.listen_error = [](const std::string&) {
        return std::optional<std::string>("Address already in use");
    };
    const Finding finding = only(findings(good_config(), machine));
    EXPECT_EQ(finding.severity, Severity::kError);
    EXPECT_THAT(finding.message, HasSubstr("cannot listen on 127.0.0.1:9464: Address already"));
    EXPECT_THAT(finding.mend, HasSubstr("ss -ltnp 'sport = :9464'"));
    EXPECT_THAT(findings(good_config(), machine, CheckFor::kReload), IsEmpty());
    EXPECT_THAT(findings(good_config("http: {listen: ['127.0.0.1:0']}\n"), machine), IsEmpty());
}

TEST(Check, cores_on_another_socket_than_the_port_are_warned_of) {
    Machine machine = good_machine();
    machine.node_of_device = [](const std::string& device) {
        return device == "0000:3b:00.0" ? std::optional<uint32_t>(1) : std::nullopt;
    };
    const Finding finding = only(findings(good_config(), machine));
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_THAT(finding.message, HasSubstr("cores: 1 is on another socket than the device"));
    EXPECT_THAT(finding.mend, HasSubstr("/node/node1/cpulist"));
    machine.node_of_core = [](uint32_t) { return std::optional<uint32_t>(); };
    EXPECT_THAT(findings(good_config(), machine), IsEmpty());
    EXPECT_THAT(findings(good_config("", "net_null0"), good_machine()), IsEmpty());
}

TEST(Check, it_is_said_who_spreads_a_port_of_too_few_queues_and_that_workers_sleep) {
    const auto said = [](const Config& config) {
        std::string notes;
        for (const Finding& finding : check_machine(config, good_machine()).findings) {
            EXPECT_NE(finding.severity, Severity::kError);
            notes += finding.message + "\n";
        }
        return notes;
    };
    Config config = good_config("", "\"net_pcap0,rx_pcap=/tmp/in.pcap\"");
    EXPECT_THAT(said(config), Not(HasSubstr("hands over")));
    config.ports[0].cores = {1, 2};
    EXPECT_THAT(said(config), HasSubstr("has 1 receive queue for 2 cores: core 1 takes all"));
    config.ports[0].device = "net_af_packet0,iface=eth0,qpairs=2";
    EXPECT_THAT(said(config), Not(HasSubstr("hands over")));
    EXPECT_THAT(said(good_config("dpdk: {power: sleep}\n")), HasSubstr("sleep up to 0.1 ms"));
}

TEST(Check, an_open_door_is_warned_of) {
    const Finding finding = only(findings(
        good_config("http: {listen: ['0.0.0.0:9464'], enable_lifecycle: true}\n"), good_machine()));
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_THAT(finding.message, HasSubstr("without TLS and password, and anyone may reload"));
    EXPECT_THAT(
        findings(good_config("http: {listen: ['[::1]:1', '127.9.9.9:1']}\n"), good_machine()),
        IsEmpty());
}

TEST(Check, a_file_that_a_collectors_tls_needs_and_is_not_there_is_an_error) {
    const Finding finding = only(findings(
        good_config("export: {ipfix: {collector: 'tls://c.example', cacert: /nowhere/ca.pem}}\n"),
        good_machine()));
    EXPECT_EQ(finding.severity, Severity::kError);
    EXPECT_EQ(finding.where, "lull.yaml:3:56");
    EXPECT_THAT(finding.message, HasSubstr("/nowhere/ca.pem cannot be read"));
}

TEST(Check, a_file_that_learning_from_history_needs_and_is_not_there_stops_no_monitor) {
    const Finding finding = only(findings(
        good_config("learn_from: {url: 'https://h', cert: /nowhere/c.pem}\n"), good_machine()));
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_THAT(finding.message, HasSubstr("learn_from.cert: /nowhere/c.pem cannot be read"));
}

TEST(Check, learning_from_history_on_a_scaled_clock_is_warned_of) {
    const std::string from = "learn_from: {url: 'http://h'}\n";
    EXPECT_THAT(findings(good_config(from), good_machine()), IsEmpty());
    const Finding finding =
        only(findings(good_config(from + "clock: {scale: 720, epoch: 2014-12-21T12:00:00Z, at: "
                                         "2026-01-01T00:00:00Z}\n"),
                      good_machine()));
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_EQ(finding.where, "lull.yaml:3:19");
    EXPECT_THAT(finding.message, HasSubstr("learn_from.url: with a scaled clock"));
}

TEST(Check, no_port_at_all_is_an_error) {
    const Finding finding = only(findings(Config{}, good_machine()));
    EXPECT_EQ(finding.severity, Severity::kError);
    EXPECT_THAT(finding.message, HasSubstr("nothing to listen to"));
}

TEST(Check, config_problems_become_findings_with_their_place) {
    const CheckReport report =
        report_of({{"lull.yaml:1:9: detect: unknown key \"x\": known here: tick", "odd"}});
    ASSERT_EQ(report.findings.size(), 2U);
    EXPECT_EQ(report.findings[0].where, "lull.yaml:1:9");
    EXPECT_THAT(report.findings[0].message, HasSubstr("detect: unknown key"));
    EXPECT_EQ(report.findings[1].message, "odd");
    EXPECT_THAT(report_text(report), HasSubstr("would not run: 2 errors"));
}

TEST(Check, json_carries_every_finding_and_the_sum) {
    Machine machine = good_machine();
    machine.has_folder = [](const std::string&) { return false; };
    const nlohmann::json document = report_json(
        check_machine(good_config("", "\"net_memif0,socket=/a/s,socket-abstract=no\""), machine));
    EXPECT_EQ(document["ok"], false);
    ASSERT_EQ(document["findings"].size(), 3U);
    EXPECT_EQ(document["findings"][0]["severity"], "error");
    EXPECT_EQ(document["findings"][0]["mend"], "mkdir -p /a");
    EXPECT_EQ(document["findings"][1]["severity"], "warning");
    EXPECT_EQ(document["findings"][1]["mend"], "mkdir -p /var/lib/lull");
    EXPECT_EQ(document["memory"]["total_mb"].get<uint64_t>(),
              document["memory"]["tables_mb"].get<uint64_t>() +
                  document["memory"]["flows_mb"].get<uint64_t>() +
                  document["memory"]["pools_mb"].get<uint64_t>());
    EXPECT_TRUE(report_json(report_of({{"x"}}))["memory"].is_null());
}

TEST(Check, a_running_monitor_is_asked_what_it_thinks_of_its_taps) {
    View view = test::calm_view(1);
    view.ports[0].degraded = true;
    view.ports[0].reason = "tap0-a: 3.0 % of what TCP acknowledges never came";
    view.groups[0].degraded = true;
    view.groups[0].reason = "tap0: 1.0 % of the conversations are seen both ways";
    const Handler tell = [&view](const Request&) {
        Response response;
        response.body = dump_json(status_json(view));
        return response;
    };
    const auto server = Server::start({"127.0.0.1:0"}, {{"GET", "/api/v1/status", tell}});
    ASSERT_TRUE(server.has_value());
    Config config;
    config.site = view.site;
    config.http.listen = {(*server)->addresses().front()};
    const std::vector<Finding> findings = ask_running(config);
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_EQ(findings[0].severity, Severity::kWarning);
    EXPECT_EQ(findings[0].message, "the monitor that runs says: " + view.ports[0].reason);
    EXPECT_EQ(findings[1].message, "the monitor that runs says: " + view.groups[0].reason);
    config.site = "another";
    EXPECT_TRUE(ask_running(config).empty());
    (*server)->stop();
    EXPECT_TRUE(ask_running(config).empty());
}

}  // namespace
}  // namespace lull
