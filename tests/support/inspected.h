// Frames for inspection's tests, and one look at each.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/headers.h"
#include "dataplane/inspect/inspector.h"
#include "dataplane/parse.h"
#include "tests/support/packet_builder.h"

namespace lull::testing {

struct Sent {
    uint8_t protocol = kProtocolTcp;
    uint16_t source_port = 40000;
    uint16_t destination_port = 80;
    std::string payload;
    uint8_t flags = 0x18;
    bool ipv6 = false;
    bool back = false;  // the other end sends
};

inline Bytes frame_of(const Sent& sent) {
    PacketBuilder builder;
    builder.ethernet();
    if (sent.ipv6) {
        builder.ipv6(sent.back ? "2001:db8:2::2" : "2001:db8:1::1",
                     sent.back ? "2001:db8:1::1" : "2001:db8:2::2");
    } else {
        builder.ipv4(sent.back ? "203.0.7.7" : "198.51.1.1",
                     sent.back ? "198.51.1.1" : "203.0.7.7");
    }
    if (sent.protocol == kProtocolTcp) {
        builder.tcp(sent.source_port, sent.destination_port, sent.flags);
    } else {
        builder.udp(sent.source_port, sent.destination_port);
    }
    return builder.raw(Bytes(sent.payload.begin(), sent.payload.end())).build();
}

inline PacketView view_of(const Bytes& frame) {
    PacketView view{};
    parse_frame(frame, static_cast<uint32_t>(frame.size()), {}, view);
    return view;
}

/// What a look at the frame finds. `counts` gets the names where the set keeps them.
inline Finding look_at(const InspectSet& set, const Bytes& frame, InspectCounts& counts) {
    const Inspector inspector(0);
    return inspector.look(set, frame, view_of(frame), counts);
}

/// The first name that a look at the payload reads; "" for none.
inline std::string name_in(const Sent& sent) {
    static const auto set = *InspectSet::build({.signatures = {}, .sites = {}, .all_names = true});
    static InspectCounts counts;
    look_at(*set, frame_of(sent), counts);
    std::string first;
    counts.names.drain([&](NameKind, std::string_view name) {
        first = first.empty() ? std::string(name) : first;
    });
    return first;
}

// ---- messages ----

inline std::string be16(std::size_t value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string dns_query(const std::string& qname_bytes, uint16_t type = 1,
                             uint16_t flags = 0x0100) {
    using namespace std::string_literals;
    return "\x12\x34"s + be16(flags) + "\0\1\0\0\0\0\0\0"s + qname_bytes + be16(type) + "\0\1"s;
}

/// "kcna.kp" as labels with their lengths, and the root.
inline std::string qname(std::string_view name) {
    std::string bytes;
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        bytes += static_cast<char>(label.size());
        bytes += label;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return bytes + '\0';
}

/// A ClientHello without a record around it.
inline std::string client_hello(const std::string& name, std::size_t padding = 0) {
    using namespace std::string_literals;
    const std::string entry = "\0"s + be16(name.size()) + name;
    const std::string list = be16(entry.size()) + entry;
    const std::string extensions = "\0\x15"s + be16(padding) + std::string(padding, '\0') +
                                   "\0\0"s + be16(list.size()) + list + "\0\x17\0\0"s;
    const std::string body = "\3\3"s + std::string(32, 'r') + "\0"s + "\0\2\x13\1"s + "\1\0"s +
                             be16(extensions.size()) + extensions;
    return "\1\0"s + be16(body.size()) + body;
}

inline std::string tls_record(const std::string& handshake) {
    using namespace std::string_literals;
    return "\x16\3\1"s + be16(handshake.size()) + handshake;
}

}  // namespace lull::testing
