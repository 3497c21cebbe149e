#include "control/notify/outbox.h"

#include <algorithm>
#include <utility>

namespace lull {

bool Outbox::put(std::string id, std::string body, std::chrono::steady_clock::time_point now) {
    const bool full = letters_.size() >= kMost;
    if (full) {
        letters_.pop_front();
    }
    letters_.push_back({++last_number_, std::move(id), std::move(body), now});
    return !full;
}

std::size_t Outbox::expire(std::chrono::steady_clock::time_point now) {
    std::size_t expired = 0;
    for (; !letters_.empty() && now - letters_.front().made > kOldest; ++expired) {
        letters_.pop_front();
    }
    return expired;
}

bool Outbox::take(uint64_t number) {
    if (letters_.empty() || letters_.front().number != number) {
        return false;
    }
    letters_.pop_front();
    return true;
}

std::chrono::milliseconds pause_after(unsigned failures, double random) {
    constexpr double kFirst_ms = 1'000;
    constexpr double kLongest_ms = 300'000;
    constexpr unsigned kDoublings = 9;  // 1 s times 2^9 is beyond the longest
    const double whole =
        std::min(kLongest_ms, kFirst_ms * (1U << std::min(std::max(failures, 1U) - 1, kDoublings)));
    return std::chrono::milliseconds(static_cast<int64_t>(whole * (1 - random / 2)));
}

Delivery delivery_of(unsigned status) {
    constexpr unsigned kTimeout = 408;
    constexpr unsigned kTooMany = 429;
    if (status >= 200 && status < 300) {
        return Delivery::kDone;
    }
    return status >= 500 || status < 200 || status == kTimeout || status == kTooMany
               ? Delivery::kAgain
               : Delivery::kGiveUp;
}

}  // namespace lull
