#include "control/bmp/station.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "control/clock.h"
#include "control/listener.h"
#include "control/log.h"

namespace lull {
namespace {

constexpr int kEventsPerTurn = 64;   // those that wait longer come first in the next turn
constexpr int kAcceptsPerTurn = 16;  // of one listener: routers return all at once, but are few
constexpr int64_t kSecond_ns = 1'000'000'000;

IpPrefix address_of_socket(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in in4{};
        std::memcpy(&in4, &address, sizeof in4);
        return address_of(Family::kIpv4,
                          {reinterpret_cast<const uint8_t*>(&in4.sin_addr), sizeof in4.sin_addr});
    }
    sockaddr_in6 in6{};
    std::memcpy(&in6, &address, sizeof in6);
    const Bytes octets(in6.sin6_addr.s6_addr, sizeof in6.sin6_addr.s6_addr);
    // On [::] an IPv4 router comes as ::ffff:192.0.2.1.
    if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) return address_of(Family::kIpv4, octets.last(4));
    return address_of(Family::kIpv6, octets);
}

/// A router that is cut off says nothing, and neither does a quiet one: TCP asks (RFC 7854 §3.2).
void keep_alive(int fd) {
    const auto set = [fd](int level, int option, int value) {
        setsockopt(fd, level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

bool is_out_of_resources(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// "edge1 (192.0.2.1)", or the address alone.
std::string name_of(const BmpRouter& router) {
    const std::string address = format_address(router.address);
    return router.name.empty() ? address : fmt::format("{} ({})", router.name, address);
}

void log_arrival(const BmpRouter& router) {
    static LogLimit limit;
    log_limited(limit, LogLevel::kInfo, "bmp: {} is here{}{}", name_of(router),
                router.description.empty() ? "" : ": ", router.description);
}

void log_problems(const BmpSession& session, uint64_t problems) {
    static LogLimit limit;
    log_limited(limit, LogLevel::kWarning, "bmp: {}: {} messages with a problem so far, lately {}",
                name_of(session.router()), problems, problem_text(session.last_problem()));
}

void log_end(const BmpSession& session) {
    static LogLimit limit;
    const BmpCounts& counts = session.counts();
    const auto level =
        session.end_reason() == RouterDownReason::kStopped ? LogLevel::kInfo : LogLevel::kWarning;
    log_limited(limit, level, "bmp: {}: the session has ended ({}{}); {} routes, {} problems",
                name_of(session.router()), router_down_name(session.end_reason()),
                session.inside_message() ? ", inside a message" : "",
                counts.announced + counts.withdrawn, counts.problems_total());
}

}  // namespace

struct BmpStation::Connection {
    Connection(int socket, const IpPrefix& address, BmpRouters& routers, BmpSink& sink)
        : fd(socket),
          connected_ns(Clock::wall_ns()),
          heard_ns(Clock::monotonic_ns()),
          session(address, routers, sink) {}
    ~Connection() { close(fd); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd;
    int64_t connected_ns;        // unix
    int64_t heard_ns;            // monotonic
    uint64_t problems_told = 0;  // of those that the session has counted
    BmpSession session;
};

BmpStation::BmpStation(StationOptions options, BmpSink& sink)
    : options_(std::move(options)),
      sink_(sink),
      routers_(options_.limits),
      buffer_(kBmpTurnBytes) {}

BmpStation::~BmpStation() {
    connections_.clear();
    for (const int listener : listeners_) close(listener);
    if (epoll_ >= 0) close(epoll_);
}

Result<std::unique_ptr<BmpStation>> BmpStation::open(StationOptions options, BmpSink& sink) {
    if (options.max_routers == 0 || options.max_routers > kMaxBmpRouters) {
        return refused("bmp: {} routers: give 1 to {}", options.max_routers, kMaxBmpRouters);
    }
    if (options.allow.empty()) {
        options.allow = {*parse_prefix("127.0.0.0/8"), *parse_prefix("::1/128")};
    }
    std::unique_ptr<BmpStation> station(new BmpStation(std::move(options), sink));
    auto listeners = open_listeners("bmp.listen", station->options_.listen);
    if (!listeners) return tl::unexpected(std::move(listeners.error()));
    for (const Listener& listener : *listeners) {
        station->listeners_.push_back(listener.fd);
        station->addresses_.push_back(listener.address);
    }
    station->epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (station->epoll_ < 0) return failed("bmp: cannot watch sockets: {}", std::strerror(errno));
    for (const int listener : station->listeners_) {
        if (!station->watch(listener)) {
            return failed("bmp: cannot watch a socket: {}", std::strerror(errno));
        }
    }
    return station;
}

bool BmpStation::watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void BmpStation::serve(std::chrono::milliseconds wait) {
    resume_accepting();
    std::array<epoll_event, kEventsPerTurn> events;
    const int ready = epoll_wait(epoll_, events.data(), kEventsPerTurn,
                                 static_cast<int>(std::max<int64_t>(wait.count(), 0)));
    for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        const auto connection = connections_.find(fd);
        if (connection != connections_.end()) {
            read_from(*connection->second);
        } else {
            accept_from(fd);
        }
    }
    // No socket is closed before, so that no number among the events means another one by now.
    end_silent();
    close_ended();
}

void BmpStation::accept_from(int listener) {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int fd = accept4(listener, reinterpret_cast<sockaddr*>(&from), &length,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (is_out_of_resources(errno)) pause_accepting(errno);
            return;
        }
        admit(fd, address_of_socket(from));
    }
}

bool BmpStation::is_allowed(const IpPrefix& address) const {
    return std::any_of(options_.allow.begin(), options_.allow.end(),
                       [&](const IpPrefix& prefix) { return contains(prefix, address); });
}

void BmpStation::admit(int fd, const IpPrefix& address) {
    if (!is_allowed(address)) {
        static LogLimit limit;
        ++counts_.not_allowed;
        log_limited(limit, LogLevel::kWarning,
                    "bmp: {} may not connect: bmp.allow does not have it", format_address(address));
        close(fd);
        return;
    }
    if (connections_.size() >= options_.max_routers) {
        static LogLimit limit;
        ++counts_.too_many;
        log_limited(limit, LogLevel::kWarning, "bmp: {} may not connect: {} routers are here",
                    format_address(address), connections_.size());
        close(fd);
        return;
    }
    if (!watch(fd)) {
        close(fd);
        return;
    }
    keep_alive(fd);
    ++counts_.accepted;
    connections_.emplace(fd, std::make_unique<Connection>(fd, address, routers_, sink_));
}

/// A listener that cannot be accepted from stays ready, and the loop would spin on it.
void BmpStation::pause_accepting(int error) {
    static LogLimit limit;
    log_limited(limit, LogLevel::kError, "bmp: no router can connect: {}", std::strerror(error));
    accept_again_ns_ = Clock::monotonic_ns() + kSecond_ns;
    for (const int listener : listeners_) epoll_ctl(epoll_, EPOLL_CTL_DEL, listener, nullptr);
}

void BmpStation::resume_accepting() {
    if (accept_again_ns_ == 0 || Clock::monotonic_ns() < accept_again_ns_) return;
    accept_again_ns_ = 0;
    for (const int listener : listeners_) watch(listener);
}

void BmpStation::read_from(Connection& connection) {
    const ssize_t got = read(connection.fd, buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return connection.session.end(RouterDownReason::kClosed);
    BmpSession& session = connection.session;
    const bool was_known = session.router_is_known();
    session.feed(Bytes(buffer_).first(static_cast<std::size_t>(got)), Clock::wall_ns());
    // Octets that make no message are no sign of a router.
    if (session.router_is_known()) connection.heard_ns = Clock::monotonic_ns();
    if (!was_known && session.router_is_known()) log_arrival(session.router());
    const uint64_t problems = session.counts().problems_total();
    if (problems != connection.problems_told) log_problems(session, problems);
    connection.problems_told = problems;
}

void BmpStation::end_silent() {
    const int64_t now_ns = Clock::monotonic_ns();
    const int64_t idle_ns = options_.idle_timeout.count() * kSecond_ns;
    constexpr int64_t kFirst_ns = int64_t{kFirstMessageTimeout.count()} * kSecond_ns;
    for (const auto& [fd, connection] : connections_) {
        const bool known = connection->session.router_is_known();
        const int64_t allowed_ns = known ? idle_ns : kFirst_ns;
        if (allowed_ns > 0 && now_ns - connection->heard_ns > allowed_ns) {
            connection->session.end(RouterDownReason::kIdle);
        }
    }
}

void BmpStation::close_ended() {
    for (auto at = connections_.begin(); at != connections_.end();) {
        const BmpSession& session = at->second->session;
        if (!session.ended()) {
            ++at;
            continue;
        }
        log_end(session);
        ++counts_.ended[static_cast<std::size_t>(session.end_reason())];
        const bool closed = session.end_reason() == RouterDownReason::kClosed;
        if (closed && session.inside_message()) ++counts_.cut;
        counts_.sum += session.counts();
        at = connections_.erase(at);
    }
}

std::vector<BmpRouterStatus> BmpStation::routers() const {
    std::vector<BmpRouterStatus> all;
    all.reserve(connections_.size());
    for (const auto& [fd, connection] : connections_) {
        const BmpSession& session = connection->session;
        all.push_back({session.router(), session.router_is_known(), connection->connected_ns,
                       session.peers_up(), session.gauges(), session.counts()});
    }
    return all;
}

}  // namespace lull
