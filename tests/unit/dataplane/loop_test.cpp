// The loop neither calls the system nor allocates: the kernel kills the test at the first system
// call made while packets are processed, and operator new counts.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <new>
#include <thread>

#include "dataplane/engine.h"
#include "dataplane/transmit.h"
#include "tests/support/engine_bench.h"

namespace {

thread_local bool counting = false;
std::atomic<uint64_t> allocations{0};

}  // namespace

// The sanitizers bring an operator new and system calls of their own: the test is for builds
// without them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LULL_OWN_NEW 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LULL_OWN_NEW 0
#endif
#endif
#ifndef LULL_OWN_NEW
#define LULL_OWN_NEW 1
#endif

#if LULL_OWN_NEW
void* operator new(std::size_t bytes) {
    if (counting) {
        allocations.fetch_add(1);
    }
    void* memory = std::malloc(bytes);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
#endif

namespace lull {
namespace {

// From here on this thread may end and nothing else; another call raises SIGSYS.
bool forbid_system_calls() {
    std::array<sock_filter, 8> code{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  // the number of the call
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 4, 0),  // a thread's stack at its end
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sigaltstack, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(Loop, processing_packets_makes_no_system_call_and_no_allocation) {
    if (LULL_OWN_NEW == 0) {
        GTEST_SKIP() << "SKIPPED: a sanitizer makes system calls of its own; the release build "
                        "judges";
    }
    testing::need_eal();
    const std::string device = testing::ring_device();
    auto engine = Engine::create(testing::ring_config(device, EngineConfig::Drive::kCaller),
                                 testing::small_table(1));
    ASSERT_TRUE(engine) << engine.error().message;
    auto port = Transmitter::open(device);
    ASSERT_TRUE(port) << port.error().message;
    for (uint32_t i = 0; i < 900; ++i) {
        const auto frame = testing::PacketBuilder()
                               .ethernet()
                               .ipv4("198.51.1." + std::to_string(i % 250), "203.0.7.7")
                               .tcp(40000, 443, 0x18)
                               .payload(i % 700)
                               .build();
        const auto room = (*port)->next(static_cast<uint32_t>(frame.size()));
        ASSERT_FALSE(room.empty());
        std::copy(frame.begin(), frame.end(), room.begin());
    }
    (*port)->flush(1);
    std::atomic<bool> filtered{false}, done{false};
    std::thread worker([&] {
        counting = true;
        filtered = forbid_system_calls();
        (*engine)->pump();
        counting = false;
        done = true;
    });
    worker.join();
    if (!filtered) {
        GTEST_SKIP() << "SKIPPED: this kernel allows no seccomp filter";
    }
    EXPECT_TRUE(done);
    EXPECT_EQ(allocations.load(), 0u);
    EXPECT_EQ((*engine)->collect().ports[0].counted_packets, 900u);
}

}  // namespace
}  // namespace lull
