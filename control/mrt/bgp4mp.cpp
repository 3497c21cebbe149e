#include "control/mrt/bgp4mp.h"

#include "control/bgp/attributes.h"

namespace lull {
namespace {

/// IANA's BGP4MP subtypes. _LOCAL: what the collector itself sent.
enum class Subtype : uint16_t {
    kStateChange,
    kMessage,
    kEntry,
    kSnapshot,
    kMessageAs4,
    kStateChangeAs4,
    kMessageLocal,
    kMessageAs4Local,
    kMessageAddPath,
    kMessageAs4AddPath,
    kMessageLocalAddPath,
    kMessageAs4LocalAddPath,
};

/// Of type BGP.
enum class OldSubtype : uint16_t {
    kNull,
    kUpdate,
    kPrefUpdate,
    kStateChange,
    kSync,
    kOpen,
    kNotify,
    kKeepalive,
};

Speaker speaker_of(const MrtRecord& record) {
    if (record.type == MrtType::kBgp) return Speaker::kPeer;
    switch (static_cast<Subtype>(record.subtype)) {
        case Subtype::kMessageLocal:
        case Subtype::kMessageAs4Local:
        case Subtype::kMessageLocalAddPath:
        case Subtype::kMessageAs4LocalAddPath:
            return Speaker::kCollector;
        default:
            return Speaker::kPeer;
    }
}

MrtFormat format_of(MrtType type) {
    if (type == MrtType::kBgp) return MrtFormat::kBgp;
    return type == MrtType::kBgp4mpEt ? MrtFormat::kBgp4mpEt : MrtFormat::kBgp4mp;
}

//   peer AS 2 or 4 octets, local AS 2 or 4, interface 2, AFI 2, peer 4 or 16, local 4 or 16
RouteProblem read_peer(Octets& in, AsWidth width, MrtPeer& peer) {
    peer.asn = width == AsWidth::kTwo ? in.u16() : in.u32();
    in.take(static_cast<uint32_t>(width) + 2);
    const auto family = family_of(in.u16());
    if (in.underrun()) return RouteProblem::kRecordCut;
    if (!family) return RouteProblem::kAddressFamily;
    const uint32_t bytes = *family == Family::kIpv4 ? 4 : 16;
    peer.address = address_of(*family, in.take(bytes));
    in.take(bytes);
    return in.underrun() ? RouteProblem::kRecordCut : RouteProblem::kNone;
}

}  // namespace

RouteProblem Bgp4mpReader::read_bgp4mp(const MrtRecord& record, MessageKind& kind) {
    constexpr auto kAll = AddPath::kYes;
    Octets in(record.body);
    switch (static_cast<Subtype>(record.subtype)) {
        case Subtype::kStateChange:
            kind = MessageKind::kStateChange;
            return read_state_change(record, in, AsWidth::kTwo);
        case Subtype::kStateChangeAs4:
            kind = MessageKind::kStateChange;
            return read_state_change(record, in, AsWidth::kFour);
        case Subtype::kMessage:
        case Subtype::kMessageLocal:
            return read_message_record(record, in, {.as_width = AsWidth::kTwo}, kind);
        case Subtype::kMessageAs4:
        case Subtype::kMessageAs4Local:
            return read_message_record(record, in, {.as_width = AsWidth::kFour}, kind);
        case Subtype::kMessageAddPath:
        case Subtype::kMessageLocalAddPath:
            return read_message_record(record, in, {AsWidth::kTwo, kAll, kAll}, kind);
        case Subtype::kMessageAs4AddPath:
        case Subtype::kMessageAs4LocalAddPath:
            return read_message_record(record, in, {AsWidth::kFour, kAll, kAll}, kind);
        case Subtype::kEntry:
            kind = MessageKind::kTableEntry;
            return read_table_entry(record, in);
        case Subtype::kSnapshot:
            break;  // the name of another file
    }
    kind = MessageKind::kUnknown;
    return RouteProblem::kNone;
}

//   the peer, old state 2 octets, new state 2: those of the BGP FSM (RFC 4271 §8.2.2), from 1
RouteProblem Bgp4mpReader::read_state_change(const MrtRecord& record, Octets& in, AsWidth width) {
    constexpr uint16_t kEstablished = 6;
    MrtPeer peer;
    const auto problem = read_peer(in, width, peer);
    if (problem != RouteProblem::kNone) return problem;
    const uint16_t before = in.u16();
    const uint16_t after = in.u16();
    if (in.underrun()) return RouteProblem::kRecordCut;
    // Between other states nothing is lost: a second connection of a peer that is up ends in them.
    if ((before == kEstablished) == (after == kEstablished)) return RouteProblem::kNone;
    const auto change = after == kEstablished ? SessionChange::kUp : SessionChange::kDown;
    sink_.session({change, record.time_s, peer});
    return RouteProblem::kNone;
}

RouteProblem Bgp4mpReader::read_message_record(const MrtRecord& record, Octets& in,
                                               const UpdateFormat& format, MessageKind& kind) {
    kind = MessageKind::kOther;
    MrtPeer peer;
    auto problem = read_peer(in, format.as_width, peer);
    if (problem != RouteProblem::kNone) return problem;
    BgpMessage message;
    problem = read_message(in.rest(), message);
    if (problem != RouteProblem::kNone || message.type != MessageType::kUpdate) return problem;
    kind = MessageKind::kUpdate;
    return hand_out(record, peer, message.body, format);
}

// BGP4MP_ENTRY, deprecated: one route of a table (RFC 6396, appendix B.1.2). Behind the peer:
//   view 2 octets, status 2, time 4, AFI 2, SAFI 1, length of next hop 1, next hop, prefix,
//   attribute length 2, attributes
RouteProblem Bgp4mpReader::read_table_entry(const MrtRecord& record, Octets& in) {
    MrtPeer peer;
    auto problem = read_peer(in, AsWidth::kTwo, peer);
    if (problem != RouteProblem::kNone) return problem;
    in.take(2 + 2 + 4);
    const auto family = family_of(in.u16());
    const uint8_t safi = in.u8();
    in.take(in.u8());
    if (in.underrun()) return RouteProblem::kRecordCut;
    if (!family || safi != kSafiUnicast) {
        ++other_families_;
        return RouteProblem::kNone;
    }
    Nlri nlri;
    problem = read_prefix(in, *family, nlri.prefix);
    if (problem != RouteProblem::kNone) return problem;
    const Bytes bytes = in.take(in.u16());
    if (in.underrun()) return RouteProblem::kRecordCut;
    Attributes attributes;
    problem = read_attributes(bytes, AsWidth::kTwo, Multiprotocol::kSkip, attributes);
    if (problem != RouteProblem::kNone) return problem;
    sink_.route({RouteKind::kTable, format_of(record.type), record.time_s, record.time_us, peer,
                 nlri, attributes.path});
    return in.at_end() ? RouteProblem::kNone : RouteProblem::kRecordTrailing;
}

//   UPDATE: peer AS 2 octets, peer 4, local AS 2, local 4, the message without its header
RouteProblem Bgp4mpReader::read_bgp(const MrtRecord& record, MessageKind& kind) {
    const auto subtype = static_cast<OldSubtype>(record.subtype);
    kind = subtype == OldSubtype::kUpdate        ? MessageKind::kUpdate
           : subtype == OldSubtype::kStateChange ? MessageKind::kStateChange
           : subtype <= OldSubtype::kKeepalive   ? MessageKind::kOther
                                                 : MessageKind::kUnknown;
    if (kind != MessageKind::kUpdate) return RouteProblem::kNone;
    Octets in(record.body);
    MrtPeer peer;
    peer.asn = in.u16();
    peer.address = address_of(Family::kIpv4, in.take(4));
    in.take(2 + 4);
    if (in.underrun()) return RouteProblem::kRecordCut;
    return hand_out(record, peer, in.rest(), {.as_width = AsWidth::kTwo});
}

RouteProblem Bgp4mpReader::hand_out(const MrtRecord& record, const MrtPeer& peer, Bytes body,
                                    const UpdateFormat& format) {
    static const AsPath kNoPath;
    const auto problem = updates_.read(body, format);
    const BgpUpdate& update = updates_.update();
    other_families_ += update.other_families;
    const MrtFormat named = format_of(record.type);
    const Speaker speaker = speaker_of(record);
    for (const Nlri& nlri : update.withdrawn) {
        sink_.route({RouteKind::kWithdraw, named, record.time_s, record.time_us, peer, nlri,
                     kNoPath, speaker});
    }
    for (const Nlri& nlri : update.announced) {
        sink_.route({RouteKind::kAnnounce, named, record.time_s, record.time_us, peer, nlri,
                     update.path, speaker});
    }
    if (update.end_of_rib && speaker == Speaker::kPeer)
        sink_.end_of_rib(peer, *update.end_of_rib, record.time_s);
    return problem;
}

}  // namespace lull
