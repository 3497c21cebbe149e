#include "dataplane/members.h"

#include <algorithm>
#include <bit>

#include "dataplane/headers.h"
#include "dataplane/limits.h"

namespace lull {

namespace {

bool is_lower(const MemberAddress& a, const MemberAddress& b) {
    return a.mac != b.mac ? a.mac < b.mac : a.vlan < b.vlan;
}

}  // namespace

std::string format_mac(MacNumber mac) {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac >> 40 & 0xff,
                       mac >> 32 & 0xff, mac >> 24 & 0xff, mac >> 16 & 0xff, mac >> 8 & 0xff,
                       mac & 0xff);
}

MemberMap::Slot& MemberMap::place(uint64_t key) {
    std::size_t at = home(key);
    while (slots_[at].key != 0 && slots_[at].key != key) {
        at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at].key = key;
    return slots_[at];
}

Result<std::unique_ptr<MemberMap>> MemberMap::build(std::span<const MemberAddress> addresses) {
    if (addresses.size() > kMaxMemberAddresses) {
        return refused("{} addresses of members; at most {} are supported", addresses.size(),
                       kMaxMemberAddresses);
    }
    std::vector<MemberAddress> sorted(addresses.begin(), addresses.end());
    std::sort(sorted.begin(), sorted.end(), is_lower);
    std::unique_ptr<MemberMap> map(new MemberMap());
    // One more for each address, whose members may differ by VLAN; and half of it stays free.
    map->slots_.resize(std::bit_ceil(sorted.size() * 4 + 2));
    map->shift_ = 64 - static_cast<uint32_t>(std::countr_zero(map->slots_.size()));
    for (auto first = sorted.begin(); first != sorted.end();) {
        const auto end = std::find_if(
            first, sorted.end(), [&](const MemberAddress& each) { return each.mac != first->mac; });
        if (!is_unicast(first->mac) || first->mac >> 48 != 0) {
            return refused("{}: no address of an interface", format_mac(first->mac));
        }
        const bool by_vlan = std::any_of(
            first, end, [&](const MemberAddress& each) { return each.member != first->member; });
        map->place(first->mac << kVlanBits) = {first->mac << kVlanBits, first->member, by_vlan};
        for (auto each = first; each != end; ++each) {
            if (index_of(each->member) >= kMaxMembers || each->vlan > kVlanIdMask) {
                return refused("{}: member {} or VLAN {} is above the limit", format_mac(each->mac),
                               index_of(each->member), each->vlan);
            }
            if (!by_vlan) {
                continue;
            }
            const uint64_t key = each->mac << kVlanBits | each->vlan;
            const bool again = each != first && each->vlan == std::prev(each)->vlan;
            if (each->vlan == 0 || (again && each->member != std::prev(each)->member)) {
                return refused("{}: two members have it{}", format_mac(each->mac),
                               each->vlan == 0 ? "" : fmt::format(" on VLAN {}", each->vlan));
            }
            map->place(key) = {key, each->member, false};
        }
        first = end;
    }
    return map;
}

}  // namespace lull
