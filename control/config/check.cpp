// See check.h: the judgements, over a Machine that answers. Each check_*() is one noun of the
// config.
#include "control/config/check.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "control/config/cross_check.h"
#include "control/config/listen.h"
#include "control/config/placement.h"
#include "control/config/problems.h"
#include "control/http/server_facts.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr int64_t kStaleTableS = int64_t{30} * 86'400;  // routes move: a month misplaces some 1 %
constexpr uint64_t kHugepageMb = 2;
/// Of the packages' full table, when the configured one cannot be read.
constexpr uint64_t kUsualPrefixes4 = 1'069'950;
constexpr uint64_t kUsualPrefixes6 = 220'103;

/// Drivers that read a kernel interface through a raw socket.
bool needs_net_raw(const std::string& device) {
    return device.starts_with("net_af_packet") || device.starts_with("eth_af_packet") ||
           device.starts_with("net_af_xdp") ||
           (device.starts_with("net_pcap") && !device_argument(device, "iface").empty());
}

class Check {
  public:
    Check(const Config& config, const Machine& machine, CheckFor purpose)
        : config_(config), machine_(machine), purpose_(purpose) {}

    CheckReport run() {
        ports();
        cores();
        for (Finding& finding : placement_findings(config_, machine_)) {
            report_.findings.push_back(std::move(finding));
        }
        table();
        store();
        learn_from();
        ipfix();
        webhooks();
        web_config();
        if (purpose_ == CheckFor::kStart) {
            memory();
            listeners();
        }
        clock();
        return std::move(report_);
    }

  private:
    void add(Severity severity, const std::string& key, const std::string& message,
             std::string mend) {
        report_.findings.push_back(
            {severity, where(config_, key), fmt::format("{}: {}", key, message), std::move(mend)});
    }

    void ports() {
        if (config_.ports.empty()) {
            add(Severity::kError, "ports", "none: `lull run` would have nothing to listen to",
                "name at least one port with its device and cores");
        }
        drivers_ = machine_.vdev_drivers();
        for (std::size_t i = 0; i < config_.ports.size(); ++i) {
            const std::string key = fmt::format("ports[{}].device", i);
            const std::string& device = config_.ports[i].device;
            if (is_pci(device)) {
                pci(key, device.substr(0, device.find(',')));
            } else {
                vdev(key, device);
            }
        }
    }

    void pci(const std::string& key, const std::string& address) {
        constexpr std::array<std::string_view, 8> kUsable{
            "vfio-pci",  "uio_pci_generic", "igb_uio",  // DPDK drives the device
            "mlx4_core", "mlx5_core",       "mana",     // DPDK shares it with the kernel
            "hv_netvsc", "uio_hv_generic"};
        const auto driver = machine_.pci_driver(address);
        if (!driver) {
            add(Severity::kError, key, fmt::format("no PCI device {} in this machine", address),
                "dpdk-devbind.py --status lists those that are");
        } else if (std::find(kUsable.begin(), kUsable.end(), *driver) == kUsable.end()) {
            add(Severity::kError, key,
                driver->empty() ? fmt::format("{} is bound to no driver", address)
                                : fmt::format("{} is bound to the kernel's {}", address, *driver),
                fmt::format("dpdk-devbind.py --bind=vfio-pci {}", address));
        }
    }

    void vdev(const std::string& key, const std::string& device) {
        const std::string name = device.substr(0, device.find(','));
        const std::string modern = name.starts_with("eth_") ? "net_" + name.substr(4) : name;
        const bool known = std::any_of(drivers_.begin(), drivers_.end(), [&](const auto& driver) {
            return modern.starts_with(driver);
        });
        if (drivers_.empty()) {
            add(Severity::kWarning, key, "DPDK's drivers cannot be listed: the name is not checked",
                "apt-get install dpdk");
        } else if (!known) {
            std::string driver = modern;
            while (!driver.empty() && driver.back() >= '0' && driver.back() <= '9')
                driver.pop_back();
            const std::vector<std::string_view> names(drivers_.begin(), drivers_.end());
            add(Severity::kError, key, fmt::format("DPDK has no driver for {}", name),
                suggestion(driver, names));
        }
        vdev_arguments(key, device);
    }

    void vdev_arguments(const std::string& key, const std::string& device) {
        if (const std::string iface = device_argument(device, "iface");
            !iface.empty() && !machine_.has_interface(iface)) {
            add(Severity::kError, key, fmt::format("no interface {} in this machine", iface),
                "ip -brief link lists those that are");
        }
        if (needs_net_raw(device) && !machine_.has_net_raw()) {
            add(Severity::kError, key, "this driver needs CAP_NET_RAW, which this user lacks",
                "setcap cap_net_raw+ep \"$(command -v lull)\", or AmbientCapabilities=CAP_NET_RAW "
                "in the systemd unit");
        }
        if (const std::string file = device_argument(device, "rx_pcap");
            !file.empty() && !machine_.can_read(file)) {
            add(Severity::kError, key, fmt::format("{} cannot be read", file),
                fmt::format("ls -l {}", file));
        }
        if (device.starts_with("net_memif")) memif(key, device);
    }

    void memif(const std::string& key, const std::string& device) {
        const std::string socket = device_argument(device, "socket");
        const std::size_t slash = socket.rfind('/');
        // An abstract socket, the driver's default, is a name and lives in no folder.
        if (device_argument(device, "socket-abstract") == "no" && slash != std::string::npos) {
            const std::string folder = slash == 0 ? "/" : socket.substr(0, slash);
            if (!machine_.has_folder(folder)) {
                add(Severity::kError, key, fmt::format("the socket's folder {} is missing", folder),
                    fmt::format("mkdir -p {}", folder));
            }
        }
        if (device_argument(device, "role") == "server") {
            add(Severity::kWarning, key,
                "the server end of DPDK 22.11's memif may crash when its peer is killed",
                "role=client here, role=server at the other end");
        }
    }

    void cores() {
        const std::vector<uint32_t> allowed = machine_.allowed_cores();
        const std::string mend =
            fmt::format("name cores of {}; `lscpu -e` shows which share a socket with the device",
                        fmt::join(allowed, ", "));
        const auto missing = [&](uint32_t core) {
            return std::find(allowed.begin(), allowed.end(), core) == allowed.end();
        };
        if (missing(config_.dpdk.main_core)) {
            add(Severity::kError, "dpdk.main_core",
                fmt::format("core {} is not there for lull", config_.dpdk.main_core), mend);
        }
        for (std::size_t i = 0; i < config_.ports.size(); ++i) {
            const std::string key = fmt::format("ports[{}].cores", i);
            for (const uint32_t core : config_.ports[i].cores) {
                if (missing(core)) {
                    add(Severity::kError, key, fmt::format("core {} is not there for lull", core),
                        mend);
                }
                if (core == config_.dpdk.main_core) {
                    add(Severity::kWarning, key,
                        fmt::format(
                            "core {} also runs the control plane (dpdk.main_core): a scrape "
                            "can cost packets",
                            core),
                        "give dpdk.main_core a core of its own");
                }
            }
        }
    }

    void table() {
        const std::string& path = config_.origins.table;
        const auto table = machine_.read_table(path);
        if (!table) {
            add(Severity::kError, "origins.table", table.error().message,
                fmt::format("location dump /tmp/location.txt && lull table build --out {} "
                            "--location-dump /tmp/location.txt",
                            path));
            report_.memory = memory_need(config_, kUsualPrefixes4, kUsualPrefixes6);
            return;
        }
        report_.memory = memory_need(config_, table->prefixes4, table->prefixes6);
        const int64_t age_s = machine_.now_s() - table->built_at_s;
        if (age_s > kStaleTableS) {
            add(Severity::kWarning, "origins.table",
                fmt::format("{} was built {} days ago: routes have moved since", path,
                            age_s / 86'400),
                fmt::format(
                    "location update && location dump /tmp/location.txt && lull table build "
                    "--out {} --location-dump /tmp/location.txt",
                    path));
        }
    }

    using File = std::pair<const char*, const std::optional<std::string>*>;

    void files(const char* section, std::initializer_list<File> named, Severity severity) {
        for (const auto& [key, path] : named) {
            if (*path && !machine_.can_read(**path)) {
                add(severity, fmt::format("{}.{}", section, key),
                    fmt::format("{} cannot be read", **path), "name a PEM file that lull may read");
            }
        }
    }

    void learn_from() {
        const LearnFromSection& section = config_.learn_from;
        if (section.url && config_.clock.scale != 1) {
            add(Severity::kWarning, "learn_from.url",
                "with a scaled clock there is no history to learn from: it is not asked",
                "learn_from: {url: null}, or clock: {scale: 1}");
        }
        // Learning begins anew without them: that stops no monitor.
        files("learn_from",
              {{"cacert", &section.cacert}, {"cert", &section.cert}, {"key", &section.key}},
              Severity::kWarning);
    }

    void ipfix() {
        const IpfixSection& section = config_.exports.ipfix;
        if (!section.collector) {
            return;
        }
        files("export.ipfix",
              {{"cacert", &section.cacert}, {"cert", &section.cert}, {"key", &section.key}},
              Severity::kError);
        if (section.collector->starts_with("udp:")) {
            add(Severity::kNote, "export.ipfix.collector",
                "over UDP what a collector has no room for is lost unseen",
                "give it a large buffer (nfcapd -B 64000000), or write tcp://");
        }
    }

    void webhooks() {
        for (std::size_t i = 0; i < config_.notify.webhooks.size(); ++i) {
            const WebhookSection& webhook = config_.notify.webhooks[i];
            const std::string key = fmt::format("notify.webhooks[{}].secret_file", i);
            if (!webhook.secret_file) {
                continue;
            }
            const std::string& path = *webhook.secret_file;
            if (!machine_.can_read(path)) {
                add(Severity::kError, key, fmt::format("{} cannot be read", path),
                    fmt::format("openssl rand -hex 32 > {0} && chown root:lull {0} && chmod 640 "
                                "{0}",
                                path));
            } else if (machine_.others_can_read && machine_.others_can_read(path)) {
                add(Severity::kWarning, key,
                    fmt::format("everybody on this machine can read {}", path),
                    fmt::format("chmod o= {}", path));
            }
        }
    }

    void store() {
        const std::string path = config_.store.path.value_or("");
        const std::size_t slash = path.rfind('/');
        const std::string folder = slash == 0 ? "/" : path.substr(0, slash);
        if (slash != std::string::npos && !machine_.has_folder(folder)) {
            add(Severity::kWarning, "store.path",
                fmt::format("the folder {} is missing: what is learned is lost at a restart",
                            folder),
                fmt::format("mkdir -p {}", folder));
        }
    }

    void memory() {
        const MemoryNeed need = *report_.memory;
        const uint64_t configured_mb = config_.dpdk.memory_mb;
        const std::string key = "dpdk.memory_mb";
        add(Severity::kNote, key,
            fmt::format("{} MB needed: {} for two origin tables (a reload holds both), {} for flow "
                        "tables and counters, {} for packet pools",
                        need.total_mb(), need.tables_mb, need.flows_mb, need.pools_mb),
            "");
        if (configured_mb != 0 && configured_mb < need.pools_mb) {
            add(Severity::kError, key,
                fmt::format("{} MB do not hold the packet pools", configured_mb),
                fmt::format("memory_mb: auto, or at least {}", need.pools_mb));
        }
        hugepages(eal_memory_mb(config_));
        if (const uint64_t available_mb = machine_.memory_available_mb();
            available_mb < need.total_mb()) {
            add(Severity::kError, key,
                fmt::format("{} MB are needed and {} MB of memory are available", need.total_mb(),
                            available_mb),
                "free memory, lower flows.per_worker, or use fewer queues");
        }
    }

    void hugepages(uint64_t wanted_mb) {
        using Hugepages = EalConfig::Hugepages;
        if (config_.dpdk.hugepages == Hugepages::kOff) return;
        const bool insists = config_.dpdk.hugepages == Hugepages::kOn;
        const Severity severity = insists ? Severity::kError : Severity::kWarning;
        const std::string_view fallback =
            insists ? "" : ": lull falls back to normal pages, which are slower";
        const uint64_t free_mb = machine_.hugepages_free_mb();
        if (free_mb < wanted_mb) {
            add(severity, "dpdk.hugepages",
                fmt::format("{} MB of hugepages are free, {} MB are needed{}", free_mb, wanted_mb,
                            fallback),
                fmt::format("sysctl -w vm.nr_hugepages={}",
                            (wanted_mb + kHugepageMb - 1) / kHugepageMb));
        }
    }

    void web_config() {
        const std::string key = "http.web_config";
        if (!config_.http.web_config || !machine_.read_web_config) return;
        auto state = machine_.read_web_config(*config_.http.web_config);
        if (!state) {
            for (std::string_view rest = state.error().message; !rest.empty();) {
                const std::size_t end = std::min(rest.find('\n'), rest.size());
                add(Severity::kError, key, std::string(rest.substr(0, end)), "");
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
            return;
        }
        web_ = std::move(*state);
        if (web_->tls && web_->tls->expires_s < machine_.now_s()) {
            add(Severity::kWarning, key,
                fmt::format("{} has expired, on {}", web_->config.tls->cert_file,
                            format_time(web_->tls->expires_s * 1'000'000'000)),
                "put a new certificate there: a running lull takes it by itself");
        }
    }

    void listeners() {
        for (std::size_t i = 0; i < config_.http.listen.size(); ++i) {
            const std::string& listen = config_.http.listen[i];
            const std::string key = fmt::format("http.listen[{}]", i);
            const auto address = parse_listen(listen);
            if (const std::string open = warning_of_listener(listen, web_ ? &*web_ : nullptr);
                !open.empty()) {
                const bool anyone =
                    config_.http.enable_lifecycle && (!web_ || web_->config.users.empty());
                add(Severity::kWarning, key, open + (anyone ? ", and anyone may reload" : ""),
                    "http.web_config with TLS and users (configs/web-config.yaml), or 127.0.0.1");
            }
            if (!address || address->port == 0) continue;
            if (const auto error = machine_.listen_error(listen)) {
                add(Severity::kError, key, fmt::format("cannot listen on {}: {}", listen, *error),
                    fmt::format(
                        "ss -ltnp 'sport = :{}' names who does; if it is lull itself, check "
                        "a reload with --diff",
                        address->port));
            }
        }
    }

    void clock() {
        if (config_.clock.scale == 1 && !config_.clock.epoch_ns) return;
        add(Severity::kNote, "clock.scale",
            fmt::format("scenario time, {} seconds a second: for the lab only",
                        config_.clock.scale),
            "remove `clock` where real traffic is watched");
    }

    const Config& config_;
    const Machine& machine_;
    CheckFor purpose_;
    CheckReport report_;
    std::optional<WebState> web_;
    std::vector<std::string> drivers_;
};

}  // namespace

bool CheckReport::has_errors() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.severity == Severity::kError; });
}

CheckReport check_machine(const Config& config, const Machine& machine, CheckFor purpose) {
    return Check(config, machine, purpose).run();
}

}  // namespace lull
