// First payloads for `lull bench`, one of each context, with the port they go to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lull {

struct BenchPayload {
    const char* context = "";
    bool tcp = true;
    uint16_t port = 443;
    std::string bytes;
};

/// Of everyday traffic: about as many of each as new conversations have.
const std::vector<BenchPayload>& bench_payloads();

}  // namespace lull
