// What one webhook has still to be told, in its order, bounded: when it is full the oldest goes.
// And when to try again. Pure: time comes in as a value.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "control/notify/incident_watch.h"

namespace lull {

struct Letter {
    uint64_t number = 0;  // of the outbox, rising
    std::string id;
    std::string body;
    std::chrono::steady_clock::time_point made{};
};

class Outbox {
  public:
    /// Incidents come by the dozen at worst; of 2 to 10 KB each.
    static constexpr std::size_t kMost = 256;
    /// After that nobody wants to be told any more.
    static constexpr std::chrono::hours kOldest{24};

    /// False: the oldest had to go for it.
    bool put(std::string id, std::string body, std::chrono::steady_clock::time_point now);
    /// How many were too old.
    std::size_t expire(std::chrono::steady_clock::time_point now);
    /// The oldest; nullptr: there is none. Good until the next call.
    [[nodiscard]] const Letter* first() const {
        return letters_.empty() ? nullptr : &letters_.front();
    }
    /// What was done with it, if it is still there.
    bool take(uint64_t number);
    [[nodiscard]] std::size_t size() const { return letters_.size(); }

  private:
    std::deque<Letter> letters_;
    uint64_t last_number_ = 0;
};

/// How long to wait after so many failures in a row: 1 s, 2 s, 4 s … 5 min, of which `random` in
/// [0, 1) takes up to half away, so that many monitors do not come back at once.
std::chrono::milliseconds pause_after(unsigned failures, double random);

/// What an answer means. 2xx is done; a refusal that no repetition changes is given up: every other
/// status below 500 but 408 and 429.
enum class Delivery : uint8_t { kDone, kAgain, kGiveUp };
Delivery delivery_of(unsigned status);

}  // namespace lull
