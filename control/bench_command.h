// `lull bench`: what this machine can do, per stage and end to end, as a table or as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/error.h"

namespace lull {

struct BenchOptions {
    enum class Format : uint8_t { kText, kJson };
    std::string table;
    std::vector<uint32_t> flows{10'000, 1'000'000};
    std::vector<uint32_t> frame_bytes{64};  // by turns
    double v6_share = 0.1;
    double new_share = 0;  // 1: a flood in which each packet is a new conversation
    std::vector<uint32_t> cores{0};
    std::vector<std::string> cases;
    std::optional<std::string> signatures, sites;  // for the case `inspect`
    uint32_t rounds = 200;
    Format format = Format::kText;
};

/// An Internet mix, with FCS: 7 x 64, 4 x 594, 1 x 1,518, in an order of no pattern.
inline const std::vector<uint32_t> kImixFrames{64,   594, 64,  64, 594, 64,
                                               1518, 64,  594, 64, 594, 64};

Result<void> run_bench_command(const BenchOptions& options);

}  // namespace lull
