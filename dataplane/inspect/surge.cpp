#include "dataplane/inspect/surge.h"

#include <cstring>

#include "dataplane/headers.h"
#include "dataplane/sources.h"

namespace lull {

namespace {

constexpr std::size_t kBuckets = 4096;

uint64_t mixed(const PacketView& view, bool source) {
    if (view.family == Family::kIpv4) {
        return mix(source ? view.source4 : view.destination4, 4) | 1;
    }
    std::array<uint64_t, 2> words;
    std::memcpy(words.data(), source ? view.source6.data() : view.destination6.data(),
                sizeof(words));
    return mix(words[0] * 0x9E3779B97F4A7C15ull + words[1], 6) | 1;
}

}  // namespace

Surge::Surge() : syn_from_(kBuckets), syn_to_(kBuckets), syn_ack_to_(kBuckets) {}

Surge::Bucket* Surge::bucket_of(Buckets& buckets, uint64_t address, uint32_t beat, bool make) {
    const uint32_t window = beat / kWindowBeats + 1;
    Bucket& bucket = buckets[address >> 52];
    if (bucket.address != address) {
        // A busy address keeps its bucket for as long as it is busy.
        const bool busy = bucket.window + 1 >= window && bucket.opened + bucket.opened_before > 16;
        if (!make || busy) {
            return nullptr;
        }
        bucket = {.address = address, .window = window};
    }
    if (bucket.window != window) {
        const bool next = bucket.window + 1 == window;
        bucket.opened_before = next ? bucket.opened : 0;
        bucket.followed_before = next ? bucket.followed : 0;
        bucket.opened = bucket.followed = 0;
        bucket.window = window;
    }
    return &bucket;
}

bool Surge::surges(Buckets& buckets, uint64_t address, uint32_t beat) {
    Bucket* bucket = bucket_of(buckets, address, beat, true);
    if (bucket == nullptr) {
        return false;
    }
    bucket->opened += 1;
    const uint32_t opened = bucket->opened + bucket->opened_before;
    const uint32_t followed = bucket->followed + bucket->followed_before;
    return opened > kOpenedMin && followed < opened / kFollowedShare;
}

void Surge::follow(Buckets& buckets, uint64_t address, uint32_t beat) {
    Bucket* bucket = bucket_of(buckets, address, beat, false);
    if (bucket != nullptr) {
        bucket->followed += 1;
    }
}

Mark Surge::opened(const PacketView& view, uint32_t beat) {
    if (view.protocol != kProtocolTcp || (view.tcp_flags & kTcpSyn) == 0) {
        return Mark::kNone;
    }
    if ((view.tcp_flags & kTcpAck) != 0) {
        return surges(syn_ack_to_, mixed(view, false), beat) ? Mark::kSynAckFlood : Mark::kNone;
    }
    const bool scans = surges(syn_from_, mixed(view, true), beat);
    const bool floods = surges(syn_to_, mixed(view, false), beat);
    return scans ? Mark::kSynScan : floods ? Mark::kSynFlood : Mark::kNone;
}

void Surge::repeated(const PacketView& view, uint32_t beat) {
    follow(syn_from_, mixed(view, true), beat);
    follow(syn_to_, mixed(view, false), beat);
}

void Surge::followed_up(const PacketView& view, uint32_t beat) {
    if (view.protocol != kProtocolTcp) {
        return;
    }
    for (const bool source : {true, false}) {
        const uint64_t address = mixed(view, source);
        follow(syn_from_, address, beat);
        follow(syn_to_, address, beat);
        follow(syn_ack_to_, address, beat);
    }
}

}  // namespace lull
