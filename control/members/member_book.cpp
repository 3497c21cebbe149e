#include "control/members/member_book.h"

#include "dataplane/limits.h"

namespace lull {

// kMemberUnknown: there is no room.
MemberId MemberBook::number(const MemberKey& key) {
    const auto found = numbers_.find(key);
    if (found != numbers_.end()) {
        return found->second;
    }
    if (entries_.size() >= kMaxMembers) {
        return kMemberUnknown;
    }
    const auto id = static_cast<MemberId>(entries_.size());
    entries_.push_back({.key = key, .name = {}});
    numbers_.emplace(key, id);
    return id;
}

Result<std::unique_ptr<MemberMap>> MemberBook::adopt(const MemberList& members) {
    MemberBook next = *this;
    for (Entry& entry : next.entries_) {
        entry.listed = false;
    }
    std::vector<MemberAddress> addresses;
    for (const Member& member : members) {
        const MemberId id = next.number({member.asn, 0});
        if (id == kMemberUnknown) {
            return refused("more than {} members since lull was started; mend: restart it",
                           kMaxMembers - 1);
        }
        next.entries_[index_of(id)] = {{member.asn, 0}, member.name, true, member.ports.size()};
        for (const Member::Port& port : member.ports) {
            addresses.push_back({port.mac, port.vlan, id});
        }
    }
    auto map = MemberMap::build(addresses);
    if (map) {
        *this = std::move(next);
    }
    return map;
}

Result<std::unique_ptr<MemberMap>> MemberBook::learn(const std::vector<MacNumber>& macs) {
    for (const MacNumber mac : macs) {
        number({0, mac});
    }
    std::vector<MemberAddress> addresses;
    for (std::size_t id = 1; id < entries_.size(); ++id) {
        Entry& entry = entries_[id];
        entry.listed = entry.key.asn == 0;
        if (entry.listed) {
            entry.ports = 1;
            addresses.push_back({entry.key.mac, 0, static_cast<MemberId>(id)});
        }
    }
    return MemberMap::build(addresses);
}

}  // namespace lull
