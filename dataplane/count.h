// Packets and IP bytes of an origin, into the active bank. Every packet adds one sent and one
// received.
#pragma once

#include "dataplane/bank.h"
#include "dataplane/origin.h"
#include "dataplane/parse.h"

namespace lull {

inline void add_sent(Bank& bank, OriginId origin, uint32_t packets, uint64_t bytes) {
    OriginCounts& counts = bank.origins[index_of(origin)];
    counts.sent_packets += packets;
    counts.sent_bytes += bytes;
    bank.origin_marks[index_of(origin) / kOriginsPerMark] = 1;
}

inline void add_received(Bank& bank, OriginId origin, uint32_t packets, uint64_t bytes) {
    OriginCounts& counts = bank.origins[index_of(origin)];
    counts.received_packets += packets;
    counts.received_bytes += bytes;
    bank.origin_marks[index_of(origin) / kOriginsPerMark] = 1;
}

inline void add_answered(Bank& bank, OriginId origin) {
    bank.answered_flows[index_of(origin)] += 1;
    bank.origin_marks[index_of(origin) / kOriginsPerMark] = 1;
}

inline void prefetch_counts(const Bank& bank, OriginPair pair) {
    __builtin_prefetch(&bank.origins[index_of(pair.source)], 1);
    __builtin_prefetch(&bank.origins[index_of(pair.destination)], 1);
}

inline void count_packet(Bank& bank, const PacketView& view, OriginPair pair) {
    add_sent(bank, pair.source, 1, view.ip_bytes);
    add_received(bank, pair.destination, 1, view.ip_bytes);
}

}  // namespace lull
