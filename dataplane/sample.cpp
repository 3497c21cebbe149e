// See sample.h. Hot: no allocation, lock, log or system call below.
#include "dataplane/sample.h"

namespace lull {

namespace {

static_assert((kSampledAddresses & (kSampledAddresses - 1)) == 0);

void keep(AddressSample& sample, const SeenAddress& seen) {
    sample.seen[sample.taken++ & (kSampledAddresses - 1)] = seen;
}

}  // namespace

void sample_addresses(std::span<const PacketView> views, std::span<const OriginPair> origins,
                      Bank& bank) {
    if (views.empty()) {
        return;
    }
    // Multiples of the golden ratio of 2^32 fall evenly over it, whatever the bursts' length
    // (Fibonacci hashing); the product's upper half is a place below views.size().
    const auto turn = static_cast<uint32_t>(bank.sampled_bursts++ * 0x9E3779B9u);
    const auto i = static_cast<std::size_t>(uint64_t{turn} * views.size() >> 32);
    const PacketView& view = views[i];
    if (view.family == Family::kIpv4) {
        keep(bank.sample4, {view.family, view.source4, {}, origins[i].source});
        keep(bank.sample4, {view.family, view.destination4, {}, origins[i].destination});
    } else {
        keep(bank.sample6, {view.family, 0, view.source6, origins[i].source});
        keep(bank.sample6, {view.family, 0, view.destination6, origins[i].destination});
    }
}

}  // namespace lull
