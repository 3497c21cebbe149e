#include "dataplane/collect.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lull {

namespace {

// Both lists are sorted by id; what stands in both is added up.
template <typename Delta, typename Id, typename Add>
void merge_sorted(std::vector<Delta>& into, std::vector<Delta>&& more, Id id, Add add) {
    if (into.empty()) {
        into = std::move(more);
        return;
    }
    std::vector<Delta> merged;
    merged.reserve(into.size() + more.size());
    std::size_t i = 0, j = 0;
    while (i < into.size() || j < more.size()) {
        if (j == more.size() || (i < into.size() && id(into[i]) < id(more[j]))) {
            merged.push_back(std::move(into[i++]));
        } else if (i == into.size() || id(more[j]) < id(into[i])) {
            merged.push_back(std::move(more[j++]));
        } else {
            add(into[i], more[j++]);
            merged.push_back(std::move(into[i++]));
        }
    }
    into = std::move(merged);
}

}  // namespace

void FlowCounts::add(const FlowCounts& more) {
    created += more.created;
    displaced += more.displaced;
    ended += more.ended;
    idle += more.idle;
    active += more.active;
    evicted += more.evicted;
    refused += more.refused;
    living += more.living;
    two_way += more.two_way;
    shed_inspect_packets += more.shed_inspect_packets;
    shed_flow_packets += more.shed_flow_packets;
    shed_source_packets += more.shed_source_packets;
    occupied = more.occupied;
    shed_stage = std::max(shed_stage, more.shed_stage);
}

GroupDelta& BankReader::group_of(uint32_t group, uint64_t generation) {
    for (GroupDelta& delta : snapshot_.groups) {
        if (delta.group == group && delta.table_generation == generation) {
            return delta;
        }
    }
    GroupDelta& delta = snapshot_.groups.emplace_back();
    delta.group = group;
    delta.table_generation = generation;
    return delta;
}

void BankReader::read(Bank& bank, std::span<const WorkerQueue> queues, WorkerDelta& worker) {
    for (std::size_t slot = 0; slot < queues.size(); ++slot) {
        PortCounts& counts = bank.ports[slot];
        PortDelta& port = snapshot_.ports[queues[slot].port_index];
        port.received_packets += counts.received_packets;
        port.received_bytes += counts.received_bytes;
        port.counted_packets += counts.counted_packets;
        port.truncated_packets += counts.truncated_packets;
        for (std::size_t reason = 0; reason < kRejectCount; ++reason) {
            port.rejected[reason] += counts.rejected[reason];
        }
        port.wire.add(std::exchange(bank.wire[slot], {}));
        worker.received_packets += counts.received_packets;
        worker.queues.push_back({.port = queues[slot].port_index,
                                 .queue = queues[slot].queue_id,
                                 .received_packets = counts.received_packets});
        counts = PortCounts{};
    }
    worker.bursts = std::exchange(bank.bursts, {});
    GroupDelta& delta = group_of(worker.group, bank.generation);
    read_origins(bank, delta);
    read_areas(bank, delta);
    read_sample(bank.sample4);
    read_sample(bank.sample6);
    read_members(bank, delta);
    read_inspected(bank.inspected, delta);
    bank.busy_cycles = bank.total_cycles = bank.longest_turn_cycles = bank.turns = bank.long_turns =
        0;
}

void BankReader::read_sample(AddressSample& sample) {
    const auto count = std::min<uint64_t>(sample.taken, sample.seen.size());
    snapshot_.seen.insert(snapshot_.seen.end(), sample.seen.begin(),
                          sample.seen.begin() + static_cast<std::ptrdiff_t>(count));
    sample.taken = 0;
}

void BankReader::read_members(Bank& bank, GroupDelta& delta) {
    if (!std::exchange(bank.has_members, false)) {
        return;
    }
    for (uint16_t id = 0; id < kMaxMembers; ++id) {
        const MemberCounts counts = std::exchange(bank.members[id], {});
        if (counts.packets != 0) {
            snapshot_.members.push_back({MemberId{id}, counts.packets, counts.bytes});
        }
    }
    bank.member_flows.drain([&](const MemberFlows::Pair& pair) {
        delta.member_flows.push_back({AreaId{pair.area}, MemberId{pair.member}, pair.flows});
    });
    const auto count = std::min<uint64_t>(bank.unknown_macs.taken, kUnknownMacs);
    snapshot_.unknown_macs.insert(
        snapshot_.unknown_macs.end(), bank.unknown_macs.macs.begin(),
        bank.unknown_macs.macs.begin() + static_cast<std::ptrdiff_t>(count));
    bank.unknown_macs.taken = 0;
}

void BankReader::read_inspected(InspectCounts& counts, GroupDelta& delta) {
    if (!std::exchange(counts.written, false)) {
        return;
    }
    snapshot_.payload_looks += std::exchange(counts.looks, 0);
    for (uint16_t id = 1; id < kMaxLabels; ++id) {
        const LabelCounts label = std::exchange(counts.labels[id], {});
        if (label.flows != 0 || label.packets != 0) {
            snapshot_.labels.push_back({LabelId{id}, label});
        }
    }
    counts.pairs.drain([&](uint64_t key, const LabelCounts& pair) {
        delta.labels.push_back({LabelId{static_cast<uint16_t>(key >> 32)},
                                AreaId{static_cast<uint16_t>(key >> 16)},
                                AreaId{static_cast<uint16_t>(key)}, pair});
    });
    for (uint32_t mark = 0; mark < kMaxSites / InspectCounts::kSitesPerMark; ++mark) {
        if (std::exchange(counts.site_marks[mark], 0) == 0) {
            continue;
        }
        for (uint32_t i = 0; i < InspectCounts::kSitesPerMark; ++i) {
            const uint32_t id = mark * InspectCounts::kSitesPerMark + i;
            const SiteCounts site = std::exchange(counts.sites[id], {});
            if (site.flows != 0 || site.asked_flows != 0 || site.bytes != 0) {
                snapshot_.sites.push_back({SiteId{static_cast<uint16_t>(id)}, site});
            }
        }
    }
    snapshot_.names_left_out += counts.names.drain([&](NameKind kind, std::string_view name) {
        snapshot_.names.push_back({kind, std::string(name)});
    });
}

void BankReader::read_origins(Bank& bank, GroupDelta& delta) {
    std::vector<OriginDelta> touched;
    touched.reserve(delta.origins.size() + 64);
    constexpr std::size_t kMarks = kMaxOrigins / kOriginsPerMark;
    for (std::size_t word = 0; word < kMarks; word += sizeof(uint64_t)) {
        uint64_t marks = 0;
        std::memcpy(&marks, bank.origin_marks.data() + word, sizeof(marks));
        if (marks == 0) {
            continue;
        }
        std::memset(bank.origin_marks.data() + word, 0, sizeof(marks));
        for (std::size_t id = word * kOriginsPerMark;
             id < (word + sizeof(uint64_t)) * kOriginsPerMark; ++id) {
            OriginCounts& counts = bank.origins[id];
            if (counts.sent_packets == 0 && counts.received_packets == 0 &&
                bank.answered_flows[id] == 0) {
                continue;
            }
            touched.push_back({OriginId{static_cast<uint32_t>(id)}, counts.sent_packets,
                               counts.sent_bytes, counts.received_packets, counts.received_bytes,
                               std::exchange(bank.answered_flows[id], 0)});
            counts = OriginCounts{};
        }
    }
    merge_sorted(
        delta.origins, std::move(touched), [](const OriginDelta& d) { return d.origin; },
        [](OriginDelta& into, const OriginDelta& more) {
            into.sent_packets += more.sent_packets;
            into.sent_bytes += more.sent_bytes;
            into.received_packets += more.received_packets;
            into.received_bytes += more.received_bytes;
            into.answered_flows += more.answered_flows;
        });
}

void BankReader::read_areas(Bank& bank, GroupDelta& delta) {
    std::vector<AreaDelta> touched;
    for (std::size_t area = 0; area < kMaxAreas; ++area) {
        if (bank.area_marks[area] == 0) {
            continue;
        }
        AreaCounts& counts = bank.areas[area];
        touched.push_back({.area = AreaId{static_cast<uint16_t>(area)},
                           .sources = counts.sources,
                           .life = counts.life,
                           .life6 = counts.life6,
                           .demand = counts.demand,
                           .answered = counts.answered,
                           .answered_flows = counts.answered_flows,
                           .answered_flows6 = counts.answered_flows6,
                           .answered_networks = counts.answered_networks,
                           .living_flows = counts.living_flows,
                           .two_way_flows = counts.two_way_flows});
        counts = AreaCounts{};
    }
    bank.area_marks.fill(0);
    merge_sorted(
        delta.areas, std::move(touched), [](const AreaDelta& d) { return d.area; },
        [](AreaDelta& into, const AreaDelta& more) {
            into.sources.merge(more.sources);
            into.life.merge(more.life);
            into.life6.merge(more.life6);
            into.demand.merge(more.demand);
            into.answered.merge(more.answered);
            into.answered_flows += more.answered_flows;
            into.answered_flows6 += more.answered_flows6;
            // Each worker's half, so that neither speaks for both.
            std::copy_n(more.answered_networks.begin(), kAnsweredSample / 2,
                        into.answered_networks.begin() + kAnsweredSample / 2);
            into.living_flows += more.living_flows;
            into.two_way_flows += more.two_way_flows;
        });
}

}  // namespace lull
