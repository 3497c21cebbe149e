// What every peer announces, live: the RIB behind `lull routes`. It answers whose a prefix is (the
// AS that most peers name), whether it is announced, and by which paths.
//
// Attribution never shrinks on a withdrawal: a prefix that every peer took back keeps its AS for
// seven days, marked withdrawn. A peer that is lost has withdrawn nothing: its routes still name
// the AS, and say neither that a prefix is announced nor that it is gone, until the peer is back
// and has told its table anew. A peer has a table of each family: files hold one of them or both.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/bgp/as_path.h"
#include "control/bgp/nlri.h"
#include "control/origins/votes.h"
#include "control/routes/path_store.h"

namespace lull {

/// Of whom the RIB hears: a peer of a router in one view, or of a collector's file.
enum class RibPeer : uint32_t {};

inline constexpr int64_t kKeepWithdrawn_s = 7 * 86'400;
inline constexpr uint32_t kMaxRibPeers = 16'384;  // of 64 routers with 256 sessions each
/// 20 bytes each: 1.3 GB. Fifty full tables.
inline constexpr uint32_t kMaxRibRoutes = 64'000'000;

enum class Presence : uint8_t {
    kAnnounced,  // by a peer that can be heard
    kUnknown,    // by peers alone that cannot be heard now
    kWithdrawn,  // by nobody
};

struct RibCounts {
    uint64_t announced = 0;  // routes told so far
    uint64_t withdrawn = 0;
    std::array<uint64_t, kNoVotes> left_out{};
    uint64_t too_many_routes = 0;
    uint64_t expired = 0;  // prefixes dropped seven days after their withdrawal
    uint64_t sweeps = 0;   // passes over all routes, after tables that ended
};

class Rib {
  public:
    /// A path by which a peer reaches a prefix.
    struct Route {
        RibPeer peer{};
        uint32_t path_id = 0;  // with ADD-PATH, else 0
        PathId path = kNoPath;
        uint32_t table = 0;  // of the peer's tables of its family, the one that named it last
        uint32_t next = 0;   // of the same prefix
    };
    struct Entry {
        IpPrefix prefix;
        uint32_t first = 0;       // in routes
        uint32_t asn = 0;         // of most peers; when all are gone, the last one; 0: dropped
        int64_t withdrawn_s = 0;  // unix; 0: it is not
        uint64_t changes = 0;     // announced to withdrawn or back, so far
    };

    Rib();
    /// nullopt above kMaxRibPeers. The peer is heard from now on.
    std::optional<RibPeer> add_peer();
    /// It is heard (again) and tells its table of a family anew; of the other one it says nothing.
    void begin_table(RibPeer peer, Family family);
    /// These peers have told their table of a family: what it did not name is withdrawn. One pass
    /// over the RIB for all of them, seconds with fifty full tables; none for a table that is
    /// ended.
    void end_tables(std::span<const RibPeer> peers, Family family, int64_t now_s);
    void end_table(RibPeer peer, Family family, int64_t now_s) {
        end_tables({&peer, 1}, family, now_s);
    }
    /// Not to be heard any more, of a family or at all.
    void lose(RibPeer peer, Family family) { table(peer, family).heard = false; }
    void lose(RibPeer peer);

    /// `peer_asn` has announced what comes without a path. Routes that can have no vote (defaults,
    /// bogons, too long) are counted.
    void announce(RibPeer peer, uint32_t peer_asn, const Nlri& nlri, const AsPath& path,
                  int64_t now_s);
    void withdraw(RibPeer peer, const Nlri& nlri, int64_t now_s);
    /// Counts a route that has no vote.
    void leave_out(NoVote reason) { ++counts_.left_out[static_cast<std::size_t>(reason)]; }
    /// A prefix that was withdrawn before this process began.
    void remember(const IpPrefix& prefix, uint32_t asn, int64_t withdrawn_s);
    /// Drops what was withdrawn seven days ago.
    void expire(int64_t now_s);

    /// Grows whenever the AS of a prefix changes, or a prefix comes, goes or is withdrawn.
    [[nodiscard]] uint64_t version() const { return version_; }
    [[nodiscard]] const RibCounts& counts() const { return counts_; }
    [[nodiscard]] uint64_t routes() const { return routes_in_use_; }
    [[nodiscard]] std::size_t paths() const { return paths_.size(); }
    [[nodiscard]] std::size_t prefixes() const { return index_.size(); }
    [[nodiscard]] bool is_heard(RibPeer peer, Family family) const {
        return table(peer, family).heard;
    }
    /// Of any family.
    [[nodiscard]] bool is_heard(RibPeer peer) const {
        const auto& tables = state(peer).tables;
        return tables[0].heard || tables[1].heard;
    }
    /// Its first table is complete.
    [[nodiscard]] bool is_synced(RibPeer peer) const { return state(peer).synced; }

    /// By number; dropped ones have no AS. Numbers stay.
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    [[nodiscard]] Presence presence(const Entry& entry) const;
    /// Calls `visit(hops)` for each path by which a peer that is heard announces the prefix.
    template <typename Visit>
    void each_path(const Entry& entry, Visit&& visit) const {
        for (uint32_t at = entry.first; at != kEnd; at = routes_[at].next) {
            if (is_current(routes_[at], entry.prefix.family)) visit(paths_.hops(routes_[at].path));
        }
    }

  private:
    static constexpr uint32_t kEnd = ~uint32_t{0};
    struct Table {
        bool heard = true;
        bool swept = true;  // no route of a table before it is left
        uint32_t number = 0;
    };
    struct PeerState {
        std::array<Table, 2> tables;  // by Family
        bool synced = false;
    };
    struct Hash {
        uint64_t seed;
        std::size_t operator()(const IpPrefix& prefix) const;
    };
    [[nodiscard]] const PeerState& state(RibPeer peer) const {
        return peers_[static_cast<uint32_t>(peer)];
    }
    PeerState& state(RibPeer peer) { return peers_[static_cast<uint32_t>(peer)]; }
    [[nodiscard]] const Table& table(RibPeer peer, Family family) const {
        return state(peer).tables[static_cast<std::size_t>(family)];
    }
    Table& table(RibPeer peer, Family family) {
        return state(peer).tables[static_cast<std::size_t>(family)];
    }
    [[nodiscard]] bool is_current(const Route& route, Family family) const {
        const Table& now = table(route.peer, family);
        return now.heard && route.table == now.number;
    }
    uint32_t entry_of(const IpPrefix& prefix);
    void drop(uint32_t number);
    void take_back(RibPeer peer, const Nlri& nlri, int64_t now_s);
    uint32_t new_route();
    void remove_route(Entry& entry, uint32_t before, uint32_t at);
    template <typename Gone>
    bool remove_routes(Entry& entry, Gone&& gone);
    void settle(Entry& entry, int64_t now_s);
    [[nodiscard]] uint32_t majority(const Entry& entry) const;

    std::vector<PeerState> peers_;
    std::unordered_map<IpPrefix, uint32_t, Hash> index_;  // into entries_
    std::vector<Entry> entries_;
    std::vector<Route> routes_;
    std::vector<uint32_t> unused_routes_;
    std::vector<uint32_t> unused_entries_;
    uint64_t routes_in_use_ = 0;
    PathStore paths_;
    std::vector<uint32_t> hops_;  // kept for its memory
    RibCounts counts_;
    uint64_t version_ = 0;
};

}  // namespace lull
