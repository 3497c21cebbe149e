#include "control/mrt/table_dump.h"

namespace lull {
namespace {

constexpr uint32_t address_bytes(Family family) {
    return family == Family::kIpv4 ? 4 : 16;
}

RouteProblem first_of(RouteProblem a, RouteProblem b) {
    return a == RouteProblem::kNone ? b : a;
}

}  // namespace

//   view 2 octets, sequence 2, prefix 4 or 16, length 1, status 1, originated 4, peer 4 or 16,
//   peer AS 2, attribute length 2, attributes
RouteProblem TableDumpReader::read_table_dump(const MrtRecord& record) {
    const auto family = family_of(record.subtype);
    if (!family) return RouteProblem::kAddressFamily;
    Octets in(record.body);
    in.take(2 + 2);
    const Bytes address = in.take(address_bytes(*family));
    const uint8_t length = in.u8();
    in.take(1 + 4);
    MrtPeer peer{address_of(*family, in.take(address_bytes(*family))), 0};
    peer.asn = in.u16();
    const Bytes attributes = in.take(in.u16());
    if (in.underrun()) return RouteProblem::kRecordCut;
    if (length > address_bits(*family)) return RouteProblem::kPrefixLength;
    const auto problem =
        read_attributes(attributes, AsWidth::kTwo, Multiprotocol::kSkip, attributes_);
    if (problem != RouteProblem::kNone) return problem;
    const Nlri nlri{prefix_of(*family, address, length), std::nullopt};
    sink_.route({RouteKind::kTable, MrtFormat::kTableDump, record.time_s, record.time_us, peer,
                 nlri, attributes_.path});
    return in.at_end() ? RouteProblem::kNone : RouteProblem::kRecordTrailing;
}

//   collector 4 octets, view name length 2, view name, count 2, then for each peer
//   type 1 (bit 0: IPv6, bit 1: AS of four octets), BGP identifier 4, address 4 or 16, AS 2 or 4
RouteProblem TableDumpReader::read_peers(const MrtRecord& record) {
    constexpr uint8_t kIsIpv6 = 0x01, kIsAs4 = 0x02;
    peers_.clear();
    has_peers_ = true;
    Octets in(record.body);
    const uint32_t collector = in.u32();
    const Bytes view = in.take(in.u16());
    const uint16_t count = in.u16();
    if (!in.underrun()) {
        sink_.table({collector, {reinterpret_cast<const char*>(view.data()), view.size()}});
    }
    for (uint32_t i = 0; i < count && !in.underrun(); ++i) {
        const uint8_t type = in.u8();
        in.take(4);
        const Family family = (type & kIsIpv6) != 0 ? Family::kIpv6 : Family::kIpv4;
        MrtPeer peer{address_of(family, in.take(address_bytes(family))), 0};
        peer.asn = (type & kIsAs4) != 0 ? in.u32() : in.u16();
        if (!in.underrun()) peers_.push_back(peer);
    }
    if (in.underrun()) return RouteProblem::kRecordCut;
    return in.at_end() ? RouteProblem::kNone : RouteProblem::kRecordTrailing;
}

//   count 2 octets, then for each entry
//   peer index 2, originated 4, with ADD-PATH path identifier 4, attribute length 2, attributes
RouteProblem TableDumpReader::read_entries(Octets& in, const MrtRecord& record, Nlri nlri,
                                           AddPath add_path, Mode mode) {
    auto first = RouteProblem::kNone;
    const uint16_t count = in.u16();
    for (uint32_t i = 0; i < count && !in.underrun(); ++i) {
        const uint16_t index = in.u16();
        in.take(4);
        if (add_path == AddPath::kYes) nlri.path_id = in.u32();
        const Bytes bytes = in.take(in.u16());
        if (in.underrun()) break;
        if (mode == Mode::kTry) continue;
        if (index >= peers_.size()) {
            first = first_of(first, RouteProblem::kPeerIndex);
            continue;
        }
        const auto problem =
            read_attributes(bytes, AsWidth::kFour, Multiprotocol::kSkip, attributes_);
        first = first_of(first, problem);
        if (problem != RouteProblem::kNone) continue;
        sink_.route({RouteKind::kTable, MrtFormat::kTableDump2, record.time_s, record.time_us,
                     peers_[index], nlri, attributes_.path});
    }
    if (in.underrun()) return first_of(first, RouteProblem::kRecordCut);
    return first_of(first, in.at_end() ? RouteProblem::kNone : RouteProblem::kRecordTrailing);
}

//   sequence 4 octets, prefix, entries
RouteProblem TableDumpReader::read_rib(const MrtRecord& record, Family family, AddPath add_path) {
    if (!has_peers_) return RouteProblem::kNoPeerTable;
    Octets in(record.body);
    in.take(4);
    Nlri nlri;
    const auto problem = read_prefix(in, family, nlri.prefix);
    if (problem != RouteProblem::kNone) return problem;
    return read_entries(in, record, nlri, add_path, Mode::kHandOut);
}

//   sequence 4 octets, AFI 2, SAFI 1, one prefix, entries
RouteProblem TableDumpReader::read_generic(const MrtRecord& record, AddPath add_path,
                                           bool& other_family) {
    Octets in(record.body);
    in.take(4);
    const auto family = family_of(in.u16());
    const uint8_t safi = in.u8();
    if (in.underrun()) return RouteProblem::kRecordCut;
    other_family = !family || safi != kSafiUnicast;
    if (other_family) return RouteProblem::kNone;
    if (!has_peers_) return RouteProblem::kNoPeerTable;
    if (add_path == AddPath::kNo) {
        return read_generic_as(record.body, record, AddPath::kNo, AddPath::kNo, Mode::kHandOut);
    }
    // RFC 8050 §4.2 puts the path identifier before the prefix; GoBGP and OpenBGPD put one into
    // each entry. Only one of the two fits a record to its last octet.
    const auto as_written =
        read_generic_as(record.body, record, AddPath::kYes, AddPath::kNo, Mode::kTry);
    if (as_written == RouteProblem::kNone) {
        return read_generic_as(record.body, record, AddPath::kYes, AddPath::kNo, Mode::kHandOut);
    }
    return read_generic_as(record.body, record, AddPath::kNo, AddPath::kYes, Mode::kHandOut);
}

RouteProblem TableDumpReader::read_generic_as(Bytes body, const MrtRecord& record,
                                              AddPath in_prefix, AddPath in_entry, Mode mode) {
    Octets in(body);
    in.take(4);
    const auto family = family_of(in.u16());
    in.take(1);
    Nlri nlri;
    if (in_prefix == AddPath::kYes) nlri.path_id = in.u32();
    if (!family) return RouteProblem::kAddressFamily;
    const auto problem = read_prefix(in, *family, nlri.prefix);
    if (problem != RouteProblem::kNone) return problem;
    return read_entries(in, record, nlri, in_entry, mode);
}

}  // namespace lull
