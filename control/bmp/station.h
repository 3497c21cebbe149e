// The BMP station (RFC 7854 §3.2): routers connect to it and talk, it never says a word. It runs in
// its caller's loop, on sockets that do not block, and takes at most kBmpTurnBytes of each router a
// turn, so that one that sends its whole table does not keep the others waiting.
//
// Who may connect is decided by address alone, for BMP knows no secret: the list is part of what
// keeps strangers' routes out.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/bmp/routers.h"
#include "control/bmp/session.h"
#include "dataplane/error.h"

namespace lull {

/// Of one router in one turn: some hundred messages, a millisecond's work.
inline constexpr std::size_t kBmpTurnBytes = 65'536;
/// Each may hold a message of a megabyte and kBmpTurnBytes in the kernel.
inline constexpr uint32_t kMaxBmpRouters = 1024;
/// A connection that has not said a whole message by then is no router's.
inline constexpr std::chrono::seconds kFirstMessageTimeout{30};

struct StationOptions {
    std::vector<std::string> listen{"127.0.0.1:11019"};  // port 0: any free one
    std::vector<IpPrefix> allow{};                       // empty: this machine alone
    uint32_t max_routers = 64;
    /// A router that says nothing for so long is gone; 0: never, for BMP has no keepalive and a
    /// quiet router may be a healthy one. Dead connections are found by TCP within two minutes.
    std::chrono::seconds idle_timeout{0};
    BmpLimits limits{};
};

/// One connection, for metrics. What counts there are begins with the connection.
struct BmpRouterStatus {
    BmpRouter router;
    bool is_known = false;     // it has said something; before, it has no name and no number
    int64_t connected_ns = 0;  // unix
    std::size_t peers_up = 0;
    BmpGauges gauges;
    BmpCounts counts;
};

struct StationCounts {
    uint64_t accepted = 0;
    uint64_t not_allowed = 0;  // closed at once: the address is not on the list
    uint64_t too_many = 0;     // closed at once: max_routers are here
    uint64_t cut = 0;          // connections that the router ended inside a message
    std::array<uint64_t, kRouterDownReasons> ended{};
    BmpCounts sum;  // of the connections that have ended
};

class BmpStation {
  public:
    /// Errors begin with "bmp.listen: " or "bmp: ". The sink outlives the station.
    static Result<std::unique_ptr<BmpStation>> open(StationOptions options, BmpSink& sink);
    /// The sink hears router_down of each router.
    ~BmpStation();
    BmpStation(const BmpStation&) = delete;
    BmpStation& operator=(const BmpStation&) = delete;

    /// One turn: waits until something comes or `wait` is over, takes what is there, returns.
    void serve(std::chrono::milliseconds wait);

    /// "127.0.0.1:11019", with real port numbers.
    [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
    [[nodiscard]] std::vector<BmpRouterStatus> routers() const;
    [[nodiscard]] const StationCounts& counts() const { return counts_; }

  private:
    struct Connection;
    BmpStation(StationOptions options, BmpSink& sink);
    bool watch(int fd);
    void accept_from(int listener);
    void admit(int fd, const IpPrefix& address);
    void pause_accepting(int error);
    void resume_accepting();
    void read_from(Connection& connection);
    void end_silent();
    void close_ended();
    [[nodiscard]] bool is_allowed(const IpPrefix& address) const;

    StationOptions options_;
    BmpSink& sink_;
    BmpRouters routers_;
    int epoll_ = -1;
    std::vector<int> listeners_;
    std::vector<std::string> addresses_;
    std::map<int, std::unique_ptr<Connection>> connections_;  // by socket
    std::vector<uint8_t> buffer_;
    int64_t accept_again_ns_ = 0;  // monotonic; 0: accepting
    StationCounts counts_;
};

}  // namespace lull
