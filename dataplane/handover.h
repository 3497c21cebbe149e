// What ThreadSanitizer cannot see: DPDK's libraries are built without it, so a ring or a mempool
// that hands a packet from one thread to another leaves no trace, and the packet's bytes look as if
// two threads raced for them. The giver says hand_over() before, the taker take_over() after: the
// order that the ring's own barriers make. Nothing in any other build.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#if defined(__SANITIZE_THREAD__)
extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace lull {

inline void hand_over([[maybe_unused]] rte_mbuf* const* packets, [[maybe_unused]] uint32_t count) {
#if defined(__SANITIZE_THREAD__)
    for (uint32_t i = 0; i < count; ++i) {
        __tsan_release(packets[i]);
    }
#endif
}

inline void take_over([[maybe_unused]] rte_mbuf* const* packets, [[maybe_unused]] uint32_t count) {
#if defined(__SANITIZE_THREAD__)
    for (uint32_t i = 0; i < count; ++i) {
        __tsan_acquire(packets[i]);
    }
#endif
}

}  // namespace lull
