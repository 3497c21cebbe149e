#include "dataplane/driver_guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <vector>

namespace lull {

namespace {

struct Registry {
    std::mutex mutex;
    std::vector<const DriverVisits*> visits;
};

Registry& registry() {
    static Registry instance;
    return instance;
}

bool on_interrupt_thread() {
    thread_local const bool answer = [] {
        std::array<char, 16> name{};
        pthread_getname_np(pthread_self(), name.data(), name.size());
        return std::string_view(name.data()) == "eal-intr-thread";
    }();
    return answer;
}

// A visit lasts a burst, microseconds; a thread that was preempted inside is waited for.
void wait_until_outside(const DriverVisits& visits) {
    const uint64_t seen = visits.count();
    while (seen % 2 == 1 && visits.count() == seen) {
        usleep(10);
    }
}

}  // namespace

void wait_for_driver_visits();

DriverVisits::DriverVisits() {
    const std::scoped_lock lock(registry().mutex);
    registry().visits.push_back(this);
}

DriverVisits::~DriverVisits() {
    const std::scoped_lock lock(registry().mutex);
    std::erase(registry().visits, this);
}

void wait_for_driver_visits() {
    if (on_interrupt_thread()) {
        const std::scoped_lock lock(registry().mutex);
        for (const DriverVisits* visits : registry().visits) {
            wait_until_outside(*visits);
        }
    }
}

}  // namespace lull

// Exported from every lull binary (see CMakeLists.txt), so that DPDK's plugins find it before
// libc's.
extern "C" int munmap(void* address, size_t length) noexcept {
    using Function = int (*)(void*, size_t);
    static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "munmap"));
    lull::wait_for_driver_visits();
    return next != nullptr ? next(address, length)
                           : static_cast<int>(syscall(SYS_munmap, address, length));
}
