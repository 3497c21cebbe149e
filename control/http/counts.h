// What has come to an HTTP server since its start, for /metrics and /api/v1/status. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace lull {

struct ServerCounts {
    std::atomic<uint64_t> streams_open = 0;
    std::atomic<uint64_t> streams_refused = 0;
    std::atomic<uint64_t> wrong_passwords = 0;       // 401; also such as were known to be wrong
    std::atomic<uint64_t> unasked_passwords = 0;     // 429, 503: too many to ask bcrypt
    std::atomic<uint64_t> refused_certificates = 0;  // 403: none, expired, another's
    std::atomic<uint64_t> cut_clients = 0;           // too slow with a request or an answer
};

}  // namespace lull
