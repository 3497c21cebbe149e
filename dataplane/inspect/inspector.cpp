#include "dataplane/inspect/inspector.h"

#include <algorithm>
#include <cstring>

#include "dataplane/headers.h"
#include "dataplane/inspect/fields.h"
#include "dataplane/inspect/quic.h"
#include "dataplane/parse.h"

namespace lull {

namespace {

constexpr uint16_t kDnsPort = 53;
constexpr uint16_t kZmapIdentification = 54321, kZmapWindow = 65535;  // probe_modules/packet.c
constexpr uint16_t kMasscanWindow = 1024;                             // src/templ-pkt.c
constexpr uint8_t kBareTcpWords = 5;                                  // a header without options
constexpr uint8_t kTlsHandshake = 22, kTlsClientHello = 1;

/// The context that a UDP port stands for; kUdp: none.
Context context_of_port(uint16_t port) {
    switch (port) {
        case 53:
        case 5353:
            return Context::kDns;
        case 123:
            return Context::kNtp;
        case 1900:
            return Context::kSsdp;
        case 389:
            return Context::kCldap;
        case 11211:
            return Context::kMemcached;
        case 161:
            return Context::kSnmp;
        default:
            return Context::kUdp;
    }
}

bool begins(std::span<const uint8_t> bytes, std::string_view text) {
    return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

bool is_http_request(std::span<const uint8_t> bytes) {
    constexpr std::array<std::string_view, 9> kMethods{
        "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "CONNECT ", "PATCH ", "TRACE "};
    return std::any_of(kMethods.begin(), kMethods.end(),
                       [&](std::string_view method) { return begins(bytes, method); });
}

// Where ports tell who is asked: the lower one's end.
void tell_by_ports(InspectedPayload& payload) {
    payload.is_request = payload.destination_port <= payload.source_port;
    payload.is_reply = payload.source_port <= payload.destination_port;
}

void tell_tcp(InspectedPayload& payload) {
    const std::span<const uint8_t> bytes = payload.bytes;
    tell_by_ports(payload);
    if (bytes.size() >= 6 && bytes[0] == kTlsHandshake && bytes[1] == 3 && bytes[2] <= 4) {
        payload.context = Context::kTls;
        payload.is_request = bytes[5] == kTlsClientHello;
        payload.is_reply = !payload.is_request;
    } else if (is_http_request(bytes)) {
        payload.context = Context::kHttp;
        payload.is_request = true;
        payload.is_reply = false;
    } else if (begins(bytes, "HTTP/1.")) {
        payload.context = Context::kHttp;
        payload.is_request = false;
        payload.is_reply = true;
    } else if (payload.destination_port == kDnsPort || payload.source_port == kDnsPort) {
        payload.context = Context::kDns;
    } else {
        payload.context = Context::kTcp;
    }
}

// What layer 4 carries, as far as it is here; empty when nothing is.
Cursor payload_of(std::span<const uint8_t> frame, const PacketView& view) {
    Cursor at = layer4_of(frame, view);
    if (!at.has(view.protocol == kProtocolTcp ? kTcpBytes : kUdpBytes)) {
        return {};
    }
    const uint32_t header = view.protocol == kProtocolTcp ? (at.data()[12] >> 4) * 4u : kUdpBytes;
    at.take(header);
    at.end_after(std::min(at.wire_bytes(), view.payload_bytes));
    return at;
}

/// The contexts that a UDP payload is tried in.
struct Guesses {
    std::array<Context, 2> contexts{Context::kUdp, Context::kUdp};
    std::size_t count = 1;
};

Guesses guess_udp(const Cursor& payload, const PacketView& view) {
    const Context from = context_of_port(view.source_port);
    const Context to = context_of_port(view.destination_port);
    if (from != Context::kUdp && to != Context::kUdp && from != to) {
        return {{from, to}, 2};  // what a reflector sends to port 53 is no DNS
    }
    const Context one = from != Context::kUdp ? from : to;
    return {{one == Context::kUdp && is_quic_initial(payload) ? Context::kQuic : one}, 1};
}

void tell_udp(InspectedPayload& payload) {
    const bool from = context_of_port(payload.source_port) == payload.context;
    const bool to = context_of_port(payload.destination_port) == payload.context;
    tell_by_ports(payload);
    if (from != to) {
        payload.is_request = to;
        payload.is_reply = from;
    }
}

uint32_t read_name(const InspectedPayload& payload, bool over_tcp, NameBuffer& name,
                   NameKind& kind) {
    const Cursor bytes(payload.bytes, payload.wire_bytes);
    switch (payload.context) {
        case Context::kTls:
            kind = NameKind::kTls;
            return read_tls_name(bytes, name);
        case Context::kQuic:
            kind = NameKind::kTls;
            return read_quic_name(bytes, name);
        case Context::kHttp:
            kind = NameKind::kHttp;
            return payload.is_request ? read_http_host(bytes, name) : 0;
        case Context::kDns:
            kind = NameKind::kDns;
            return read_dns_name(bytes, over_tcp, name);
        default:
            return 0;
    }
}

/// Whether there was one.
bool find_name(const InspectSet& set, const InspectedPayload& payload, bool over_tcp,
               Finding& finding, InspectCounts& counts) {
    NameBuffer name;
    NameKind kind = NameKind::kDns;
    const uint32_t length = normalize_name(name.data(), read_name(payload, over_tcp, name, kind));
    if (length == 0) {
        return false;
    }
    finding.site = set.sites().find({name.data(), length});
    if (set.all_names()) {
        counts.names.add(kind, {name.data(), length});
    }
    return true;
}

void apply(const SignatureRule& rule, bool provisional, Finding& finding) {
    finding.label = rule.label;
    finding.hostile = rule.sort != SignatureClass::kService;
    finding.provisional = provisional;
}

Mark mark_of_headers(std::span<const uint8_t> frame, const PacketView& view) {
    if (view.family != Family::kIpv4 || view.protocol != kProtocolTcp ||
        (view.tcp_flags & (kTcpSyn | kTcpAck)) != kTcpSyn) {
        return Mark::kNone;
    }
    if (view.tcp_sequence == view.destination4) {
        return Mark::kMirai;
    }
    Cursor ip(frame, static_cast<uint32_t>(frame.size()));
    ip.take(view.ip_offset);
    const uint8_t* header = ip.take(kIpv4Bytes);
    if (header == nullptr) {
        return Mark::kNone;
    }
    const uint16_t identification = load_be16(header + 4);
    const Cursor tcp = layer4_of(frame, view);
    if (!tcp.has(kTcpBytes) || tcp.data()[12] >> 4 != kBareTcpWords) {
        return Mark::kNone;
    }
    const uint16_t window = load_be16(tcp.data() + 14);
    if (identification == kZmapIdentification && window == kZmapWindow) {
        return Mark::kZmap;
    }
    // Destination, port and sequence, of which the lower half goes out.
    const auto folded =
        static_cast<uint16_t>(view.destination4 ^ view.destination_port ^ view.tcp_sequence);
    return identification == folded && window == kMasscanWindow ? Mark::kMasscan : Mark::kNone;
}

}  // namespace

Finding Inspector::open(const InspectSet& set, std::span<const uint8_t> frame,
                        const PacketView& view, uint32_t beat) {
    Finding finding;
    if (!set.has_marks()) {
        return finding;
    }
    const Mark surging = surge_.opened(view, beat);
    const Mark mark = mark_of_headers(frame, view);
    if (mark != Mark::kNone && set.mark(mark).label != kLabelNone) {
        apply(set.mark(mark), false, finding);
        finding.done = true;
    } else if (surging != Mark::kNone && set.mark(surging).label != kLabelNone) {
        apply(set.mark(surging), true, finding);
    }
    return finding;
}

Finding Inspector::look(const InspectSet& set, std::span<const uint8_t> frame,
                        const PacketView& view, InspectCounts& counts) const {
    Finding finding;
    const bool over_tcp = view.protocol == kProtocolTcp;
    if (!over_tcp && view.protocol != kProtocolUdp) {
        finding.done = true;
        return finding;
    }
    const Cursor bytes = payload_of(frame, view);
    if (bytes.here_bytes() == 0) {
        return finding;
    }
    counts.looks += 1;
    counts.written = true;
    InspectedPayload payload{.bytes = {bytes.data(), std::min(bytes.here_bytes(), kInspectedBytes)},
                             .wire_bytes = view.payload_bytes,
                             .source_port = view.source_port,
                             .destination_port = view.destination_port};
    Guesses guesses;
    if (over_tcp) {
        tell_tcp(payload);
        guesses.contexts[0] = payload.context;
    } else {
        guesses = guess_udp(bytes, view);
    }
    bool has_name = false;
    for (std::size_t i = 0; i < guesses.count && finding.label == kLabelNone; ++i) {
        payload.context = guesses.contexts[i];
        if (!over_tcp) {
            tell_udp(payload);
        }
        const SignatureRule* rule = set.patterns().scan(payload, worker_);
        if (rule != nullptr) {
            apply(*rule, false, finding);
        }
        if (set.reads_names()) {
            has_name |= find_name(set, payload, over_tcp, finding, counts);
        }
    }
    const bool labelled = finding.label != kLabelNone || set.patterns().empty();
    finding.done = finding.hostile || (labelled && (has_name || !set.reads_names()));
    return finding;
}

}  // namespace lull
