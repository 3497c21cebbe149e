#include "control/bmp/message.h"

#include <algorithm>
#include <array>

#include "control/bgp/update.h"

namespace lull {
namespace {

constexpr uint16_t kDescriptionTlv = 1, kNameTlv = 2;
constexpr uint16_t kReasonTlv = 1;

/// Type 2 octets, length 2, value (RFC 7854 §4.4).
struct Tlv {
    uint16_t type = 0;
    Bytes value;
};

RouteProblem read_tlv(Octets& in, Tlv& out) {
    out.type = in.u16();
    out.value = in.take(in.u16());
    return in.underrun() ? RouteProblem::kRecordCut : RouteProblem::kNone;
}

std::string text_of(Bytes bytes) {
    const Bytes kept = bytes.first(std::min(bytes.size(), kMaxBmpTextBytes));
    return {kept.begin(), kept.end()};
}

/// One of the two OPENs inside a Peer Up, with its own header.
RouteProblem read_open_message(Octets& in, BgpOpen& out) {
    Octets ahead = in;
    const Bytes rest = ahead.rest();
    BgpMessage message;
    const auto problem = read_message(rest, message);
    if (problem != RouteProblem::kNone) return problem;
    if (message.type != MessageType::kOpen) return RouteProblem::kNotOpen;
    constexpr uint32_t kBgpHeaderBytes = 19;
    in.take(kBgpHeaderBytes + static_cast<uint32_t>(message.body.size()));
    return read_open(message.body, out);
}

}  // namespace

RouteProblem read_initiation(Bytes body, BmpInitiation& out) {
    out = BmpInitiation{};
    Octets in(body);
    while (!in.at_end()) {
        Tlv tlv;
        const auto problem = read_tlv(in, tlv);
        if (problem != RouteProblem::kNone) return problem;
        if (tlv.type == kNameTlv) out.name = text_of(tlv.value);
        if (tlv.type == kDescriptionTlv) out.description = text_of(tlv.value);
    }
    return RouteProblem::kNone;
}

RouteProblem read_termination(Bytes body, BmpTermination& out) {
    out = BmpTermination::kUnspecified;
    Octets in(body);
    while (!in.at_end()) {
        Tlv tlv;
        const auto problem = read_tlv(in, tlv);
        if (problem != RouteProblem::kNone) return problem;
        if (tlv.type != kReasonTlv || tlv.value.size() != 2) continue;
        constexpr auto kLast = static_cast<uint16_t>(BmpTermination::kPermanentlyAdministrative);
        const uint16_t reason = Octets(tlv.value).u16();
        if (reason <= kLast) out = static_cast<BmpTermination>(reason);
    }
    return RouteProblem::kNone;
}

//   local address 16 octets, local port 2, remote port 2, the OPEN sent, the OPEN received, TLVs
RouteProblem read_peer_up(Octets& in, BmpPeerUp& out) {
    out = BmpPeerUp{};
    in.take(16);
    out.local_port = in.u16();
    out.remote_port = in.u16();
    if (in.underrun()) return RouteProblem::kRecordCut;
    auto problem = read_open_message(in, out.sent);
    if (problem == RouteProblem::kNone) problem = read_open_message(in, out.received);
    while (problem == RouteProblem::kNone && !in.at_end()) {
        Tlv tlv;
        problem = read_tlv(in, tlv);
    }
    return problem;
}

std::string_view peer_down_name(PeerDownReason reason) {
    constexpr std::array<std::string_view, 9> kNames{
        "none",    "local_notification", "local",     "remote_notification",
        "remote",  "not_monitored",      "local_tlv", "unknown",
        "up_again"};
    return kNames[static_cast<std::size_t>(reason)];
}

//   reason 1 octet; with 1 and 3 a NOTIFICATION, with 2 an event of the state machine in 2 octets,
//   with 6 TLVs
RouteProblem read_peer_down(Octets& in, PeerDownReason& out) {
    out = PeerDownReason::kUnknown;
    const uint8_t reason = in.u8();
    if (in.underrun()) return RouteProblem::kRecordCut;
    if (reason == 0 || reason >= static_cast<uint8_t>(PeerDownReason::kUnknown)) {
        return RouteProblem::kNone;
    }
    out = static_cast<PeerDownReason>(reason);
    if (out == PeerDownReason::kLocalNotification || out == PeerDownReason::kRemoteNotification) {
        BgpMessage message;
        return read_message(in.rest(), message);
    }
    if (out == PeerDownReason::kLocal) in.u16();
    auto problem = in.underrun() ? RouteProblem::kRecordCut : RouteProblem::kNone;
    while (out == PeerDownReason::kLocalTlv && problem == RouteProblem::kNone && !in.at_end()) {
        Tlv tlv;
        problem = read_tlv(in, tlv);
    }
    return problem;
}

//   count 4 octets, then so many TLVs; gauges have 8 octets
RouteProblem read_statistics(Octets& in, BmpGauges& out) {
    constexpr uint16_t kAdjRibIn = 7, kLocRib = 8, kAdjRibOutPre = 14, kAdjRibOutPost = 15;
    const uint32_t count = in.u32();
    if (in.underrun()) return RouteProblem::kRecordCut;
    for (uint32_t i = 0; i < count; ++i) {
        Tlv tlv;
        const auto problem = read_tlv(in, tlv);
        if (problem != RouteProblem::kNone) return problem;
        if (tlv.value.size() != 8) continue;
        Octets value(tlv.value);
        const uint64_t high = value.u32();
        const uint64_t gauge = high << 32 | value.u32();
        if (tlv.type == kAdjRibIn) out.adj_rib_in = gauge;
        if (tlv.type == kLocRib) out.loc_rib = gauge;
        if (tlv.type == kAdjRibOutPre) out.adj_rib_out_pre = gauge;
        if (tlv.type == kAdjRibOutPost) out.adj_rib_out_post = gauge;
    }
    return RouteProblem::kNone;
}

}  // namespace lull
