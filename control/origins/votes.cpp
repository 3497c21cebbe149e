#include "control/origins/votes.h"

#include <algorithm>
#include <optional>
#include <random>

#include "dataplane/sources.h"

namespace lull {
namespace {

struct Words {
    std::string_view name;
    std::string_view text;
};

constexpr std::array<Words, kNoVotes> kWords{{
    {"multicast", "for multicast"},
    {"default_route", "default routes"},
    {"special", "in special space"},
    {"too_long", "too long"},
    {"too_short", "too short"},
    {"no_origin", "without an origin AS"},
    {"too_many_peers", "of too many peers"},
    {"too_many_prefixes", "of too many prefixes"},
    {"too_many_origins", "of too many origins for one prefix"},
    {"of_collector", "that the collector told itself"},
}};

uint64_t random_seed() {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

}  // namespace

std::optional<NoVote> reason_against(const Nlri& nlri) {
    const IpPrefix& prefix = nlri.prefix;
    if (nlri.safi != kSafiUnicast) return NoVote::kMulticast;
    const bool is4 = prefix.family == Family::kIpv4;
    if (prefix.length == 0) return NoVote::kDefaultRoute;
    if (is_special(prefix)) return NoVote::kSpecial;
    if (prefix.length > (is4 ? kLongestRoute4 : kLongestRoute6)) return NoVote::kTooLong;
    if (prefix.length < (is4 ? kShortestRoute4 : kShortestRoute6)) return NoVote::kTooShort;
    return std::nullopt;
}

AsPath::Origin voted_origin(const AsPath& path, uint32_t peer_asn) {
    const auto origin = path.origin();
    if (origin.kind != AsPath::OriginKind::kNone || !path.is_local()) return origin;
    if (peer_asn == 0 || peer_asn == kAsTrans) return origin;
    return {AsPath::OriginKind::kSequence, peer_asn};
}

std::string_view no_vote_name(NoVote reason) {
    return kWords[static_cast<std::size_t>(reason)].name;
}

std::string_view no_vote_text(NoVote reason) {
    return kWords[static_cast<std::size_t>(reason)].text;
}

std::size_t OriginVotes::Hash::operator()(const IpPrefix& prefix) const {
    const uint64_t kind = uint64_t{prefix.length} << 8 | static_cast<uint64_t>(prefix.family);
    return mix(mix(prefix.high, seed) ^ prefix.low, seed ^ kind);
}

std::size_t OriginVotes::Hash::operator()(const MrtPeer& peer) const {
    return mix((*this)(peer.address), seed ^ peer.asn);
}

OriginVotes::OriginVotes() : peers_(0, Hash{random_seed()}), index_(0, Hash{random_seed()}) {}

void OriginVotes::route(const MrtRoute& route) {
    if (route.kind == RouteKind::kWithdraw) {
        ++counts_.withdrawals;
        if (route.speaker == Speaker::kPeer) withdraw(route);
    } else {
        ++counts_.routes;
        announce(route);
    }
}

void OriginVotes::announce(const MrtRoute& route) {
    if (route.speaker == Speaker::kCollector) return leave_out(NoVote::kOfCollector);
    if (const auto reason = reason_against(route.nlri)) return leave_out(*reason);
    const auto origin = voted_origin(route.path, route.peer.asn);
    if (origin.kind == AsPath::OriginKind::kNone) return leave_out(NoVote::kNoOrigin);
    const uint32_t peer = peer_number(route.peer);
    if (peer == kNobody) return leave_out(NoVote::kTooManyPeers);
    const uint32_t entry = entry_of(route.nlri.prefix);
    if (entry == kNobody) return leave_out(NoVote::kTooManyPrefixes);
    const AddPath add_path = route.nlri.path_id ? AddPath::kYes : AddPath::kNo;
    if (!vote(entries_[entry], peer, origin.asn, add_path)) {
        return leave_out(NoVote::kTooManyOrigins);
    }
    if (origin.kind == AsPath::OriginKind::kSet) ++counts_.aggregates;
}

void OriginVotes::withdraw(const MrtRoute& route) {
    if (route.nlri.safi != kSafiUnicast) return;
    if (route.nlri.path_id) {
        ++counts_.add_path_withdrawals;
        return;
    }
    const auto peer = peers_.find(route.peer);
    const auto found = index_.find(route.nlri.prefix);
    if (peer == peers_.end() || found == index_.end()) return;
    Entry& entry = entries_[found->second];
    const uint64_t bit = uint64_t{1} << peer->second % 64;
    for (uint32_t i = entry.first; i != kNobody; i = claims_[i].next) {
        Claim& claim = claims_[i];
        if (claim.block != peer->second / 64 || (claim.peers & bit) == 0) continue;
        claim.peers &= ~bit;
        entry.last_asn = claim.asn;
        entry.taken_back_s = route.time_s;
    }
}

uint32_t OriginVotes::peer_number(const MrtPeer& peer) {
    if (const auto found = peers_.find(peer); found != peers_.end()) return found->second;
    if (peers_.size() >= kMaxVotingPeers) return kNobody;
    const auto number = static_cast<uint32_t>(peers_.size());
    peers_.emplace(peer, number);
    return number;
}

uint32_t OriginVotes::entry_of(const IpPrefix& prefix) {
    // Dumps tell all peers of a prefix in a row.
    if (!entries_.empty() && entries_.back().prefix == prefix) {
        return static_cast<uint32_t>(entries_.size() - 1);
    }
    if (const auto found = index_.find(prefix); found != index_.end()) return found->second;
    if (entries_.size() >= kMaxRoutedPrefixes) return kNobody;
    const auto number = static_cast<uint32_t>(entries_.size());
    index_.emplace(prefix, number);
    entries_.push_back({prefix, kNobody, 0, 0});
    return number;
}

/// Marks the peer's vote, and takes its other one back unless it may have several. False when there
/// is no room for another claim.
bool OriginVotes::vote(Entry& entry, uint32_t peer, uint32_t asn, AddPath add_path) {
    const uint64_t bit = uint64_t{1} << peer % 64;
    const uint32_t block = peer / 64;
    uint32_t mine = kNobody;
    uint32_t unused = kNobody;
    uint32_t length = 0;
    for (uint32_t i = entry.first; i != kNobody; i = claims_[i].next) {
        ++length;
        Claim& claim = claims_[i];
        if (claim.block == block && claim.asn == asn) {
            mine = i;
        } else if (claim.block == block && add_path == AddPath::kNo) {
            claim.peers &= ~bit;
        }
        if (claim.peers == 0 && i != mine) unused = i;
    }
    if (mine == kNobody && unused != kNobody) {
        claims_[unused].asn = asn;
        claims_[unused].block = block;
        mine = unused;
    }
    if (mine == kNobody) {
        if (length >= kMaxClaimsOfPrefix || claims_.size() >= kMaxClaims) return false;
        mine = static_cast<uint32_t>(claims_.size());
        claims_.push_back({0, asn, entry.first, block});
        entry.first = mine;
    }
    claims_[mine].peers |= bit;
    return true;
}

struct OriginVotes::Tally {
    uint32_t asn = 0;  // 0: nobody has a vote, now or ever
    std::size_t origins = 0;
    bool tie = false;
};

OriginVotes::Tally OriginVotes::tally(const Entry& entry) const {
    struct Candidate {
        uint32_t asn;
        int votes;
    };
    std::vector<Candidate> all;
    for (uint32_t i = entry.first; i != kNobody; i = claims_[i].next) {
        const Claim& claim = claims_[i];
        if (claim.peers == 0) continue;
        const auto same = std::find_if(all.begin(), all.end(), [&claim](const Candidate& each) {
            return each.asn == claim.asn;
        });
        const int votes = __builtin_popcountll(claim.peers);
        if (same == all.end()) {
            all.push_back({claim.asn, votes});
        } else {
            same->votes += votes;
        }
    }
    if (all.empty()) return {entry.last_asn, 0, false};
    std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
        return a.votes != b.votes ? a.votes > b.votes : a.asn < b.asn;
    });
    return {all[0].asn, all.size(), all.size() > 1 && all[0].votes == all[1].votes};
}

VoteResult OriginVotes::result() const {
    VoteResult result{{}, {}, counts_};
    result.prefixes.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        const Tally tallied = tally(entry);
        if (tallied.asn == 0) continue;
        if (tallied.origins == 0) {
            ++result.counts.withdrawn;
            result.withdrawn.push_back({entry.prefix, entry.taken_back_s});
        }
        if (tallied.origins > 1) ++result.counts.multi_origin;
        if (tallied.tie) ++result.counts.ties;
        PrefixRecord record;
        record.prefix = entry.prefix;
        record.asn = tallied.asn;
        record.states_class = false;
        record.kind = SourceKind::kMrt;
        result.prefixes.push_back(record);
    }
    const auto by_prefix = [](const auto& a, const auto& b) { return a.prefix < b.prefix; };
    std::sort(result.prefixes.begin(), result.prefixes.end(), by_prefix);
    std::sort(result.withdrawn.begin(), result.withdrawn.end(), by_prefix);
    result.counts.prefixes = result.prefixes.size();
    result.counts.peers = peers_.size();
    return result;
}

}  // namespace lull
