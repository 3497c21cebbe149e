// See cross_check.h.
#include "control/config/cross_check.h"

#include <algorithm>
#include <array>

#include "control/config/dump.h"
#include "control/config/listen.h"
#include "dataplane/limits.h"

namespace lull {
namespace {

/// What EAL is told by keys of their own; twice, EAL refuses to start without saying which.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOwnedEalArgs{
    {{"-l", "ports[].cores"},
     {"-c", "ports[].cores"},
     {"--lcores", "ports[].cores"},
     {"--main-lcore", "dpdk.main_core"},
     {"-m", "dpdk.memory_mb"},
     {"--no-huge", "dpdk.hugepages"},
     {"--vdev", "ports[].device"},
     {"-a", "ports[].device"},
     {"--allow", "ports[].device"}}};

/// Whether something stands before the @ of an address's authority.
bool has_credentials(std::string_view url) {
    const std::size_t begin = url.find("://");
    const std::string_view rest = url.substr(begin == std::string_view::npos ? 0 : begin + 3);
    return rest.substr(0, rest.find_first_of("/?#")).find('@') != std::string_view::npos;
}

class CrossCheck {
  public:
    CrossCheck(const Config& config, Problems& problems) : config_(config), problems_(problems) {}

    void run() {
        names();
        devices();
        groups();
        cores_between_groups();
        eal_args();
        clock();
        learn_from();
        webhooks();
    }

  private:
    template <typename... Args>
    void fail(const std::string& key, fmt::format_string<Args...> text, Args&&... args) {
        const auto place = config_.places.find(key);
        problems_.add(place == config_.places.end() ? Place{} : place->second, key,
                      fmt::format(text, std::forward<Args>(args)...));
    }
    static std::string port_key(std::size_t index, std::string_view key) {
        return fmt::format("ports[{}].{}", index, key);
    }
    [[nodiscard]] const PortSection* first_of_group(std::size_t before) const {
        for (std::size_t i = 0; i < before; ++i) {
            if (config_.ports[i].group == config_.ports[before].group) return &config_.ports[i];
        }
        return nullptr;
    }

    void learn_from() {
        const LearnFromSection& section = config_.learn_from;
        if (section.url && has_credentials(*section.url)) {
            fail("learn_from.url", "a password does not belong into an address: write user");
        }
        if (section.user && section.user->find(':') == std::string::npos) {
            fail("learn_from.user", "write it as name:password");
        }
        for (const auto& [key, set] : {std::pair("instance", section.instance.has_value()),
                                       {"user", section.user.has_value()},
                                       {"cacert", section.cacert.has_value()},
                                       {"cert", section.cert.has_value()},
                                       {"key", section.key.has_value()}}) {
            if (set && !section.url) {
                fail(fmt::format("learn_from.{}", key), "without learn_from.url it does nothing");
            }
        }
        if (section.url && section.key && !section.cert) {
            fail("learn_from.key", "without learn_from.cert it does nothing");
        }
    }

    void webhooks() {
        const auto& webhooks = config_.notify.webhooks;
        for (std::size_t i = 0; i < webhooks.size(); ++i) {
            const std::string key = fmt::format("notify.webhooks[{}].url", i);
            const std::string& url = webhooks[i].url;
            if (url.empty()) continue;  // said already
            if (without_secrets(url).find(":///") != std::string::npos ||
                std::any_of(url.begin(), url.end(),
                            [](char c) { return c <= ' ' || c == '\x7f'; })) {
                fail(key, "names no host, or holds a blank: write it as https://host/path");
            }
            for (std::size_t j = 0; j < i; ++j) {
                if (webhooks[j].url == url) {
                    fail(key, "is the address in line {} too: it would be told twice",
                         webhooks[j].line);
                    break;
                }
            }
        }
    }

    void names() {
        for (std::size_t i = 0; i < config_.ports.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (config_.ports[i].name.empty() ||
                    config_.ports[i].name != config_.ports[j].name) {
                    continue;
                }
                fail(port_key(i, "name"), "{} is the name of the port in line {} too: rename one",
                     in_quotes(config_.ports[i].name), config_.ports[j].line);
                break;
            }
        }
    }

    void devices() {
        std::map<std::string, const PortSection*> taken;
        for (std::size_t i = 0; i < config_.ports.size(); ++i) {
            const PortSection& port = config_.ports[i];
            if (port.device.empty()) continue;
            for (const std::string& identity : device_identities(port.device)) {
                const auto [first, fresh] = taken.emplace(identity, &port);
                if (fresh || first->second == &port) continue;
                fail(port_key(i, "device"),
                     "{} is already the device of port {} in line {}: its packets would be "
                     "counted twice",
                     in_quotes(identity), first->second->name, first->second->line);
                break;
            }
        }
    }

    void groups() {
        static_assert(kMaxPortsPerWorker == kMaxPorts, "else a group's ports need a bound here");
        for (std::size_t i = 0; i < config_.ports.size(); ++i) {
            const PortSection& port = config_.ports[i];
            const PortSection* first = first_of_group(i);
            if (first == nullptr || port.cores.empty() || first->cores.empty()) continue;
            if (port.cores != first->cores) {
                fail(
                    port_key(i, "cores"),
                    "differ from those of port {} in line {}, of the same group {}: worker i polls "
                    "queue i of each port, so write the same list, in the same order",
                    first->name, first->line, in_quotes(port.group));
            }
        }
    }

    void cores_between_groups() {
        std::map<uint32_t, const PortSection*> owner;
        for (std::size_t i = 0; i < config_.ports.size(); ++i) {
            const PortSection& port = config_.ports[i];
            for (const uint32_t core : port.cores) {
                const auto [first, fresh] = owner.emplace(core, &port);
                if (fresh || first->second->group == port.group) continue;
                fail(port_key(i, "cores"),
                     "core {} already works for group {} (line {}): a core polls one group, give "
                     "this one its own",
                     core, in_quotes(first->second->group), first->second->line);
                break;
            }
        }
        if (owner.size() > kMaxWorkers) {
            fail("ports", "{} cores in all: at most {} workers run", owner.size(), kMaxWorkers);
        }
    }

    void eal_args() {
        for (std::size_t i = 0; i < config_.dpdk.extra_eal_args.size(); ++i) {
            const std::string& arg = config_.dpdk.extra_eal_args[i];
            const std::string_view name = std::string_view(arg).substr(0, arg.find('='));
            for (const auto& [owned, key] : kOwnedEalArgs) {
                if (name != owned) continue;
                fail(fmt::format("dpdk.extra_eal_args[{}]", i), "{} is set by {}: use that key",
                     owned, key);
            }
        }
    }

    void clock() {
        if (config_.clock.epoch_ns.has_value() == config_.clock.at_ns.has_value()) return;
        const bool has_epoch = config_.clock.epoch_ns.has_value();
        fail(has_epoch ? "clock.epoch" : "clock.at",
             "clock.{} is missing: scenario time `epoch` is wall time `at`, write both or none",
             has_epoch ? "at" : "epoch");
    }

    const Config& config_;
    Problems& problems_;
};

}  // namespace

bool is_pci(const std::string& device) {
    return device.find(':') == 4 && device.find(',') > 4;
}

std::string device_argument(const std::string& device, std::string_view name) {
    std::string_view rest = device;
    while (true) {
        const std::size_t comma = rest.find(',');
        if (comma == std::string_view::npos) return "";
        rest.remove_prefix(comma + 1);
        const std::string_view pair = rest.substr(0, rest.find(','));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
            return std::string(pair.substr(equals + 1));
        }
    }
}

std::vector<std::string> device_identities(const std::string& device) {
    std::vector<std::string> identities{device.substr(0, device.find(','))};
    if (const std::string iface = device_argument(device, "iface"); !iface.empty()) {
        identities.push_back("iface " + iface);
    }
    if (identities[0].starts_with("net_memif")) {
        const std::string id = device_argument(device, "id");
        identities.push_back(fmt::format("memif {} {} {}", device_argument(device, "socket"),
                                         id.empty() ? "0" : id, device_argument(device, "role")));
    }
    return identities;
}

void cross_check(const Config& config, Problems& problems) {
    CrossCheck(config, problems).run();
}

}  // namespace lull
