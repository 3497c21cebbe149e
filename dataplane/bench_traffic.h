// Packets for `lull bench`: a fixed set of mbufs, as many as receive rings hold, whose headers are
// written anew, outside the measured time, with conversations drawn uniformly from a set.
#pragma once

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/bench.h"
#include "dataplane/error.h"

namespace lull {

class BenchTraffic {
  public:
    static constexpr uint32_t kPackets = 16'384;  // recirculated: a pool that stays in cache

    /// EAL must run.
    static Result<std::unique_ptr<BenchTraffic>> create(const BenchWorkload& workload,
                                                        std::span<const BenchFlow> flows,
                                                        uint64_t seed);
    ~BenchTraffic();
    BenchTraffic(const BenchTraffic&) = delete;
    BenchTraffic& operator=(const BenchTraffic&) = delete;

    /// Writes the next packets: by turns of `workload.new_share` of an unseen conversation, else of
    /// a known one, either way.
    void refill();
    /// Writes the conversations [from, from + kPackets / 2), each one packet each way, so that they
    /// are known and answered.
    void refill_in_order(std::size_t from);
    [[nodiscard]] std::span<rte_mbuf* const> packets() const { return packets_; }

  private:
    BenchTraffic() = default;
    void write(rte_mbuf* packet, const BenchFlow& flow, bool back);
    void write_first(rte_mbuf* packet, BenchFlow flow);
    uint64_t next_random();

    struct PoolFree {
        void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
    };
    std::unique_ptr<rte_mempool, PoolFree> pool_;
    std::vector<rte_mbuf*> packets_;
    std::span<const BenchFlow> flows_;
    BenchWorkload workload_;
    uint64_t random_ = 0;
    uint32_t sequence_ = 0;
    uint32_t unseen_ = 0;
    std::size_t turn_ = 0;     // of the frame sizes
    std::size_t payload_ = 0;  // of bench_payloads()
};

}  // namespace lull
