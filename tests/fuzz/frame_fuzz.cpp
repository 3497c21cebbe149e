// Any bytes as a frame: parse_frame and the slow reference must give the same Reject or the same
// view. The first byte chooses the port's rules and the next how much longer the frame was on the
// wire; the rest is the frame, in a heap buffer of its exact size so that ASan sees one byte past.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "dataplane/parse.h"
#include "tests/support/reference_parse.h"

namespace {

constexpr std::array<std::array<uint8_t, 6>, 1> kExcludedMacs = {{{2, 0, 0, 0, 0, 99}}};
constexpr std::array<uint16_t, 2> kExcludedVlans = {99, 4000};

lull::ParseRules rules_of(uint8_t bits) {
    lull::ParseRules rules;
    rules.decap_gre = (bits & 1) != 0;
    rules.decap_erspan = (bits & 2) != 0;
    rules.decap_vxlan = (bits & 4) != 0;
    rules.trust_ip_length = (bits & 8) != 0;
    rules.excludes_macs = (bits & 16) != 0;
    rules.excludes_vlans = (bits & 32) != 0;
    rules.excluded_macs = kExcludedMacs;
    rules.excluded_vlans = kExcludedVlans;
    return rules;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr size_t kPrefixBytes = 2;
    if (size < kPrefixBytes) {
        return 0;
    }
    const lull::ParseRules rules = rules_of(data[0]);
    const size_t frame_size = size - kPrefixBytes;
    const auto frame = std::make_unique<uint8_t[]>(frame_size);
    if (frame_size > 0) {
        std::memcpy(frame.get(), data + kPrefixBytes, frame_size);
    }
    // Squared, so that the range reaches from one missing byte to a jumbogram's worth.
    const uint32_t missing = uint32_t{data[1]} * data[1] * 2;
    const auto wire_bytes = static_cast<uint32_t>(frame_size) + missing;

    lull::PacketView view;
    std::memset(&view, 0xa5, sizeof view);  // a field left unset must differ from the reference
    const lull::Reject reject =
        lull::parse_frame({frame.get(), frame_size}, wire_bytes, rules, view);
    const lull::reference::Outcome wanted =
        lull::reference::parse({frame.get(), frame.get() + frame_size}, wire_bytes, rules);
    const std::string difference = lull::reference::difference(wanted, reject, view);
    if (!difference.empty()) {
        std::fprintf(stderr, "parse_frame differs from the reference: %s\n", difference.c_str());
        std::abort();
    }
    return 0;
}
