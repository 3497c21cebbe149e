#include "control/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lull {

namespace {

constexpr double kLossDegraded = 0.02, kLossUnhealthy = 0.10;
// Copies and cut frames falsify volume alone: conversations are counted once, by their headers.
constexpr double kDuplicatesDegraded = 0.05, kTruncatedDegraded = 0.02;
// Below, a direction is missing, or so little meets here that answered flows can decide nothing.
constexpr double kTwoWayDegraded = 0.05;
// A port whose usual traffic makes this many packets in a tick does not fall silent by chance
// (e^-20), and no event in the world silences every sender and every scanner at once.
constexpr double kSurePackets = 20;
constexpr double kSettle_s = 30;      // after a restart or the return of the link
constexpr double kMeanSpan_s = 3600;  // of the usual rate
constexpr double kQuietShare = 0.05;  // below this share of the usual the tap itself is doubtful

double ratio(uint64_t part, uint64_t rest) {
    return part == 0 ? 0 : static_cast<double>(part) / static_cast<double>(part + rest);
}

// Why the device itself cannot be used; null when it works.
const char* device_trouble(DeviceState state) {
    switch (state) {
        case DeviceState::kWorking:
            return nullptr;
        case DeviceState::kRecovering:
            return "its driver mends the device after an error";
        case DeviceState::kFailed:
            return "its driver could not mend the device: lull goes on without it until restarted";
        case DeviceState::kRemoved:
            return "the device is gone: lull goes on without it until restarted";
    }
    return nullptr;
}

}  // namespace

PortHealth PortWatch::judge(const PortDelta& delta, double seconds) {
    const auto packets = static_cast<double>(delta.received_packets);
    const auto add = [seconds](Share& share, uint64_t part, uint64_t whole) {
        share.add(static_cast<double>(part), static_cast<double>(whole), seconds);
    };
    add(capture_loss_, delta.wire.lost, delta.wire.lost + delta.wire.seen);
    add(duplicates_, delta.wire.duplicates, delta.wire.compared);
    add(truncated_, delta.truncated_packets, delta.counted_packets);
    silent_s_ = delta.received_packets > 0 ? 0 : silent_s_ + seconds;
    const auto came = [&](PortEvent event) {
        return delta.events[static_cast<std::size_t>(event)] != 0;
    };
    if (delta.restarts != restarts_ || (was_down_ && delta.link_up) || came(PortEvent::kLink) ||
        came(PortEvent::kRecovering) || came(PortEvent::kRecovered)) {
        // Ticks longer than the settling time lose one tick to it, not none.
        settling_s_ = std::max(kSettle_s, seconds / 2);
    }
    restarts_ = delta.restarts;
    was_down_ = !delta.link_up;
    const bool settling = settling_s_ > 0;
    settling_s_ = std::max(0.0, settling_s_ - seconds);

    const auto unhealthy = [&](std::string why) {
        return PortHealth{Health::kUnhealthy, name_ + ": " + std::move(why)};
    };
    if (!delta.complete) {
        return unhealthy("a worker or control slept through half of the tick");
    }
    if (const char* ill = device_trouble(delta.device); ill != nullptr) {
        return unhealthy(ill);
    }
    if (!delta.link_up) {
        return unhealthy("the link is down");
    }
    if (delta.mbufs_free < delta.mbufs_needed) {
        return unhealthy(
            fmt::format("{} of {} mbufs are free, {} are needed: the pool leaks or is "
                        "too small",
                        delta.mbufs_free, delta.mbufs_capacity, delta.mbufs_needed));
    }
    // A port that never had a packet is not plugged in yet, or its mirror is not switched on: its
    // silence must not be learned as what the world sends. The tick of the first ones is a part.
    if (!had_packets_) {
        had_packets_ = delta.received_packets > 0;
        if (!had_packets_ || waited_) {
            waited_ = true;
            return unhealthy(had_packets_ ? "its first packets" : "no packet yet since the start");
        }
    }
    const double usual = usual_packets_per_s_ * seconds;
    if (delta.received_packets == 0 && usual >= kSurePackets) {
        return unhealthy(fmt::format("not one packet for {:.0f} s, {:.0f} are usual", silent_s_,
                                     usual_packets_per_s_ * silent_s_));
    }
    // A few frames of housekeeping (LLDP, ARP) do not make a dark tap a seeing one.
    if (usual >= kSurePackets / kQuietShare && packets < usual * kQuietShare &&
        delta.counted_packets == 0) {
        return unhealthy(
            fmt::format("{:.0f} frames and none of IP, {:.0f} are usual", packets, usual));
    }
    // What is shed is missing, not low: of a flood's flows only some are followed.
    if (delta.shed >= ShedStage::kFlows) {
        return unhealthy("a flood of new conversations: not all could be followed");
    }
    const double loss = ratio(delta.missed_packets + delta.error_packets, delta.received_packets);
    if (loss > kLossUnhealthy) {
        return unhealthy(
            fmt::format("{:.1f} % of the packets were lost at the device", 100 * loss));
    }
    if (capture_loss_.above(kLossUnhealthy)) {
        return unhealthy(
            fmt::format("{:.1f} % of what TCP acknowledges never came: the mirror or the tap loses "
                        "it ({:.1f} % at the device)",
                        100 * *capture_loss_.value(), 100 * loss));
    }
    if (settling) {
        return unhealthy("it was restarted or its link came back: settling");
    }
    learned_s_ = std::min(kMeanSpan_s, learned_s_ + seconds);
    usual_packets_per_s_ += (packets / seconds - usual_packets_per_s_) * seconds / learned_s_;
    const std::string why = doubts(delta, loss);
    return why.empty() ? PortHealth{} : PortHealth{Health::kDegraded, name_ + ": " + why};
}

std::string PortWatch::doubts(const PortDelta& delta, double device_loss) const {
    std::string all;
    const auto add = [&all](std::string why) { all += (all.empty() ? "" : "; ") + std::move(why); };
    if (device_loss > kLossDegraded || delta.nombuf_events > 0) {
        add(fmt::format("{:.1f} % lost at the device, {} receives without a free mbuf",
                        100 * device_loss, delta.nombuf_events));
    }
    if (capture_loss_.above(kLossDegraded)) {
        add(
            fmt::format("{:.1f} % of what TCP acknowledges never came: the mirror or the tap loses "
                        "it",
                        100 * *capture_loss_.value()));
    }
    if (duplicates_.above(kDuplicatesDegraded)) {
        add(
            fmt::format("{:.1f} % of the segments came a second time: the mirror copies them on "
                        "their way in and out; packets and bytes are counted twice, conversations "
                        "once",
                        100 * *duplicates_.value()));
    }
    if (frames_ == Frames::kWhole && truncated_.above(kTruncatedDegraded)) {
        add(fmt::format("{:.1f} % of the frames are cut short: say `slice` if the tap does that",
                        100 * *truncated_.value()));
    }
    return all;
}

PortHealth GroupWatch::judge(uint64_t living, uint64_t two_way, double seconds) {
    two_way_.add(static_cast<double>(two_way), static_cast<double>(living), seconds);
    const auto share = two_way_.value();
    if (!share || *share >= kTwoWayDegraded) {
        return {};
    }
    return {
        Health::kDegraded,
        fmt::format("{}: {:.1f} % of the conversations are seen both ways: one direction of the "
                    "tap is missing, or its ports or RSS send the two to different workers",
                    name_, 100 * *share)};
}

}  // namespace lull
