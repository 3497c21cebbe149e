#include "control/bmp/sink.h"

#include <array>
#include <random>

namespace lull {
namespace {

constexpr std::array<std::string_view, kRouterDownReasons> kReasonNames{
    "closed", "terminated", "stream_lost", "idle", "replaced", "stopped"};

uint64_t random_seed() {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

/// The finalizer of splitmix64.
uint64_t mixed(uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

}  // namespace

std::string_view router_down_name(RouterDownReason reason) {
    return kReasonNames[static_cast<std::size_t>(reason)];
}

std::size_t BmpPeerHash::operator()(const BmpPeer& peer) const {
    static const uint64_t kSeed = random_seed();
    uint64_t hash = kSeed;
    const uint64_t kind = uint64_t{peer.router} << 16 |
                          uint64_t{static_cast<uint8_t>(peer.view)} << 8 |
                          static_cast<uint8_t>(peer.address.family);
    for (const uint64_t word : {kind, peer.distinguisher, peer.address.high, peer.address.low}) {
        hash = mixed(hash ^ word);
    }
    return hash;
}

}  // namespace lull
