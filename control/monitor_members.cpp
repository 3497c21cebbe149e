// The monitor's part about members of an exchange: who they are, what they hand in, and what of a
// tick is told about them.
#include <algorithm>

#include "control/member_track.h"
#include "control/monitor.h"

namespace lull {
namespace {

constexpr std::size_t kUnknownKept = 64;  // addresses that no member has

}  // namespace

Result<std::unique_ptr<MemberMap>> Monitor::tell_members(const Config& config) {
    if (!config.origins.members) {
        members_told_ = Members::kNone;
        return nullptr;
    }
    const bool learned = *config.origins.members == kLearnedMembers;
    auto map = learned ? member_book_.learn({}) : member_book_.adopt(config.members);
    if (map) {
        members_told_ = learned ? Members::kLearned : Members::kListed;
        unknown_macs_.clear();
    }
    return map;
}

std::unique_ptr<MemberMap> Monitor::learned_members() {
    if (members_told_ != Members::kLearned || unknown_macs_.empty()) {
        return nullptr;
    }
    auto map = member_book_.learn(std::exchange(unknown_macs_, {}));
    return map ? std::move(*map) : nullptr;
}

void Monitor::add_members(const Snapshot& snapshot) {
    member_traffic_.add(snapshot);
    for (const MacNumber mac : snapshot.unknown_macs) {
        std::erase(unknown_macs_, mac);
        unknown_macs_.push_back(mac);
    }
    if (unknown_macs_.size() > kUnknownKept) {
        unknown_macs_.erase(unknown_macs_.begin(),
                            unknown_macs_.end() - static_cast<std::ptrdiff_t>(kUnknownKept));
    }
}

void Monitor::mark_members(TickFacts& facts) {
    std::vector<std::vector<MemberFacts>> seen = member_traffic_.close_tick(member_book_);
    facts.members = members_told_ == Members::kNone ? MembersTold::kNo : MembersTold::kAll;
    for (std::size_t group = 0; group < std::min(seen.size(), facts.groups.size()); ++group) {
        facts.groups[group].members = std::move(seen[group]);
    }
}

// What is recorded of a tick: thousands of pairs are as they always are.
void Monitor::keep_unusual_members() {
    if (last_tick_.members == MembersTold::kNo) {
        return;
    }
    const MemberTrack& track = detector_.member_track();
    last_tick_.members = MembersTold::kUnusual;
    last_tick_.unusual = track.watched();
    for (GroupFacts& group : last_tick_.groups) {
        std::erase_if(group.members,
                      [&](const MemberFacts& each) { return !track.watches(each.member); });
    }
}

// By the exchange's list, else by the table's; an incident keeps the name it got.
void Monitor::name_members() {
    const auto name_of = [this](const MemberKey& key) -> std::string {
        for (const MemberBook::Entry& entry : member_book_.entries()) {
            if (entry.key == key && !entry.name.empty()) {
                return entry.name;
            }
        }
        if (as_names_ == nullptr || key.asn == 0) {
            return "";
        }
        const auto found = as_names_->find(key.asn);
        return found == as_names_->end() ? "" : found->second;
    };
    for (const Incident& incident : detector_.incidents()) {
        if (incident.member && incident.member_name.empty() && !incident.end_ns) {
            detector_.name_member(incident.id, name_of(*incident.member));
        }
    }
}

void Monitor::show_members(View& view) const {
    view.tells_members = members_told_ != Members::kNone;
    view.unknown_macs = unknown_macs_;
    const std::span<const MemberBook::Entry> entries = member_book_.entries();
    for (std::size_t id = 0; view.tells_members && id < entries.size(); ++id) {
        MemberView& member = view.members.emplace_back();
        member.key = entries[id].key;
        member.name = entries[id].name;
        member.listed = entries[id].listed;
        member.ports = entries[id].ports;
        if (id < member_traffic_.totals().size()) {
            member.totals = member_traffic_.totals()[id];
        }
    }
    for (const MemberReading& reading : detector_.member_track().readings()) {
        const auto its =
            std::find_if(view.members.begin(), view.members.end(),
                         [&](const MemberView& member) { return member.key == reading.key; });
        if (its != view.members.end()) {
            its->flows = reading.flows;
            its->fallen = reading.fallen;
        }
    }
    for (std::size_t i = 0; view.tells_members && i < countries().size(); ++i) {
        const CountryId id{static_cast<uint16_t>(i)};
        const CountryMembers& members = detector_.members(id);
        for (const CountryMembers::Part& part : members.parts()) {
            view.member_shares.push_back({id, part.id, members.share(part)});
        }
    }
}

}  // namespace lull
