// What the monitor has learned, as bytes and back.
#include <cstring>
#include <utility>

#include "control/monitor.h"

namespace lull {

namespace {

// What inspection has learned stands behind what the detector has: its bytes, their number, a mark.
constexpr uint32_t kTrailerMark = 0x74696e73;

std::vector<uint8_t> with_trailer(std::vector<uint8_t> bytes, const std::vector<uint8_t>& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    for (const auto word : {static_cast<uint32_t>(more.size()), kTrailerMark}) {
        for (uint32_t shift = 0; shift < 32; shift += 8) {
            bytes.push_back(static_cast<uint8_t>(word >> shift));
        }
    }
    return bytes;
}

uint32_t word_at(std::span<const uint8_t> bytes, std::size_t from_end) {
    uint32_t word = 0;
    std::memcpy(&word, bytes.data() + bytes.size() - from_end, sizeof(word));
    return word;
}

std::pair<std::span<const uint8_t>, std::span<const uint8_t>> without_trailer(
    std::span<const uint8_t> bytes) {
    constexpr std::size_t kTrailerBytes = 8;
    if (bytes.size() < kTrailerBytes || word_at(bytes, 4) != kTrailerMark ||
        word_at(bytes, kTrailerBytes) > bytes.size() - kTrailerBytes) {
        return {bytes, {}};  // an earlier lull's
    }
    const std::size_t own = bytes.size() - kTrailerBytes - word_at(bytes, kTrailerBytes);
    return {bytes.first(own), bytes.subspan(own, word_at(bytes, kTrailerBytes))};
}

}  // namespace

std::vector<uint8_t> Monitor::save() const {
    return with_trailer(detector_.save(group_names()), inspection_.save());
}

Result<Detector::Restored> Monitor::restore(std::span<const uint8_t> state) {
    const auto [detector, sites] = without_trailer(state);
    auto restored = detector_.restore(detector, group_names());
    if (restored && !sites.empty()) {
        if (auto ok = inspection_.restore(sites); !ok) {
            news_.push_back(ok.error().message);
        }
    }
    keep_parts();
    return restored;
}

}  // namespace lull
