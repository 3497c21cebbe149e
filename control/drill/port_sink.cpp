// Frames onto a DPDK port, in bursts.
#include "control/drill/sink.h"
#include "dataplane/limits.h"

namespace lull {

std::span<uint8_t> PortSink::next(uint32_t bytes, int64_t /*time_ns*/) {
    if (pending_ == kBurstPackets) flush();
    const std::span<uint8_t> frame = port_.next(bytes);
    if (!frame.empty()) ++pending_;
    return frame;
}

void PortSink::flush() {
    if (pending_ == 0) return;
    pending_ = 0;
    const uint64_t refused = port_.totals().refused;
    port_.flush(in_vain_ < kMostInVain ? kPatience_s : 0);
    in_vain_ = port_.totals().refused > refused ? in_vain_ + 1 : 0;
}

void PortSink::leak(Leak state) {
    if (state == leak_) return;
    flush();
    leak_ = state;
    port_.leak(state == Leak::kOn);
}

Result<void> PortSink::finish() {
    leak(Leak::kOff);
    flush();
    return port_.drain(kDrain_s);
}

}  // namespace lull
