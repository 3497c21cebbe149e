#include "dataplane/idle.h"

#define ALLOW_EXPERIMENTAL_API  // rte_power_pause, the instruction TPAUSE where the CPU has it
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_power_intrinsics.h>
#include <sys/prctl.h>

#include <ctime>

namespace lull {

void Idle::prepare() const {
    if (power_ == Power::kSleep) {
        prctl(PR_SET_TIMERSLACK, 1);  // ns; 50,000 by default, on top of what is asked for
    }
}

void Idle::wait() const {
    if (power_ == Power::kSleep) {
        const timespec time{.tv_sec = 0, .tv_nsec = kSleepNs};
        nanosleep(&time, nullptr);
        return;
    }
    const uint64_t until = rte_rdtsc() + rte_get_tsc_hz() / 1'000'000;
    if (rte_power_pause(until) != 0) {
        while (rte_rdtsc() < until) {
            rte_pause();
        }
    }
}

}  // namespace lull
