// The slow reference that parse_frame is compared with: written from the RFCs as recursion over
// copied vectors, sharing no code with the parser but the types of its answer. It says the same
// Reject or the same PacketView for any bytes whatever; speed, depth and allocation are no concern.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "dataplane/parse.h"

namespace lull::reference {

struct Outcome {
    Reject reject = Reject::kNone;
    PacketView view{};
};

namespace detail {

struct Rejected {
    Reject why;
};

/// Bytes at hand, and how many the wire had from here on (never fewer).
struct Part {
    std::vector<uint8_t> bytes;
    uint64_t wire = 0;

    [[nodiscard]] bool has(std::size_t count) const { return bytes.size() >= count; }
    [[nodiscard]] uint64_t number(std::size_t at, std::size_t width) const {
        uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            value = value * 256 + bytes.at(at + i);
        }
        return value;
    }
    [[nodiscard]] Part after(std::size_t count) const {
        return {{bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end()}, wire - count};
    }
    [[nodiscard]] Part first(uint64_t count) const {
        Part part = *this;
        part.bytes.resize(static_cast<std::size_t>(std::min<uint64_t>(count, bytes.size())));
        part.wire = count;
        return part;
    }
    /// Fewer than `count` bytes here, although the wire had more than are here.
    [[nodiscard]] bool cut(uint64_t count) const { return !has(count) && wire > bytes.size(); }
};

/// What a tunnel carries.
enum class Layer { kEthernet, kIpv4, kIpv6 };

class Walk {
  public:
    explicit Walk(const ParseRules& rules) : rules_(rules) {}

    PacketView frame(const Part& part) {
        tags_ = 0;
        labels_ = 0;
        return ethernet(part);
    }

  private:
    PacketView ethernet(const Part& part) {
        require(part.has(14), Reject::kFrameTooShort);
        for (const auto& mac : rules_.excluded_macs) {
            const bool hit = std::equal(mac.begin(), mac.end(), part.bytes.begin()) ||
                             std::equal(mac.begin(), mac.end(), part.bytes.begin() + 6);
            require(!(hit && rules_.excludes_macs), Reject::kExcluded);
        }
        return ether_type(part.number(12, 2), part.after(14));
    }

    PacketView ether_type(uint64_t type, const Part& part) {
        switch (type) {
            case 0x0800:
                return ipv4(part);
            case 0x86dd:
                return ipv6(part);
            case 0x8100:
            case 0x88a8:
            case 0x9100:
                return vlan(part);
            case 0x893f:
                enter_tag(part, 8);
                return ether_type(part.number(6, 2), part.after(8));
            case 0x8926:
                enter_tag(part, 6);
                return ether_type(part.number(4, 2), part.after(6));
            case 0x8903:
                enter_tag(part, 2);
                return ethernet(part.after(2));
            case 0x8847:
            case 0x8848:
                return mpls(part);
            case 0x8864:
                return pppoe(part);
            default:
                break;
        }
        require(type <= 1500, Reject::kNotIp);
        require(part.has(3), Reject::kFrameTooShort);
        if (part.number(0, 3) == 0x060603) {
            return ipv4(part.after(3));
        }
        require(part.number(0, 3) == 0xaaaa03, Reject::kNotIp);
        require(part.has(8), Reject::kFrameTooShort);
        const uint64_t oui = part.number(3, 3);
        const uint64_t inner = part.number(6, 2);
        require((oui == 0 || oui == 0xf8) && inner >= 1536, Reject::kNotIp);
        return ether_type(inner, part.after(8));
    }

    void enter_tag(const Part& part, std::size_t bytes) {
        ++tags_;
        require(tags_ <= 3, Reject::kVlanTooDeep);
        require(part.has(bytes), Reject::kVlanTruncated);
    }

    PacketView vlan(const Part& part) {
        enter_tag(part, 4);
        const std::set<uint64_t> bad(rules_.excluded_vlans.begin(), rules_.excluded_vlans.end());
        const bool hit = bad.count(part.number(0, 2) % 4096) != 0;
        require(!(hit && rules_.excludes_vlans), Reject::kExcluded);
        return ether_type(part.number(2, 2), part.after(4));
    }

    PacketView mpls(const Part& part) {
        ++labels_;
        require(labels_ <= 16, Reject::kMplsTooDeep);
        require(part.has(4), Reject::kMplsTruncated);
        const Part rest = part.after(4);
        if (part.bytes[2] % 2 == 0) {
            return mpls(rest);
        }
        require(rest.has(1), Reject::kMplsTruncated);
        const unsigned nibble = rest.bytes[0] / 16;
        if (nibble == 4) {
            return ipv4(rest);
        }
        if (nibble == 6) {
            return ipv6(rest);
        }
        const std::set<uint64_t> leads_to_ip = {0x0800, 0x86dd, 0x8100, 0x88a8,
                                                0x9100, 0x8847, 0x8848, 0x8864};
        if (nibble == 0 && rest.has(18) && leads_to_ip.count(rest.number(16, 2)) != 0) {
            return ethernet(rest.after(4));
        }
        const bool is_plain = rest.has(14) && leads_to_ip.count(rest.number(12, 2)) != 0;
        require(nibble != 1 && is_plain, Reject::kNotIp);
        return ethernet(rest);
    }

    PacketView pppoe(const Part& part) {
        require(part.has(7), Reject::kPppoeTruncated);
        std::size_t width = 1;
        if (part.bytes[6] % 2 == 0) {
            require(part.has(8), Reject::kPppoeTruncated);
            width = 2;
        }
        switch (part.number(6, width)) {
            case 0x21:
                return ipv4(part.after(6 + width));
            case 0x57:
                return ipv6(part.after(6 + width));
            default:
                throw Rejected{Reject::kNotIp};
        }
    }

    PacketView ipv4(const Part& part) {
        require(part.has(20), Reject::kIpv4Truncated);
        require(part.bytes[0] / 16 == 4, Reject::kIpv4Version);
        const std::size_t header = part.bytes[0] % 16 * 4u;
        require(header >= 20 && header <= part.wire, Reject::kIpv4HeaderLength);
        const uint64_t total = part.number(2, 2);
        require(total == 0 || total >= header, Reject::kIpv4TotalLength);
        PacketView view{};
        view.family = Family::kIpv4;
        view.source4 = static_cast<uint32_t>(part.number(12, 4));
        view.destination4 = static_cast<uint32_t>(part.number(16, 4));
        view.protocol = part.bytes[9];
        view.later_fragment = part.number(6, 2) % 8192 != 0;
        const Part packet = measure(part, total == 0 ? part.wire : total, view);
        if (view.later_fragment) {
            return view;
        }
        if (!packet.has(header)) {
            view.truncated = true;
            return layer4(Part{}, view);
        }
        return layer4(packet.after(header), view);
    }

    PacketView ipv6(const Part& part) {
        require(part.has(40), Reject::kIpv6Truncated);
        require(part.bytes[0] / 16 == 6, Reject::kIpv6Version);
        PacketView view{};
        view.family = Family::kIpv6;
        std::copy_n(part.bytes.begin() + 8, 16, view.source6.begin());
        std::copy_n(part.bytes.begin() + 24, 16, view.destination6.begin());
        uint64_t length = 40 + part.number(4, 2);
        const uint8_t next = part.bytes[6];
        if (length == 40 && ((next == 6 && part.wire >= 60) || (next == 0 && jumbo(part)))) {
            length = part.wire;
        }
        const Part packet = measure(part, length, view);
        return extensions(next, packet.after(40), view, 0);
    }

    /// RFC 2675 §2, within the first eight options of a hop-by-hop header.
    static bool jumbo(const Part& part) {
        if (!part.has(48)) {
            return false;
        }
        const std::size_t end =
            std::min<std::size_t>(part.bytes.size(), 40 + (part.bytes[41] + 1u) * 8);
        std::size_t at = 42;
        for (int i = 0; i < 8 && at < end; ++i) {
            const uint8_t type = part.bytes[at];
            if (type == 0) {
                ++at;
                continue;
            }
            if (at + 2 > end) {
                return false;
            }
            const std::size_t length = part.bytes[at + 1];
            if (type == 0xc2) {
                return length == 4 && at + 6 <= end;
            }
            at += 2 + length;
        }
        return false;
    }

    PacketView extensions(uint8_t next, const Part& part, PacketView view, int count) {
        const std::set<int> kinds = {0, 43, 44, 51, 60, 135, 139, 140};
        view.protocol = next;
        if (kinds.count(next) == 0) {
            return layer4(part, view);
        }
        view.protocol = 59;
        if (count == 8) {
            return view;
        }
        if (!part.has(8)) {
            view.truncated = view.truncated || part.cut(8);
            return view;
        }
        std::size_t bytes = 8 + part.bytes[1] * 8u;
        if (next == 51) {
            bytes = 8 + part.bytes[1] * 4u;
        }
        if (next == 44) {
            bytes = 8;
            if (part.number(2, 2) >= 8) {
                view.later_fragment = true;
                view.protocol = kinds.count(part.bytes[0]) != 0 ? 59 : part.bytes[0];
                return view;
            }
        }
        if (!part.has(bytes)) {
            view.truncated = view.truncated || part.cut(bytes);
            return view;
        }
        return extensions(part.bytes[0], part.after(bytes), view, count + 1);
    }

    /// What the header declares against what was on the wire.
    Part measure(const Part& part, uint64_t declared, PacketView& view) const {
        view.truncated = declared > part.wire;
        const uint64_t counted = rules_.trust_ip_length ? declared : std::min(declared, part.wire);
        view.ip_bytes = static_cast<uint32_t>(counted);
        return part.first(counted);
    }

    PacketView layer4(const Part& part, PacketView view) {
        uint64_t header = 0;
        switch (view.protocol) {
            case 1:
            case 58:
                header = 8;
                break;
            case 6:
                header = 20;
                break;
            case 17:
                header = 8;
                break;
            case 132:
                header = 12;
                break;
            default:
                return tunnel(part, view);
        }
        const bool has_ports = view.protocol != 1 && view.protocol != 58;
        if (has_ports && part.has(4)) {
            view.source_port = static_cast<uint16_t>(part.number(0, 2));
            view.destination_port = static_cast<uint16_t>(part.number(2, 2));
        }
        if (has_ports && !part.has(header)) {
            view.truncated = view.truncated || part.cut(header);
            return tunnel(part, view);
        }
        uint64_t whole = part.wire;
        if (view.protocol == 6) {
            view.tcp_flags = part.bytes[13];
            header = part.bytes[12] / 16 * 4u;
            whole = header < 20 ? 0 : whole;
        } else if (view.protocol == 17 && part.number(4, 2) != 0) {
            whole = std::min(whole, part.number(4, 2));
        }
        view.payload_bytes = static_cast<uint32_t>(whole > header ? whole - header : 0);
        return tunnel(part, view);
    }

    PacketView tunnel(const Part& part, const PacketView& view) {
        if (view.protocol == 47 && (rules_.decap_gre || rules_.decap_erspan)) {
            return gre(part, view);
        }
        const bool is_vxlan_port = view.destination_port == 4789 || view.destination_port == 8472;
        if (view.protocol != 17 || !is_vxlan_port || !rules_.decap_vxlan) {
            return view;
        }
        require_tunnel(part.has(16));
        return part.bytes[8] / 8 % 2 == 1 ? enter(Layer::kEthernet, part.after(16)) : view;
    }

    PacketView gre(const Part& part, const PacketView& view) {
        require_tunnel(part.has(4));
        const uint64_t flags = part.number(0, 2);
        const uint64_t type = part.number(2, 2);
        const std::set<uint64_t> plain = {0x0800, 0x86dd, 0x6558};
        const std::set<uint64_t> erspan = {0x88be, 0x22eb};
        const bool wanted = (rules_.decap_gre && plain.count(type) != 0) ||
                            (rules_.decap_erspan && erspan.count(type) != 0);
        if (!wanted || flags % 8 != 0 || flags / 0x4000 % 2 != 0) {
            return view;
        }
        std::size_t at = 4;
        for (const uint64_t bit : {0x8000u, 0x2000u, 0x1000u}) {
            at += flags / bit % 2 * 4;
        }
        require_tunnel(part.has(at));
        if (type == 0x0800) {
            return enter(Layer::kIpv4, part.after(at));
        }
        if (type == 0x86dd) {
            return enter(Layer::kIpv6, part.after(at));
        }
        if (type == 0x88be && flags / 0x1000 % 2 == 1) {
            require_tunnel(part.has(at + 8));
            if (part.bytes[at] / 16 != 1) {
                return view;
            }
            at += 8;
        } else if (type == 0x22eb) {
            require_tunnel(part.has(at + 12));
            if (part.bytes[at] / 16 != 2 || part.bytes[at + 10] / 4 % 32 != 0) {
                return view;
            }
            at += part.bytes[at + 11] % 2 == 1 ? 20 : 12;
            require_tunnel(part.has(at));
        }
        return enter(Layer::kEthernet, part.after(at));
    }

    /// A third tunnel is too deep, whether it is whole or not.
    void require_tunnel(bool whole) const {
        require(whole, tunnels_ == 2 ? Reject::kTunnelTooDeep : Reject::kTunnelTruncated);
    }

    PacketView enter(Layer layer, const Part& part) {
        require(tunnels_ < 2, Reject::kTunnelTooDeep);
        ++tunnels_;
        switch (layer) {
            case Layer::kIpv4:
                return ipv4(part);
            case Layer::kIpv6:
                return ipv6(part);
            case Layer::kEthernet:
                break;
        }
        return frame(part);
    }

    static void require(bool condition, Reject otherwise) {
        if (!condition) {
            throw Rejected{otherwise};
        }
    }

    const ParseRules& rules_;
    int tags_ = 0;
    int labels_ = 0;
    int tunnels_ = 0;
};

}  // namespace detail

inline Outcome parse(const std::vector<uint8_t>& bytes, uint32_t frame_bytes,
                     const ParseRules& rules) {
    Outcome outcome;
    try {
        detail::Walk walk(rules);
        outcome.view = walk.frame({bytes, std::max<uint64_t>(bytes.size(), frame_bytes)});
    } catch (const detail::Rejected& rejected) {
        outcome.reject = rejected.why;
    }
    return outcome;
}

/// What differs between the reference and the parser, in words; empty when they agree.
inline std::string difference(const Outcome& wanted, Reject reject, const PacketView& view) {
    if (wanted.reject != reject) {
        return "reject: wanted " + std::string(reject_name(wanted.reject)) + ", got " +
               std::string(reject_name(reject));
    }
    if (reject != Reject::kNone) {
        return {};
    }
    std::string text;
    const auto compare = [&text](const char* name, uint64_t a, uint64_t b) {
        if (a != b) {
            text += std::string(name) + ": wanted " + std::to_string(a) + ", got " +
                    std::to_string(b) + "; ";
        }
    };
    compare("family", static_cast<uint64_t>(wanted.view.family),
            static_cast<uint64_t>(view.family));
    if (wanted.view.family == Family::kIpv4) {
        compare("source4", wanted.view.source4, view.source4);
        compare("destination4", wanted.view.destination4, view.destination4);
    } else if (wanted.view.source6 != view.source6 ||
               wanted.view.destination6 != view.destination6) {
        text += "IPv6 addresses; ";
    }
    compare("ip_bytes", wanted.view.ip_bytes, view.ip_bytes);
    compare("payload_bytes", wanted.view.payload_bytes, view.payload_bytes);
    compare("source_port", wanted.view.source_port, view.source_port);
    compare("destination_port", wanted.view.destination_port, view.destination_port);
    compare("protocol", wanted.view.protocol, view.protocol);
    compare("tcp_flags", wanted.view.tcp_flags, view.tcp_flags);
    compare("later_fragment", wanted.view.later_fragment, view.later_fragment);
    compare("truncated", wanted.view.truncated, view.truncated);
    return text;
}

}  // namespace lull::reference
