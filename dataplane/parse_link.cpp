// From an Ethernet header to the IP header behind it. Each kind of link header is one function
// that says what comes next; a loop follows them. Tags and MPLS labels are counted against their
// limits; every other step consumes bytes, so that no frame can hold the worker.
#include <algorithm>

#include "dataplane/headers.h"
#include "dataplane/limits.h"
#include "dataplane/parse_stages.h"

namespace lull {

namespace {

enum class Next : uint8_t { kEthernet, kType, kIpv4, kIpv6, kRejected };

/// One walk through the link headers of one frame.
class LinkWalk {
  public:
    LinkWalk(Cursor& frame, const ParseRules& rules) : frame_(frame), rules_(rules) {}

    /// Ends at kIpv4, kIpv6 or kRejected; reason() says why.
    Next run() {
        Next next = ethernet();
        while (next == Next::kEthernet || next == Next::kType) {
            next = next == Next::kEthernet ? ethernet() : by_type();
        }
        return next;
    }

    [[nodiscard]] Reject reason() const { return reason_; }

  private:
    Next reject(Reject reason) {
        reason_ = reason;
        return Next::kRejected;
    }

    Next ethernet() {
        const uint8_t* header = frame_.take(kEthernetBytes);
        if (header == nullptr) {
            return reject(Reject::kFrameTooShort);
        }
        if (rules_.excludes_macs && is_excluded_mac(header)) {
            return reject(Reject::kExcluded);
        }
        type_ = load_be16(header + kEthernetTypeOffset);
        return Next::kType;
    }

    Next by_type() {
        switch (type_) {
            case kEtherTypeIpv4:
                return Next::kIpv4;
            case kEtherTypeIpv6:
                return Next::kIpv6;
            case kEtherTypeVlan:
            case kEtherTypeProviderVlan:
            case kEtherTypeOldQinq:
                return vlan();
            case kEtherTypeETag:
                return tag(kETagBytes);
            case kEtherTypeVnTag:
                return tag(kVnTagBytes);
            case kEtherTypeFabricPath:
                return fabric_path();
            case kEtherTypeMpls:
            case kEtherTypeMplsMulticast:
                return mpls();
            case kEtherTypePppoeSession:
                return pppoe();
            default:
                return type_ <= kEthernetLengthMax ? llc() : reject(Reject::kNotIp);
        }
    }

    /// A tag of `bytes` behind its TPID whose last two are the type that follows.
    const uint8_t* take_tag(uint32_t bytes) {
        if (++tags_ > kMaxVlanTags) {
            reason_ = Reject::kVlanTooDeep;
            return nullptr;
        }
        const uint8_t* taken = frame_.take(bytes);
        if (taken == nullptr) {
            reason_ = Reject::kVlanTruncated;
        }
        return taken;
    }

    Next tag(uint32_t bytes) {
        const uint8_t* taken = take_tag(bytes);
        if (taken == nullptr) {
            return Next::kRejected;
        }
        type_ = load_be16(taken + bytes - sizeof(uint16_t));
        return Next::kType;
    }

    Next vlan() {
        const uint8_t* taken = take_tag(kVlanTagBytes);
        if (taken == nullptr) {
            return Next::kRejected;
        }
        const auto id = static_cast<uint16_t>(load_be16(taken) & kVlanIdMask);
        if (rules_.excludes_vlans &&
            std::find(rules_.excluded_vlans.begin(), rules_.excluded_vlans.end(), id) !=
                rules_.excluded_vlans.end()) {
            return reject(Reject::kExcluded);
        }
        type_ = load_be16(taken + sizeof(uint16_t));
        return Next::kType;
    }

    /// Counted as a tag, so that frames nested in frames end at the same limit.
    Next fabric_path() {
        return take_tag(kFabricPathTagBytes) != nullptr ? Next::kEthernet : Next::kRejected;
    }

    Next mpls() {
        bool bottom = false;
        while (!bottom) {
            if (++labels_ > kMaxMplsLabels) {
                return reject(Reject::kMplsTooDeep);
            }
            const uint8_t* label = frame_.take(kMplsLabelBytes);
            if (label == nullptr) {
                return reject(Reject::kMplsTruncated);
            }
            bottom = (label[2] & kMplsBottomBit) != 0;
        }
        if (!frame_.has(1)) {
            return reject(Reject::kMplsTruncated);
        }
        // Nothing in a label says what it carries; routers guess by the first nibble too (RFC
        // 4928).
        switch (frame_.data()[0] >> 4) {
            case 4:
                return Next::kIpv4;
            case 6:
                return Next::kIpv6;
            case 1:
                return reject(Reject::kNotIp);  // an associated channel (RFC 4385 §5)
            case 0:
                return pseudowire_with_control_word();
            default:
                return pseudowire();
        }
    }

    /// A nibble of 0 is a control word or a MAC address such as 00:… : the EtherType tells.
    Next pseudowire_with_control_word() {
        if (!has_known_type_at(kPseudowireControlWordBytes + kEthernetTypeOffset)) {
            return pseudowire();
        }
        frame_.take(kPseudowireControlWordBytes);
        return Next::kEthernet;
    }

    Next pseudowire() {
        return has_known_type_at(kEthernetTypeOffset) ? Next::kEthernet : reject(Reject::kNotIp);
    }

    /// Whether two bytes at `offset` are a type that can lead to IP.
    [[nodiscard]] bool has_known_type_at(uint32_t offset) const {
        if (!frame_.has(offset + static_cast<uint32_t>(sizeof(uint16_t)))) {
            return false;
        }
        switch (load_be16(frame_.data() + offset)) {
            case kEtherTypeIpv4:
            case kEtherTypeIpv6:
            case kEtherTypeVlan:
            case kEtherTypeProviderVlan:
            case kEtherTypeOldQinq:
            case kEtherTypeMpls:
            case kEtherTypeMplsMulticast:
            case kEtherTypePppoeSession:
                return true;
            default:
                return false;
        }
    }

    Next pppoe() {
        frame_.take(kPppoeBytes);
        const uint8_t* first = frame_.take(1);
        if (first == nullptr) {
            return reject(Reject::kPppoeTruncated);
        }
        uint16_t protocol = first[0];
        // An odd first byte is a whole protocol number, compressed (RFC 1661 §6.5).
        if ((first[0] & 1) == 0) {
            const uint8_t* second = frame_.take(1);
            if (second == nullptr) {
                return reject(Reject::kPppoeTruncated);
            }
            protocol = static_cast<uint16_t>(first[0] << 8 | second[0]);
        }
        switch (protocol) {
            case kPppIpv4:
                return Next::kIpv4;
            case kPppIpv6:
                return Next::kIpv6;
            default:
                return reject(Reject::kNotIp);
        }
    }

    /// IEEE 802.3 with a length field: IP by its own SAP, or by SNAP.
    Next llc() {
        const uint8_t* header = frame_.take(kLlcBytes);
        if (header == nullptr) {
            return reject(Reject::kFrameTooShort);
        }
        const uint32_t saps = load_be24(header);
        if (saps == kLlcIpv4) {
            return Next::kIpv4;
        }
        if (saps != kLlcSnap) {
            return reject(Reject::kNotIp);
        }
        const uint8_t* snap = frame_.take(kSnapBytes);
        if (snap == nullptr) {
            return reject(Reject::kFrameTooShort);
        }
        const uint32_t oui = load_be24(snap);
        type_ = load_be16(snap + 3);
        // A length in a SNAP type is nobody's format; following it would nest without end.
        if ((oui != kOuiEncapsulated && oui != kOuiBridgeTunnel) || type_ < kEtherTypeMin) {
            return reject(Reject::kNotIp);
        }
        return Next::kType;
    }

    static uint32_t load_be24(const uint8_t* bytes) {
        return static_cast<uint32_t>(load_be16(bytes)) << 8 | bytes[2];
    }

    [[nodiscard]] bool is_excluded_mac(const uint8_t* header) const {
        return std::any_of(rules_.excluded_macs.begin(), rules_.excluded_macs.end(),
                           [header](const std::array<uint8_t, 6>& mac) {
                               return std::equal(mac.begin(), mac.end(), header) ||
                                      std::equal(mac.begin(), mac.end(), header + mac.size());
                           });
    }

    Cursor& frame_;
    const ParseRules& rules_;
    uint16_t type_ = 0;
    uint32_t tags_ = 0;
    uint32_t labels_ = 0;
    Reject reason_ = Reject::kNone;
};

}  // namespace

Reject strip_link(Cursor& frame, const ParseRules& rules, Family& family) {
    LinkWalk walk(frame, rules);
    const Next end = walk.run();
    family = end == Next::kIpv6 ? Family::kIpv6 : Family::kIpv4;
    return walk.reason();
}

}  // namespace lull
