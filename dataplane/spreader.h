// Spreads a port of one queue over several workers: the first takes what the device gives and hands
// each packet to the worker that a NIC's RSS would have given it to, over a ring of its own. A ring
// that is full loses packets as a NIC's queue does, and they are counted as missed.
//
// It is exact, not fast: three cache lines of each packet that is handed over go to another core.
// Where a packet's work is less than that, one core carries more than two (dataplane/README.md).
#pragma once

#include <rte_ring.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/burst.h"
#include "dataplane/error.h"
#include "dataplane/parse.h"
#include "dataplane/rss.h"

namespace lull {

class Spreader {
  public:
    /// For `workers` of them, two at least. Rings lie on the socket `node`.
    static Result<std::unique_ptr<Spreader>> create(uint16_t port_id, uint16_t workers,
                                                    const RssPlan& plan, const ParseRules& rules,
                                                    int node);
    ~Spreader();
    Spreader(const Spreader&) = delete;
    Spreader& operator=(const Spreader&) = delete;

    /// Fills an empty burst with packets of worker `index`, who alone may call this with it.
    /// Returns how many were received, of which the first worker may keep none.
    uint32_t receive(uint16_t index, Burst& burst);
    /// Packets that found no room in their worker's ring, since the start.
    [[nodiscard]] uint64_t missed() const { return missed_.load(std::memory_order_relaxed); }

  private:
    struct RingFree {
        void operator()(rte_ring* ring) const;
    };
    Spreader(uint16_t port_id, uint16_t workers, const RssPlan& plan, const ParseRules& rules)
        : port_id_(port_id), workers_(workers), plan_(plan), rules_(rules) {}
    [[nodiscard]] uint16_t worker_of(const rte_mbuf* packet) const;

    uint16_t port_id_;
    uint16_t workers_;
    RssPlan plan_;
    ParseRules rules_;
    std::vector<std::unique_ptr<rte_ring, RingFree>> rings_;  // of worker i + 1
    alignas(64) std::atomic<uint64_t> missed_{0};             // written by worker 0
};

}  // namespace lull
