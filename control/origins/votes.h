// Whose is a prefix, when many peers speak: each has a vote, the AS with the most wins. Streams:
// memory is a few words for each prefix and AS, not one for each peer's route, and bounded.
//
// A peer's newer word on a prefix replaces its older one. Where all have taken a prefix back, the
// AS that had it last keeps it: that nobody announces a network does not make it somebody else's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/mrt/route.h"
#include "control/origins/record.h"
#include "dataplane/limits.h"

namespace lull {

/// Longer or shorter ones do not pass borders (RFC 7454 §6.1.3); host routes are blackholes.
inline constexpr uint8_t kLongestRoute4 = 24, kLongestRoute6 = 48;
/// No registry ever gave more to one: who announces more has made a mistake.
inline constexpr uint8_t kShortestRoute4 = 8, kShortestRoute6 = 16;
inline constexpr uint32_t kMaxRoutedPrefixes = kMaxRoutes4 + kMaxRoutes6;
inline constexpr uint32_t kMaxVotingPeers = 4096;    // all 60 public collectors together have 2,000
inline constexpr uint32_t kMaxClaims = 24'000'000;   // 576 MB; 64 peers for each AS of each prefix
inline constexpr uint32_t kMaxClaimsOfPrefix = 256;  // four ASes that every peer names

/// Why a route has no vote.
enum class NoVote : uint8_t {
    kMulticast,
    kDefaultRoute,
    kSpecial,
    kTooLong,
    kTooShort,
    kNoOrigin,
    kTooManyPeers,
    kTooManyPrefixes,
    kTooManyOrigins,
    kOfCollector,
};
inline constexpr std::size_t kNoVotes = static_cast<std::size_t>(NoVote::kOfCollector) + 1;
/// Why a route to this has no vote, whoever tells it; nullopt: it has one.
std::optional<NoVote> reason_against(const Nlri& nlri);
/// Whom a path has vote; an empty one, from inside an AS, votes for `peer_asn` (0: not known).
AsPath::Origin voted_origin(const AsPath& path, uint32_t peer_asn);

std::string_view no_vote_name(NoVote reason);  // "default_route", for JSON
std::string_view no_vote_text(NoVote reason);  // "default routes", for people

struct VoteCounts {
    uint64_t routes = 0;  // tables' and announced ones
    uint64_t withdrawals = 0;
    std::array<uint64_t, kNoVotes> left_out{};  // of the routes
    uint64_t aggregates = 0;  // routes whose path ends in a set: the aggregator has the vote
    uint64_t add_path_withdrawals = 0;  // ignored: the peer may have another path
    // ---- after counting ----
    uint64_t prefixes = 0;
    uint64_t peers = 0;
    uint64_t multi_origin = 0;  // prefixes that more than one AS is said to originate
    uint64_t ties = 0;          // of these, those without a majority: the lowest AS number has it
    uint64_t withdrawn = 0;     // prefixes that every peer took back: with their last AS
};

struct VoteResult {
    std::vector<PrefixRecord> prefixes;     // sorted; an AS each, no country, no class
    std::vector<WithdrawnRoute> withdrawn;  // sorted; of `prefixes`, what every peer took back
    VoteCounts counts;
};

class OriginVotes final : public RouteSink {
  public:
    OriginVotes();
    void route(const MrtRoute& route) override;
    [[nodiscard]] const VoteCounts& counts() const { return counts_; }
    [[nodiscard]] VoteResult result() const;

  private:
    static constexpr uint32_t kNobody = ~uint32_t{0};
    /// Of one AS to a prefix: up to 64 peers that say so.
    struct Claim {
        uint64_t peers = 0;  // bit i: peer 64 * block + i
        uint32_t asn = 0;
        uint32_t next = kNobody;  // of the same prefix, in claims_
        uint32_t block = 0;
    };
    struct Entry {
        IpPrefix prefix;
        uint32_t first = kNobody;   // in claims_
        uint32_t last_asn = 0;      // whose vote was taken back last
        uint32_t taken_back_s = 0;  // when
    };
    struct Tally;
    /// Seeded, so that nobody can announce prefixes that collide.
    struct Hash {
        uint64_t seed;
        std::size_t operator()(const IpPrefix& prefix) const;
        std::size_t operator()(const MrtPeer& peer) const;
    };

    void announce(const MrtRoute& route);
    void withdraw(const MrtRoute& route);
    void leave_out(NoVote reason) { ++counts_.left_out[static_cast<std::size_t>(reason)]; }
    uint32_t peer_number(const MrtPeer& peer);
    uint32_t entry_of(const IpPrefix& prefix);
    bool vote(Entry& entry, uint32_t peer, uint32_t asn, AddPath add_path);
    [[nodiscard]] Tally tally(const Entry& entry) const;

    std::unordered_map<MrtPeer, uint32_t, Hash> peers_;
    std::unordered_map<IpPrefix, uint32_t, Hash> index_;  // into entries_
    std::vector<Entry> entries_;
    std::vector<Claim> claims_;
    VoteCounts counts_;
};

}  // namespace lull
