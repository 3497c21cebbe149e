#include "control/members/member_traffic.h"

#include <algorithm>

namespace lull {

void MemberTraffic::add(const Snapshot& snapshot) {
    for (const MemberDelta& delta : snapshot.members) {
        const std::size_t id = index_of(delta.member);
        totals_.resize(std::max(totals_.size(), id + 1));
        totals_[id].packets += delta.packets;
        totals_[id].bytes += delta.bytes;
    }
    for (const GroupDelta& group : snapshot.groups) {
        for (const MemberFlowsDelta& delta : group.member_flows) {
            open_[group.group][uint32_t{index_of(delta.area)} << 16 | index_of(delta.member)] +=
                delta.flows;
        }
    }
}

std::vector<std::vector<MemberFacts>> MemberTraffic::close_tick(const MemberBook& book) {
    std::vector<std::vector<MemberFacts>> groups(open_.size());
    for (std::size_t group = 0; group < open_.size(); ++group) {
        for (const auto& [word, flows] : open_[group]) {
            // Areas are countries in every generation: area = country + 1.
            const uint32_t country = (word >> 16) - 1;
            const std::size_t member = word & 0xffff;
            if (country < countries().size() && member < book.entries().size()) {
                groups[group].push_back({static_cast<CountryId>(country),
                                         book.entries()[member].key, static_cast<double>(flows)});
            }
        }
        open_[group].clear();
    }
    return groups;
}

}  // namespace lull
