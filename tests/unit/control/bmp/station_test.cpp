// Real sockets on loopback: who may connect, that nobody waits for another, and how sessions end.
#include "control/bmp/station.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>

#include "control/clock.h"
#include "control/config/listen.h"
#include "tests/support/bmp_builder.h"
#include "tests/support/bmp_told.h"

namespace lull::testing {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::milliseconds;

/// A router's end of a connection.
class Client {
  public:
    explicit Client(const std::string& address) {
        const auto to = parse_listen(address);
        EXPECT_TRUE(to.has_value()) << address;
        fd_ = socket(to->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(connect(fd_, to->socket_address(), to->socket_bytes), 0) << address;
    }
    ~Client() { hang_up(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void hang_up() {
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
    }
    /// As much as the socket takes without waiting; the number of octets.
    std::size_t send_some(Bytes bytes) const {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    void send(const Octetstring& bytes) const { EXPECT_EQ(send_some(bytes), bytes.size()); }
    [[nodiscard]] bool was_hung_up_on() const {
        char octet = 0;
        const ssize_t got = recv(fd_, &octet, 1, MSG_DONTWAIT);
        return got == 0 || (got < 0 && errno == ECONNRESET);
    }

  private:
    int fd_ = -1;
};

struct World {
    explicit World(StationOptions options = {}) {
        if (options.listen == StationOptions{}.listen) options.listen = {"127.0.0.1:0"};
        auto opened = BmpStation::open(std::move(options), told);
        EXPECT_TRUE(opened) << opened.error().message;
        if (opened) station = std::move(*opened);
    }
    const std::string& address() const { return station->addresses().front(); }
    /// Turns until it holds; false: it does not within five seconds.
    bool serve_until(const std::function<bool()>& holds) {
        const int64_t end_ns = Clock::monotonic_ns() + 5'000'000'000;
        while (!holds()) {
            if (Clock::monotonic_ns() > end_ns) return false;
            station->serve(milliseconds(10));
        }
        return true;
    }
    bool serve_until_told(const std::string& line) {
        return serve_until([&] { return !told.lines.empty() && told.lines.back() == line; });
    }
    uint64_t ended(RouterDownReason reason) const {
        return station->counts().ended[static_cast<std::size_t>(reason)];
    }

    BmpTold told;
    std::unique_ptr<BmpStation> station;
};

const BuiltBmpPeer kPeer;

Octetstring routes(uint32_t count) {
    Octetstring all;
    const Octetstring one =
        bmp_routes(kPeer, update({}, path_attribute(sequence({64501})), nlri("10.0.0.0/8")));
    for (uint32_t i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
    return all;
}

TEST(BmpStation, a_router_is_heard_and_counted) {
    World world;
    Client client(world.address());
    client.send(bmp_initiation("edge1", "a router") +
                bmp_peer_up(kPeer, bgp_open(64500), bgp_open(64501)) + routes(3));
    ASSERT_TRUE(world.serve_until([&] { return world.told.routes == 3; }));
    const auto routers = world.station->routers();
    ASSERT_EQ(routers.size(), 1U);
    EXPECT_TRUE(routers[0].is_known);
    EXPECT_EQ(routers[0].router.name, "edge1");
    EXPECT_EQ(format_address(routers[0].router.address), "127.0.0.1");
    EXPECT_EQ(routers[0].peers_up, 1U);
    EXPECT_EQ(routers[0].counts.announced, 3U);
    EXPECT_LT(std::abs(routers[0].connected_ns - Clock::wall_ns()), 60'000'000'000);

    client.hang_up();
    ASSERT_TRUE(world.serve_until_told("router_down 1 closed"));
    EXPECT_TRUE(world.station->routers().empty());
    EXPECT_EQ(world.station->counts().sum.announced, 3U);
    EXPECT_EQ(world.station->counts().accepted, 1U);
    EXPECT_EQ(world.ended(RouterDownReason::kClosed), 1U);
    EXPECT_EQ(world.station->counts().cut, 0U);
}

TEST(BmpStation, one_that_sends_much_does_not_keep_another_waiting) {
    World world;
    world.told.keep_routes = false;
    Client big(world.address());
    big.send(bmp_initiation("big"));
    ASSERT_TRUE(world.serve_until_told("router_up 1 big"));
    const Octetstring table = routes(20'000);
    const Bytes all(table);
    std::size_t sent = big.send_some(all);
    ASSERT_GT(sent, 3 * kBmpTurnBytes);
    Client small(world.address());
    small.send(bmp_initiation("small"));
    // One turn to accept it and one to hear it.
    world.station->serve(milliseconds(100));
    world.station->serve(milliseconds(100));
    EXPECT_EQ(world.told.lines.back(), "router_up 2 small");
    EXPECT_LE(world.station->routers().front().counts.bytes, 3 * kBmpTurnBytes);
    ASSERT_TRUE(world.serve_until([&] {
        sent += big.send_some(all.subspan(sent));
        return world.told.routes == 20'000;
    }));
}

TEST(BmpStation, many_routers_at_once_are_all_heard) {
    World world;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(std::make_unique<Client>(world.address()));
        clients.back()->send(bmp_initiation(fmt::format("r{}", i)) + routes(20));
    }
    ASSERT_TRUE(world.serve_until([&] { return world.told.routes == 1000; }));
    EXPECT_EQ(world.station->routers().size(), 50U);
    clients.clear();
    ASSERT_TRUE(world.serve_until([&] { return world.station->routers().empty(); }));
    EXPECT_EQ(world.station->counts().sum.announced, 1000U);
}

TEST(BmpStation, strangers_are_hung_up_on_and_counted) {
    World world({.allow = {*parse_prefix("192.0.2.0/24")}});
    Client client(world.address());
    ASSERT_TRUE(world.serve_until([&] { return client.was_hung_up_on(); }));
    EXPECT_EQ(world.station->counts().not_allowed, 1U);
    EXPECT_EQ(world.station->counts().accepted, 0U);
    EXPECT_TRUE(world.told.lines.empty());
}

TEST(BmpStation, more_routers_than_allowed_are_hung_up_on_and_counted) {
    World world({.max_routers = 1});
    Client first(world.address());
    ASSERT_TRUE(world.serve_until([&] { return world.station->counts().accepted == 1; }));
    Client second(world.address());
    ASSERT_TRUE(world.serve_until([&] { return second.was_hung_up_on(); }));
    EXPECT_EQ(world.station->counts().too_many, 1U);
    EXPECT_FALSE(first.was_hung_up_on());
}

TEST(BmpStation, a_router_that_comes_back_throws_its_old_connection_out) {
    World world;
    Client old(world.address());
    old.send(bmp_initiation("edge1") + routes(1));
    ASSERT_TRUE(world.serve_until([&] { return world.told.routes == 1; }));
    world.told.lines.clear();
    Client newer(world.address());
    newer.send(bmp_initiation("edge1"));
    ASSERT_TRUE(world.serve_until_told("router_up 1 edge1"));
    EXPECT_EQ(world.told.lines, (Lines{"router_down 1 replaced", "router_up 1 edge1"}));
    EXPECT_TRUE(old.was_hung_up_on());
    EXPECT_FALSE(newer.was_hung_up_on());
    EXPECT_EQ(world.ended(RouterDownReason::kReplaced), 1U);
}

TEST(BmpStation, what_is_no_bmp_is_hung_up_on) {
    World world;
    Client client(world.address());
    const std::string request = "GET / HTTP/1.1\r\n\r\n";
    client.send({request.begin(), request.end()});
    ASSERT_TRUE(world.serve_until([&] { return client.was_hung_up_on(); }));
    EXPECT_EQ(world.ended(RouterDownReason::kStreamLost), 1U);
    const auto& problems = world.station->counts().sum.problems;
    EXPECT_EQ(problems[static_cast<std::size_t>(RouteProblem::kBmpVersion)], 1U);
    EXPECT_TRUE(world.told.lines.empty());
}

TEST(BmpStation, a_terminated_session_is_closed) {
    World world;
    Client client(world.address());
    client.send(bmp_initiation("edge1") + bmp_termination(3));
    ASSERT_TRUE(world.serve_until([&] { return client.was_hung_up_on(); }));
    EXPECT_EQ(world.told.lines, (Lines{"router_up 1 edge1", "router_down 1 terminated"}));
}

TEST(BmpStation, a_connection_that_ends_inside_a_message_is_counted_as_cut) {
    World world;
    {
        Client client(world.address());
        client.send(bmp_initiation("edge1") + Octetstring{3, 0, 0, 0, 99, 0, 1});
    }
    ASSERT_TRUE(world.serve_until_told("router_down 1 closed"));
    EXPECT_EQ(world.station->counts().cut, 1U);
}

TEST(BmpStation, a_silent_router_is_let_go_after_the_time_that_was_set) {
    World world({.idle_timeout = std::chrono::seconds(1)});
    Client client(world.address());
    client.send(bmp_initiation("edge1"));
    ASSERT_TRUE(world.serve_until_told("router_down 1 idle"));
    EXPECT_TRUE(client.was_hung_up_on());
}

TEST(BmpStation, an_ipv4_router_is_known_by_its_address_on_an_ipv6_socket) {
    BmpTold told;
    auto station =
        BmpStation::open({.listen = {"[::]:0"}, .allow = {*parse_prefix("127.0.0.0/8")}}, told);
    if (!station) GTEST_SKIP() << "SKIPPED: no IPv6 here: " << station.error().message;
    const std::string& at = (*station)->addresses().front();
    Client client("127.0.0.1" + at.substr(at.rfind(':')));
    client.send(bmp_initiation("edge1"));
    for (int i = 0; i < 100 && told.lines.empty(); ++i) (*station)->serve(milliseconds(10));
    ASSERT_EQ((*station)->routers().size(), 1U);
    EXPECT_EQ(format_address((*station)->routers()[0].router.address), "127.0.0.1");
}

TEST(BmpStation, its_end_is_told_to_the_sink) {
    World world;
    Client client(world.address());
    client.send(bmp_initiation("edge1"));
    ASSERT_TRUE(world.serve_until_told("router_up 1 edge1"));
    world.station.reset();
    EXPECT_EQ(world.told.lines.back(), "router_down 1 stopped");
}

TEST(BmpStation, what_cannot_be_opened_is_an_error_that_says_where) {
    BmpTold told;
    const auto error = [&](StationOptions options) {
        const auto station = BmpStation::open(std::move(options), told);
        return station ? std::string() : station.error().message;
    };
    EXPECT_TRUE(error({.listen = {"nonsense"}}).starts_with("bmp.listen: nonsense"));
    EXPECT_TRUE(error({.listen = {}}).starts_with("bmp.listen: 0 addresses"));
    EXPECT_TRUE(error({.listen = {"192.0.2.1:0"}}).starts_with("bmp.listen: 192.0.2.1:0"));
    EXPECT_EQ(error({.max_routers = 0}), "bmp: 0 routers: give 1 to 1024");
    World world;
    EXPECT_TRUE(error({.listen = {world.address()}}).ends_with("set bmp.listen to a free port"));
}

TEST(BmpStation, without_a_free_descriptor_it_waits_and_does_not_spin) {
    World world;
    Client client(world.address());
    const int next = dup(0);
    ASSERT_GE(next, 0);
    close(next);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    world.station->serve(milliseconds(100));
    const int64_t from_ns = Clock::monotonic_ns();
    world.station->serve(milliseconds(100));
    const int64_t waited_ns = Clock::monotonic_ns() - from_ns;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(world.station->counts().accepted, 0U);
    EXPECT_GE(waited_ns, 90'000'000);
    EXPECT_TRUE(world.serve_until([&] { return world.station->counts().accepted == 1; }));
}

}  // namespace
}  // namespace lull::testing
