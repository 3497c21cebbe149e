#include "control/bgp/open.h"

namespace lull {
namespace {

constexpr uint8_t kExtended = 255;  // RFC 9072 §2: as length, and then as type of a parameter
constexpr uint8_t kCapabilities = 2;
constexpr uint8_t kFourOctetAs = 65, kAddPathCapability = 69;

/// AFI 2 octets, SAFI 1, offer 1, for each family. Values that do not exist are ignored (RFC 7911).
void read_add_path(Octets in, BgpOpen& out) {
    while (!in.at_end()) {
        const auto family = family_of(in.u16());
        const uint8_t safi = in.u8();
        const uint8_t offer = in.u8();
        if (in.underrun()) return;
        if (!family || safi != kSafiUnicast || offer > uint8_t{3}) continue;
        (*family == Family::kIpv4 ? out.add_path4 : out.add_path6) =
            static_cast<AddPathOffer>(offer);
    }
}

RouteProblem read_capabilities(Octets in, BgpOpen& out) {
    while (!in.at_end()) {
        const uint8_t code = in.u8();
        const Bytes value = in.take(in.u8());
        if (in.underrun()) return RouteProblem::kNotOpen;
        if (code == kFourOctetAs && value.size() == 4) out.asn = Octets(value).u32();
        if (code == kAddPathCapability) read_add_path(Octets(value), out);
    }
    return RouteProblem::kNone;
}

bool sends(AddPathOffer offer) {
    return offer == AddPathOffer::kSend || offer == AddPathOffer::kBoth;
}

bool receives(AddPathOffer offer) {
    return offer == AddPathOffer::kReceive || offer == AddPathOffer::kBoth;
}

AddPath agreed(AddPathOffer sender, AddPathOffer receiver) {
    return sends(sender) && receives(receiver) ? AddPath::kYes : AddPath::kNo;
}

}  // namespace

RouteProblem read_open(Bytes body, BgpOpen& out) {
    out = BgpOpen{};
    Octets in(body);
    in.u8();
    out.asn = in.u16();
    in.u16();
    out.bgp_id = in.u32();
    uint32_t length = in.u8();
    bool extended = false;
    if (length == kExtended && in.left() > 0) {
        Octets ahead = in;
        extended = ahead.u8() == kExtended;
        if (extended) {
            length = ahead.u16();
            if (ahead.underrun()) return RouteProblem::kNotOpen;
            in = ahead;
        }
    }
    Octets parameters(in.take(length));
    if (in.underrun()) return RouteProblem::kNotOpen;
    while (!parameters.at_end()) {
        const uint8_t type = parameters.u8();
        const Bytes value = parameters.take(extended ? parameters.u16() : parameters.u8());
        if (parameters.underrun()) return RouteProblem::kNotOpen;
        if (type != kCapabilities) continue;
        const auto problem = read_capabilities(Octets(value), out);
        if (problem != RouteProblem::kNone) return problem;
    }
    return RouteProblem::kNone;
}

UpdateFormat format_between(const BgpOpen& sender, const BgpOpen& receiver) {
    return {.as_width = AsWidth::kFour,
            .add_path4 = agreed(sender.add_path4, receiver.add_path4),
            .add_path6 = agreed(sender.add_path6, receiver.add_path6)};
}

}  // namespace lull
