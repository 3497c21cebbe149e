#include "control/http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace lull {
namespace {

constexpr std::size_t kMaxListeners = 16;  // each has a thread; more than a few is a mistake
constexpr int kBacklog = 64;               // waiting to be accepted; scrapers are few

struct Candidate {
    sockaddr_storage address{};
    socklen_t length = 0;
};

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

/// A name may have addresses of both families; as Go does, the first IPv4 one is taken.
Result<Candidate> resolve(const std::string& text) {
    const auto parsed = parse_listen_address(text);
    if (!parsed) {
        return tl::unexpected(parsed.error());
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    const std::string host = parsed->host.empty() ? "::" : parsed->host;
    addrinfo* raw = nullptr;
    const int status = getaddrinfo(host.c_str(), parsed->port.c_str(), &hints, &raw);
    if (status != 0) {
        return failed(
            "http.listen: {}: {}: write an address of this machine, such as "
            "127.0.0.1:9464 or [::1]:9464",
            text, gai_strerror(status));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(raw, freeaddrinfo);
    const addrinfo* chosen = raw;
    for (const addrinfo* each = raw; each != nullptr; each = each->ai_next) {
        if (each->ai_family == AF_INET) {
            chosen = each;
            break;
        }
    }
    Candidate candidate;
    candidate.length = std::min<socklen_t>(chosen->ai_addrlen, sizeof candidate.address);
    std::memcpy(&candidate.address, chosen->ai_addr, candidate.length);
    return candidate;
}

std::string mend_of(int error, const std::string& text) {
    const std::string port = text.substr(text.rfind(':') + 1);
    switch (error) {
        case EADDRINUSE:
            return fmt::format(
                "`ss -ltnp 'sport = :{}'` names the process that holds it; stop it "
                "or set http.listen to a free port",
                port);
        case EADDRNOTAVAIL:
            return "`ip -brief address` lists the addresses this machine has; set http.listen to "
                   "one of them";
        case EACCES:
            return "ports below 1024 need CAP_NET_BIND_SERVICE; set http.listen to a higher port";
        case EAFNOSUPPORT:
            return "this machine has no such address family (is IPv6 switched off?); remove the "
                   "entry from http.listen";
        default:
            return "set http.listen to another address";
    }
}

enum class Ipv6Only : uint8_t { kNo, kYes };

Result<Listener> open_listener(const std::string& text, const Candidate& candidate,
                               Ipv6Only ipv6_only) {
    const auto fail = [&](const char* step, int error) {
        return failed("http.listen: {}: {}: {}: {}", text, step, std::strerror(error),
                      mend_of(error, text));
    };
    const int family = candidate.address.ss_family;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return fail("cannot open a socket", errno);
    }
    const int on = 1;
    const int v6only = ipv6_only == Ipv6Only::kYes ? 1 : 0;
    // A restart must not wait for connections of the last run to time out.
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    }
    const auto* address = reinterpret_cast<const sockaddr*>(&candidate.address);
    if (bind(fd, address, candidate.length) != 0 || listen(fd, kBacklog) != 0) {
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

Result<ListenAddress> parse_listen_address(std::string_view text) {
    const auto complain = [&](std::string_view what) {
        return refused("http.listen: {}: {}: write host:port, such as 127.0.0.1:9464 or [::1]:9464",
                       text, what);
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return complain("no port");
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (port.empty() || error != std::errc{} || end != port.data() + port.size()) {
        return complain("the port is not a number from 0 to 65535");
    }
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (host.empty()) {
            return complain("nothing between the brackets");
        }
    } else if (host.find_first_of("[]:") != std::string_view::npos) {
        return complain("an IPv6 address stands in brackets");
    }
    return ListenAddress{std::string(host), std::string(port)};
}

Result<std::vector<Listener>> open_listeners(const std::vector<std::string>& texts) {
    if (texts.empty() || texts.size() > kMaxListeners) {
        return refused("http.listen: {} addresses: give 1 to {}", texts.size(), kMaxListeners);
    }
    std::vector<Candidate> candidates;
    bool has_ipv4 = false;
    for (const std::string& text : texts) {
        auto candidate = resolve(text);
        if (!candidate) {
            return tl::unexpected(candidate.error());
        }
        has_ipv4 = has_ipv4 || candidate->address.ss_family == AF_INET;
        candidates.push_back(*candidate);
    }
    // [::] alone serves both families; beside a listener for IPv4 it would collide with it.
    const Ipv6Only ipv6_only = has_ipv4 ? Ipv6Only::kYes : Ipv6Only::kNo;
    std::vector<Listener> listeners;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto listener = open_listener(texts[i], candidates[i], ipv6_only);
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
