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
    if (pending_ > 0) port_.flush(kPatience_s);
    pending_ = 0;
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
