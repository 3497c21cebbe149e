#include "control/export/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "control/export/families.h"
#include "control/export/summary.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr double kLeastShare = 0.005;  // of a country; less is left out
constexpr double kStands = 0.5;        // of a member's expectation
constexpr double kFewExpected = 10;    // flows; of fewer nothing is said
constexpr const char* kUnknown = "unknown";

const MemberView* member_of(const View& view, const MemberKey& key) {
    const auto found = std::find_if(view.members.begin(), view.members.end(),
                                    [&](const MemberView& each) { return each.key == key; });
    return found == view.members.end() ? nullptr : &*found;
}

std::string label_of(const MemberKey& key) {
    return key == MemberKey{} ? kUnknown : member_label(key);
}

json text_json(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

std::vector<const MemberShare*> shares_of(const View& view, CountryId id) {
    std::vector<const MemberShare*> shares;
    for (const MemberShare& each : view.member_shares) {
        if (each.country == id && each.share >= kLeastShare) {
            shares.push_back(&each);
        }
    }
    std::sort(shares.begin(), shares.end(),
              [](const auto* a, const auto* b) { return a->share > b->share; });
    return shares;
}

json member_json(const View& view, const MemberView& member) {
    json countries = json::array();
    std::vector<const MemberShare*> its;
    for (const MemberShare& each : view.member_shares) {
        if (each.member == member.key && each.share >= kStands) {
            its.push_back(&each);
        }
    }
    std::sort(its.begin(), its.end(),
              [](const auto* a, const auto* b) { return a->share > b->share; });
    for (const MemberShare* each : its) {
        countries.push_back({{"country", country(each->country).code}, {"share", each->share}});
    }
    return {{"member", label_of(member.key)},
            {"asn", member.key.asn == 0 ? json(nullptr) : json(member.key.asn)},
            {"name", text_json(member.name)},
            {"listed", member.listed},
            {"ports", member.ports},
            {"receive_packets", member.totals.packets},
            {"receive_bytes", member.totals.bytes},
            {"observed_flows", member.flows.observed},
            {"expected_flows", member.flows.expected},
            {"fallen", member.fallen},
            {"countries", std::move(countries)}};
}

}  // namespace

json members_json(const View& view) {
    json document{{"time", format_time(view.tick_end_ns)},
                  {"told", view.tells_members},
                  {"members", json::array()},
                  {"unknown", nullptr}};
    std::vector<const MemberView*> order;
    for (std::size_t id = 1; id < view.members.size(); ++id) {
        if (view.members[id].listed || view.members[id].totals.packets != 0) {
            order.push_back(&view.members[id]);
        }
    }
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        return a->totals.bytes != b->totals.bytes ? a->totals.bytes > b->totals.bytes
                                                  : a->key < b->key;
    });
    for (const MemberView* member : order) {
        document["members"].push_back(member_json(view, *member));
    }
    if (!view.members.empty()) {
        json addresses = json::array();
        for (const MacNumber mac : view.unknown_macs) {
            addresses.push_back(format_mac(mac));
        }
        document["unknown"] = {{"receive_packets", view.members.front().totals.packets},
                               {"receive_bytes", view.members.front().totals.bytes},
                               {"addresses", std::move(addresses)}};
    }
    return document;
}

json country_members_json(const View& view, CountryId id) {
    if (!view.tells_members) {
        return nullptr;
    }
    json list = json::array();
    for (const MemberShare* each : shares_of(view, id)) {
        const MemberView* member = member_of(view, each->member);
        list.push_back({{"member", label_of(each->member)},
                        {"name", member == nullptr ? json(nullptr) : text_json(member->name)},
                        {"share", each->share}});
    }
    return list;
}

const MemberShare* largest_member(const View& view, CountryId id) {
    for (const MemberShare* each : shares_of(view, id)) {
        if (each->member != MemberKey{}) {
            return each;
        }
    }
    return nullptr;
}

bool behind_fallen_member(const View& view, CountryId id) {
    const MemberShare* share = largest_member(view, id);
    const MemberView* member = share == nullptr ? nullptr : member_of(view, share->member);
    return member != nullptr && member->fallen && share->share >= kStands;
}

std::pair<const char*, std::string> member_answer(const View& view, CountryId id) {
    if (!view.tells_members) {
        return {"not checkable", "members are not told apart"};
    }
    const MemberShare* share = largest_member(view, id);
    const MemberView* member = share == nullptr ? nullptr : member_of(view, share->member);
    if (member == nullptr || member->flows.expected < kFewExpected) {
        return {"not checkable", "too few flows by any member's port"};
    }
    const double ratio = member->flows.observed / member->flows.expected;
    const bool stands = ratio >= kStands;
    const bool its = share->share >= kStands;
    return {stands || !its   ? "yes"
            : member->fallen ? "no"
                             : "not checkable",
            fmt::format("{} of its flows come by {}, which stands at {} of its expectation over "
                        "all countries",
                        spoken_ratio(share->share), label_of(share->member), spoken_ratio(ratio))};
}

void add_member_families(const View& view, FamilyList& list) {
    struct Metric {
        const char* name;
        const char* help;
        uint64_t MemberTotals::*value;
    };
    constexpr Metric kMetrics[] = {
        {"lull_member_receive_bytes_total",
         "Bytes of frames, without FCS, that the member handed in; unknown: by no listed address.",
         &MemberTotals::bytes},
        {"lull_member_receive_packets_total",
         "Frames that the member handed in; over all members those that the ports received.",
         &MemberTotals::packets}};
    for (const Metric& metric : kMetrics) {
        list.counter(metric.name, metric.help);
        for (const MemberView& member : view.members) {
            if (member.totals.packets != 0 || member.listed) {
                list.add(static_cast<double>(member.totals.*metric.value),
                         {{"member", label_of(member.key)}});
            }
        }
    }
    list.gauge("lull_country_largest_member_share",
               "Share of the country's answered flows that come or go by one member's port: of the "
               "member that has most.");
    for (std::size_t i = 1; view.tells_members && i < countries().size(); ++i) {
        const auto id = static_cast<CountryId>(i);
        if (const MemberShare* share = largest_member(view, id)) {
            list.add(share->share, {{"country", country(id).code}});
        }
    }
}

}  // namespace lull
