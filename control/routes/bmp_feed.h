// From what routers tell by BMP to the RIB. A neighbour may be told of in several views (before and
// after policy, in and out): it has one vote, that of the view nearest to what it said itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "control/bmp/sink.h"
#include "control/routes/rib.h"

namespace lull {

/// A router that ends no RIB (RFC 4724) has told its table when it has said nothing for so long.
inline constexpr int64_t kQuietTable_s = 10;

struct BmpFeedCounts {
    uint64_t other_view = 0;      // routes of a view that a better one stands for
    uint64_t of_vrf = 0;          // routes of a router's other instances: not the Internet's
    uint64_t too_many_peers = 0;  // routes of peers that there is no room for
};

class BmpFeed final : public BmpSink {
  public:
    /// `rib` outlives this.
    explicit BmpFeed(Rib& rib) : rib_(rib) {}
    /// Seconds since 1970, before each turn of the station.
    void set_now(int64_t now_s) { now_s_ = now_s; }
    /// Ends tables whose end was told, and those that have been quiet, all in one pass over the
    /// RIB: a router that is back ends hundreds within a second. Once a second.
    void end_tables();

    void router_up(const BmpRouter& router) override;
    void router_down(const BmpRouter& router, RouterDownReason reason) override;
    void peer_up(const BmpPeer& peer) override;
    void peer_down(const BmpPeer& peer, PeerDownReason reason) override;
    void route(const BmpRoute& route) override;
    void end_of_rib(const BmpPeer& peer, Family family) override;

    [[nodiscard]] const BmpFeedCounts& counts() const { return counts_; }
    /// Peers with a vote: known, and of them those that are heard and have told their table.
    struct Peers {
        uint32_t known = 0;
        uint32_t heard = 0;
    };
    [[nodiscard]] Peers peers() const;

  private:
    /// A neighbour, whatever the view.
    struct Neighbour {
        std::optional<RibView> view;  // the one that has the vote
        std::optional<RibPeer> rib;   // once it has announced anything
        bool up = false;
        bool telling = false;         // its table, and has not been quiet since
        std::array<bool, 2> ended{};  // by Family: it has told so; end_tables() is to come
        int64_t last_route_s = 0;
    };
    /// The key is the neighbour's, with one view for all.
    static BmpPeer key_of(const BmpPeer& peer);
    /// nullptr when there are too many.
    Neighbour* neighbour_of(const BmpPeer& peer);
    /// The neighbour if this view of it has the vote, and room in the RIB; else it is counted.
    Neighbour* voter(const BmpPeer& peer);
    /// A session's beginning: both families are told.
    void begin_tables(Neighbour& neighbour);

    Rib& rib_;
    int64_t now_s_ = 0;
    std::unordered_map<BmpPeer, Neighbour, BmpPeerHash> neighbours_;
    BmpFeedCounts counts_;
};

}  // namespace lull
