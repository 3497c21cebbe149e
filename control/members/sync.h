// `lull members sync`: an exchange's export becomes a member file that people can review. Nothing
// that runs is touched: a monitor takes the file when it is reloaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/members/member.h"
#include "dataplane/error.h"

namespace lull {

struct MemberSyncOptions {
    std::string from;                       // IX-F export, or PeeringDB's netixlan as JSON
    std::optional<std::string> neighbours;  // `ip -j neigh show`: MAC addresses by IP address
    std::optional<uint32_t> ixlan;          // of PeeringDB: this one alone
    std::string out;
    bool check = false;  // say what would change, and write nothing
    bool force = false;  // also a list that has lost more than a fifth of its members, or of those
                         // with a MAC address
    enum class Format : uint8_t { kText, kJson };
    Format format = Format::kText;
};

/// What a new list changes: one line a member, "+ AS64500 Example: …".
struct MemberChanges {
    std::vector<std::string> lines;
    std::size_t added = 0, removed = 0, changed = 0;
};
MemberChanges compare_members(const MemberList& before, const MemberList& after);

/// The members of a PeeringDB answer (`{"data": [{"asn", "name", "ipaddr4", "ipaddr6", "ixlan_id"
/// …}]}`), without MAC addresses. Refused: not of that shape, or several exchanges and none asked.
Result<MemberList> parse_peeringdb(const std::string& text, const std::string& path,
                                   std::optional<uint32_t> ixlan);
/// Gives members the MAC addresses that their IP addresses have in `ip -j neigh show`.
Result<std::size_t> add_neighbours(const std::string& text, const std::string& path,
                                   MemberList& members);
/// Takes away the MAC addresses that several members have and no VLAN tells apart, which a monitor
/// refuses; a sentence of each.
std::vector<std::string> drop_shared(MemberList& members);

Result<void> run_member_sync(const MemberSyncOptions& options);

}  // namespace lull
