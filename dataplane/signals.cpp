// See signals.h. Hot: no allocation, lock, log or system call below.
#include "dataplane/signals.h"

#include <array>
#include <cstring>

#include "dataplane/count.h"
#include "dataplane/headers.h"

namespace lull {

namespace {

// From here on UDP of one flow and direction is more than a question, a retry and a stray answer.
constexpr uint16_t kSeveralPackets = 3;

// UDP services that are abused as reflectors (CISA TA14-017A): what comes from these ports may be
// an attack on its destination and proves no life. DNS (53) is left in: answers of a country's own
// servers are life, and reflection toward one victim is one pair.
constexpr std::array<uint16_t, 15> kReflectionPorts{17,  19,   69,   111,  123,  137,   161,  389,
                                                    520, 1900, 3283, 3702, 5353, 10001, 11211};

struct PortSet {
    std::array<uint64_t, 1024> bits{};
    constexpr PortSet() {
        for (const uint16_t port : kReflectionPorts) {
            bits[port / 64] |= 1ull << (port % 64);
        }
    }
    [[nodiscard]] bool has(uint16_t port) const { return (bits[port / 64] >> (port % 64)) & 1; }
};
constexpr PortSet kReflectors;

// A network is what one subscriber site or one routed unit has: a /24, or a /48.
uint64_t network4(uint32_t address) {
    return uint64_t{address >> 8} | kNetwork4;
}

uint64_t network6(const Ipv6Bytes& address) {
    uint64_t high = 0;
    std::memcpy(&high, address.data(), sizeof(high));
    return __builtin_bswap64(high) >> 16;
}

uint64_t source_network(const PacketView& view) {
    return view.family == Family::kIpv4 ? network4(view.source4) : network6(view.source6);
}

uint64_t destination_network(const PacketView& view) {
    return view.family == Family::kIpv4 ? network4(view.destination4) : network6(view.destination6);
}

uint64_t pair_hash(uint64_t source, uint64_t destination, uint64_t seed) {
    return mix(source * 0x9E3779B97F4A7C15ull + destination, seed);
}

AreaCounts& area_of(AreaId id, Bank& bank) {
    bank.area_marks[index_of(id)] = 1;
    return bank.areas[index_of(id)];
}

// Domestic conversations say nothing about the way to the world, content and the like nothing about
// people.
bool counts_for(const OriginTraits& end, const OriginTraits& other) {
    return end.bears_life && end.area != kAreaNone && end.area != other.area;
}

uint8_t of(uint8_t bits, FlowDirection direction) {
    return static_cast<uint8_t>(bits << direction);
}

void learn_tcp(FlowEntry& entry, FlowDirection direction, const PacketView& view) {
    if ((view.tcp_flags & (kTcpSyn | kTcpRst)) != 0) {
        return;
    }
    if ((view.tcp_flags & kTcpAck) != 0) {
        entry.state |= of(flow_state::kSubstance, direction);
    }
    if (view.payload_bytes == 0) {
        return;
    }
    const auto sequence = static_cast<uint16_t>(view.tcp_sequence);
    const auto ahead = static_cast<int16_t>(sequence - entry.sequence[direction]);
    if ((entry.state & of(flow_state::kData, direction)) != 0 && ahead > 0) {
        entry.state |= of(flow_state::kLife, direction);
    }
    entry.state |= of(flow_state::kData, direction);
    entry.sequence[direction] = sequence;
}

void learn_udp(FlowEntry& entry, FlowDirection direction, const PacketView& view) {
    if (kReflectors.has(view.source_port) || view.payload_bytes == 0) {
        return;
    }
    entry.state |= of(flow_state::kSubstance, direction);
    if (entry.sequence[direction] < kSeveralPackets) {
        entry.sequence[direction] += 1;
    }
    if (entry.sequence[direction] == kSeveralPackets) {
        entry.state |= of(flow_state::kLife, direction);
    }
}

void learn(FlowEntry& entry, FlowDirection direction, const PacketView& view) {
    switch (view.protocol) {
        case kProtocolTcp:
            return learn_tcp(entry, direction, view);
        case kProtocolUdp:
            return learn_udp(entry, direction, view);
        case kProtocolEsp:
        case kProtocolGre:
        case kProtocolSctp:
            entry.state |= of(flow_state::kLife, direction);
            return;
        default:
            return;
    }
}

}  // namespace

bool is_request(const PacketView& view) {
    if (view.later_fragment) {
        return false;
    }
    if (view.protocol == kProtocolTcp) {
        return (view.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
    }
    return view.protocol == kProtocolUdp && view.destination_port < view.source_port &&
           !kReflectors.has(view.source_port);
}

void note_source(const PacketView& view, OriginId source, const SignalSink& sink) {
    const OriginTraits from = sink.traits[index_of(source)];
    if (from.area != kAreaNone) {
        area_of(from.area, sink.bank).sources.add(mix(source_network(view), sink.seed));
    }
}

namespace {

struct Ends {
    uint64_t near;  // networks
    uint64_t far;
    Family family;
};

// The end that sends in `direction` lives: a pair of its network and the far one.
void tell_life(FlowEntry& entry, FlowDirection direction, Ends ends, const SignalSink& sink) {
    const OriginTraits end = sink.traits[index_of(entry.origin(direction))];
    const OriginTraits other = sink.traits[index_of(entry.origin(direction ^ 1))];
    if (counts_for(end, other)) {
        AreaCounts& area = area_of(end.area, sink.bank);
        const uint64_t pair = pair_hash(ends.near, ends.far, sink.seed);
        area.life.add(pair);
        if (ends.family == Family::kIpv6) {
            area.life6.add(pair);
        }
        if ((entry.state & flow_state::kAnswered) != 0) {
            area.answered.add(mix(ends.near, sink.seed));
        }
    }
}

// Substance both ways for the first time: both ends live, and the flow counts for both.
// `networks`: of its two ends, the lower key's first.
void become_answered(FlowEntry& entry, Family family, std::array<NetworkNumber, 2> networks,
                     const SignalSink& sink) {
    entry.state |= flow_state::kAnswered;
    for (FlowDirection end = 0; end < 2; ++end) {
        const OriginTraits near = sink.traits[index_of(entry.origin(end))];
        if (counts_for(near, sink.traits[index_of(entry.origin(end ^ 1))])) {
            AreaCounts& area = area_of(near.area, sink.bank);
            area.answered_networks[area.answered_flows % kAnsweredSample] = networks[end];
            area.answered_flows += 1;
            area.answered_flows6 += family == Family::kIpv6 ? 1 : 0;
            add_answered(sink.bank, entry.origin(end));
        }
    }
}

}  // namespace

Flow note_signals(FlowEntry& entry, FlowDirection direction, const PacketView& view,
                  const SignalSink& sink, Tells tells) {
    const FlowDirection back = direction ^ 1;
    const uint64_t source = source_network(view), destination = destination_network(view);
    learn(entry, direction, view);
    if ((entry.inspection() & flow_inspection::kHostile) != 0) {
        // Nothing that it may still send tells anything: is_quiet() from here on.
        entry.state |= flow_state::kSubstance | flow_state::kSubstance << 1 | flow_state::kLife |
                       flow_state::kLife << 1;
        entry.report(flow_report::kSource | flow_report::kSource << 1 | flow_report::kLife |
                     flow_report::kLife << 1);
        return Flow::kAsBefore;
    }

    Flow flow = Flow::kAsBefore;
    uint8_t told = 0;
    if ((entry.reported() & of(flow_report::kSource, direction)) == 0) {
        told |= of(flow_report::kSource, direction);
        note_source(view, entry.origin(direction), sink);
        const OriginTraits to = sink.traits[index_of(entry.origin(back))];
        if (is_request(view) && counts_for(to, sink.traits[index_of(entry.origin(direction))])) {
            area_of(to.area, sink.bank).demand.add(pair_hash(source, destination, sink.seed));
        }
    }
    constexpr uint8_t kBothWays = flow_state::kSubstance | flow_state::kSubstance << 1;
    if ((entry.state & (kBothWays | flow_state::kAnswered)) == kBothWays) {
        become_answered(
            entry, view.family,
            direction == 0 ? std::array{source, destination} : std::array{destination, source},
            sink);
        tell_life(entry, back, {destination, source, view.family}, sink);
        told |= of(flow_report::kLife, back);
        flow = Flow::kNowAnswered;
    }
    const bool lives =
        (entry.state & (flow_state::kAnswered | of(flow_state::kLife, direction))) != 0;
    if (lives && (entry.reported() & of(flow_report::kLife, direction)) == 0) {
        told |= of(flow_report::kLife, direction);
        tell_life(entry, direction, {source, destination, view.family}, sink);
    }
    if (tells == Tells::kOnce) {
        entry.report(told);
    }
    return flow;
}

void note_members(const FlowEntry& entry, FlowDirection direction, MemberPair members,
                  const SignalSink& sink) {
    const OriginTraits from = sink.traits[index_of(entry.origin(direction))];
    const OriginTraits to = sink.traits[index_of(entry.origin(direction ^ 1))];
    if (counts_for(from, to)) {
        sink.bank.member_flows.add(from.area, members.from);
    }
    if (counts_for(to, from)) {
        sink.bank.member_flows.add(to.area, members.to);
    }
}

namespace {

// Either end of a conversation with a resolver.
bool is_dns(const FlowEntry& entry) {
    constexpr uint32_t kDnsPort = 53;
    return (entry.ports & 0xffff) == kDnsPort || entry.ports >> 16 == kDnsPort;
}

}  // namespace

void count_inspected(const FlowTotals& totals, const FlowEntry& entry, FlowDirection direction,
                     const LabelCounts& counts, const SignalSink& sink) {
    InspectCounts& inspected = sink.bank.inspected;
    if (totals.label != kLabelNone) {
        inspected.count(totals.label, sink.traits[index_of(entry.origin(direction))].area,
                        sink.traits[index_of(entry.origin(direction ^ 1))].area, counts);
    }
    if (totals.site != kSiteNone) {
        inspected.site(totals.site).bytes += counts.bytes;
    }
}

void note_labelled(const FlowTotals& totals, const FlowEntry& entry, const SignalSink& sink) {
    for (FlowDirection direction = 0; direction < 2; ++direction) {
        const uint64_t flows = direction == 0 ? 1 : 0;
        sink.bank.inspected.count(totals.label, sink.traits[index_of(entry.origin(direction))].area,
                                  sink.traits[index_of(entry.origin(direction ^ 1))].area,
                                  {flows, totals.packets[direction], totals.bytes[direction]});
    }
}

void note_site(const FlowTotals& totals, const FlowEntry& entry, const SignalSink& sink) {
    SiteCounts& site = sink.bank.inspected.site(totals.site);
    (is_dns(entry) ? site.asked_flows : site.flows) += 1;
    site.bytes += totals.bytes[0] + totals.bytes[1];
    if ((entry.state & flow_state::kAnswered) != 0) {
        note_site_answered(totals, entry, sink);
    }
}

void note_site_answered(const FlowTotals& totals, const FlowEntry& entry, const SignalSink& sink) {
    if (totals.site != kSiteNone) {
        SiteCounts& site = sink.bank.inspected.site(totals.site);
        (is_dns(entry) ? site.told_flows : site.answered_flows) += 1;
    }
}

void note_two_way(const FlowEntry& entry, const SignalSink& sink) {
    constexpr uint8_t kLives = flow_state::kLife | flow_state::kLife << 1;
    const bool answered = (entry.state & flow_state::kAnswered) != 0;
    const bool hostile = (entry.inspection() & flow_inspection::kHostile) != 0;
    if (hostile || (!answered && (entry.state & kLives) == 0)) {
        return;
    }
    sink.bank.flows.living += 1;
    sink.bank.flows.two_way += answered ? 1 : 0;
    const OriginTraits lower = sink.traits[index_of(entry.origin(0))];
    const OriginTraits other = sink.traits[index_of(entry.origin(1))];
    const auto count = [&](const OriginTraits& end, const OriginTraits& far) {
        if (counts_for(end, far)) {
            AreaCounts& area = area_of(end.area, sink.bank);
            area.living_flows += 1;
            area.two_way_flows += answered ? 1 : 0;
        }
    };
    count(lower, other);
    count(other, lower);
}

}  // namespace lull
