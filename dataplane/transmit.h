// A port to send on, for `lull drill`: frames are written in place into mbufs and sent in bursts.
// offered = sent + refused, always. A device whose string names several queues (`queues=2`) is sent
// on with as many, up to eight, as a NIC with symmetric RSS would fill them: both directions of a
// conversation share one. memif has one: its server cannot know how many rings the client polls,
// and sending on one that is not there writes over the first.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dataplane/error.h"

namespace lull {

struct TransmitTotals {
    uint64_t offered = 0;
    uint64_t sent = 0;
    uint64_t refused = 0;
};

inline constexpr uint32_t kMaxTransmitBytes = 2048;  // one mbuf's room
inline constexpr uint16_t kMaxTransmitQueues = 8;

class Transmitter {
  public:
    /// EAL must run. `device` is a PCI address or a vdev string; a device that an Engine of this
    /// process has open (net_ring0) is shared, and frames then come from the Engine's pool.
    static Result<std::unique_ptr<Transmitter>> open(const std::string& device,
                                                     uint32_t mbufs = 16384);
    ~Transmitter();
    Transmitter(const Transmitter&) = delete;
    Transmitter& operator=(const Transmitter&) = delete;

    /// Room for one frame of `bytes` (at most kMaxTransmitBytes), to be written before the next
    /// call. Empty when the pool is dry: the frame then counts as offered and refused.
    std::span<uint8_t> next(uint32_t bytes);
    /// The same for a frame that is there already; of one longer than kMaxTransmitBytes the rest is
    /// left out and its length kept, as receivers here look at a packet's first segment alone.
    void put(std::span<const uint8_t> frame);
    /// Sends what next() handed out. A full device is tried again for up to `patience_s`, then the
    /// rest is refused.
    void flush(double patience_s);
    [[nodiscard]] TransmitTotals totals() const;
    [[nodiscard]] uint16_t queues() const;
    [[nodiscard]] bool link_up() const;
    /// Fault for drills: takes every free mbuf of the pool out of use (or gives them back), as a
    /// leak does. No counter moves.
    void leak(bool on);
    /// Waits until the other end has taken what was sent, or `timeout_s` is over.
    Result<void> drain(double timeout_s);

  private:
    struct Impl;
    explicit Transmitter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace lull
