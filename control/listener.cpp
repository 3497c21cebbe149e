#include "control/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "control/config/listen.h"

namespace lull {
namespace {

constexpr std::size_t kMaxListeners =
    16;                       // HTTP has a thread for each; more than a few is a mistake
constexpr int kBacklog = 64;  // waiting to be accepted; scrapers and routers are few

std::string text_of(const sockaddr_storage& address) {
    char host[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, &address, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof host);
        return fmt::format("[{}]:{}", host, ntohs(in6.sin6_port));
    }
    sockaddr_in in4{};
    std::memcpy(&in4, &address, sizeof in4);
    inet_ntop(AF_INET, &in4.sin_addr, host, sizeof host);
    return fmt::format("{}:{}", host, ntohs(in4.sin_port));
}

std::string mend_of(int error, const std::string& setting, uint16_t port) {
    switch (error) {
        case EADDRINUSE:
            return fmt::format(
                "`ss -ltnp 'sport = :{}'` names the process that holds it; stop it "
                "or set {} to a free port",
                port, setting);
        case EADDRNOTAVAIL:
            return fmt::format(
                "`ip -brief address` lists the addresses this machine has; set {} to one of them",
                setting);
        case EACCES:
            return fmt::format(
                "ports below 1024 need CAP_NET_BIND_SERVICE; set {} to a higher port", setting);
        case EAFNOSUPPORT:
            return fmt::format(
                "this machine has no such address family (is IPv6 switched off?); remove the "
                "entry from {}",
                setting);
        default:
            return fmt::format("set {} to another address", setting);
    }
}

enum class Ipv6Only : uint8_t { kNo, kYes };

Result<Listener> open_listener(const std::string& setting, const std::string& text,
                               const ListenAddress& address, Ipv6Only ipv6_only) {
    const auto fail = [&](const char* step, int error) {
        return failed("{}: {}: {}: {}: {}", setting, text, step, std::strerror(error),
                      mend_of(error, setting, address.port));
    };
    const int fd = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return fail("cannot open a socket", errno);
    }
    const int on = 1;
    const int v6only = ipv6_only == Ipv6Only::kYes ? 1 : 0;
    // A restart must not wait for connections of the last run to time out.
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.family() == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    }
    if (bind(fd, address.socket_address(), address.socket_bytes) != 0 ||
        listen(fd, kBacklog) != 0) {
        const int error = errno;
        close(fd);
        return fail("cannot listen", error);
    }
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
    return Listener{fd, text_of(bound)};
}

}  // namespace

Result<std::vector<Listener>> open_listeners(const std::string& setting,
                                             const std::vector<std::string>& texts) {
    if (texts.empty() || texts.size() > kMaxListeners) {
        return refused("{}: {} addresses: give 1 to {}", setting, texts.size(), kMaxListeners);
    }
    std::vector<ListenAddress> addresses;
    bool has_ipv4 = false;
    for (const std::string& text : texts) {
        const auto address = parse_listen(text);
        if (!address) {
            return refused(
                "{}: {} is no listening address: write 127.0.0.1:9464, [::1]:9464, or 0.0.0.0 and "
                "[::] for every interface",
                setting, text);
        }
        has_ipv4 = has_ipv4 || address->family() == AF_INET;
        addresses.push_back(*address);
    }
    // [::] alone serves both families; beside a listener for IPv4 it would collide with it.
    const Ipv6Only ipv6_only = has_ipv4 ? Ipv6Only::kYes : Ipv6Only::kNo;
    std::vector<Listener> listeners;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto listener = open_listener(setting, texts[i], addresses[i], ipv6_only);
        if (!listener) {
            for (const Listener& opened : listeners) {
                close(opened.fd);
            }
            return tl::unexpected(listener.error());
        }
        listeners.push_back(std::move(*listener));
    }
    return listeners;
}

}  // namespace lull
