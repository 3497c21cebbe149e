// What a worker does while no packet comes: nothing by default, it polls on. Optionally it pauses
// the core between polls, or gives it back to the system for a while.
#pragma once

#include <cstdint>

namespace lull {

enum class Power : uint8_t {
    kOff,    // poll on
    kPause,  // a microsecond in a state of less power, if the CPU has one: its pool of power goes
             // to others; CPU time is 100 % all the same
    kSleep,  // kSleepNs in the system: CPU time goes down, the first packets wait
};

class Idle {
  public:
    explicit Idle(Power power) : power_(power) {}

    /// After a turn of the loop that found no packet.
    void rest() {
        if (power_ != Power::kOff && ++empty_turns_ > kPatientTurns) {
            wait();
        }
    }
    void wake() { empty_turns_ = 0; }

    /// Once, on the worker's own thread.
    void prepare() const;

    /// Before it rests, some tens of microseconds: a gap within traffic is no idleness.
    static constexpr uint32_t kPatientTurns = 1024;
    /// The kernel adds some 50 us of its own on most machines. A ring of 1,024 descriptors holds
    /// that at 10 Mpps.
    static constexpr uint32_t kSleepNs = 50'000;

  private:
    void wait() const;

    Power power_;
    uint32_t empty_turns_ = 0;
};

}  // namespace lull
