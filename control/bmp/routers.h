// What BMP sessions share: the numbers of routers, and how many peers there may be in all.
//
// A router is its address and the name it gives itself. Two live sessions of one router are a new
// connection and one that lingers, so the newer wins; two routers that share both would throw each
// other out in turn, which is seen in the reasons that sessions ended for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "control/origins/prefix.h"

namespace lull {

class BmpSession;

struct BmpLimits {
    /// The largest route servers have about 2,000 neighbours; a VRF router has more.
    uint32_t peers_per_router = 4096;
    uint32_t peers = 16'384;  // of all routers: a few hundred octets each
    /// Numbers of routers that are kept for their return: a name is any text.
    uint32_t known_routers = 4096;
};

class BmpRouters {
  public:
    explicit BmpRouters(BmpLimits limits = {}) : limits_(limits) {}

    /// The router's number, now held by `session`; the session that held it is ended as replaced.
    /// Beyond known_routers numbers are not kept, and nobody is replaced.
    uint32_t claim(const IpPrefix& address, const std::string& name, BmpSession& session);
    void release(const BmpSession& session);

    /// Room for one more peer of a router that has `peers_of_router`; false: no.
    [[nodiscard]] bool add_peer(std::size_t peers_of_router);
    void remove_peers(std::size_t count) { peers_ -= static_cast<uint32_t>(count); }
    [[nodiscard]] uint32_t peers() const { return peers_; }

  private:
    struct Slot {
        uint32_t number = 0;
        BmpSession* holder = nullptr;
    };

    BmpLimits limits_;
    std::map<std::pair<IpPrefix, std::string>, Slot> slots_;
    uint32_t last_number_ = 0;
    uint32_t peers_ = 0;
};

}  // namespace lull
