#include "dataplane/types.h"

namespace lull {

std::string_view reject_name(Reject reason) {
    switch (reason) {
        case Reject::kNone:
            return "none";
        case Reject::kNotIp:
            return "not_ip";
        case Reject::kFrameTooShort:
            return "frame_too_short";
        case Reject::kVlanTruncated:
            return "vlan_truncated";
        case Reject::kVlanTooDeep:
            return "vlan_too_deep";
        case Reject::kMplsTruncated:
            return "mpls_truncated";
        case Reject::kMplsTooDeep:
            return "mpls_too_deep";
        case Reject::kPppoeTruncated:
            return "pppoe_truncated";
        case Reject::kIpv4Truncated:
            return "ipv4_truncated";
        case Reject::kIpv4Version:
            return "ipv4_version";
        case Reject::kIpv4HeaderLength:
            return "ipv4_header_length";
        case Reject::kIpv4TotalLength:
            return "ipv4_total_length";
        case Reject::kIpv6Truncated:
            return "ipv6_truncated";
        case Reject::kIpv6Version:
            return "ipv6_version";
        case Reject::kTunnelTruncated:
            return "tunnel_truncated";
        case Reject::kTunnelTooDeep:
            return "tunnel_too_deep";
        case Reject::kExcluded:
            return "excluded";
    }
    return "none";
}

std::string_view port_event_name(PortEvent event) {
    switch (event) {
        case PortEvent::kLink:
            return "link";
        case PortEvent::kReset:
            return "reset";
        case PortEvent::kRemoved:
            return "removed";
        case PortEvent::kRecovering:
            return "recovering";
        case PortEvent::kRecovered:
            return "recovered";
        case PortEvent::kRecoveryFailed:
            return "recovery_failed";
    }
    return "unknown";
}

}  // namespace lull
