#include "control/ipfix/exporter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace lull {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kSlowly = 5;  // conversations: far fewer than a datagram has room for

/// A collector on loopback that can be away for a while, on a port that stays its own.
class Listener {
  public:
    explicit Listener(const std::string& scheme)
        : scheme_(scheme), type_(scheme == "udp" ? SOCK_DGRAM : SOCK_STREAM) {}
    ~Listener() { close(); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Takes a port; connections are refused until listen().
    void open() {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socket_ = ::socket(AF_INET, type_ | SOCK_CLOEXEC, 0);
        ASSERT_EQ(::bind(socket_, generic(), sizeof(address_)), 0);
        socklen_t bytes = sizeof(address_);
        ASSERT_EQ(::getsockname(socket_, generic(), &bytes), 0);
    }
    void listen() const { ASSERT_EQ(::listen(socket_, 4), 0); }
    void close() {
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }
    [[nodiscard]] std::string url() const {
        return scheme_ + "://127.0.0.1:" + std::to_string(ntohs(address_.sin_port));
    }

  private:
    sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

    std::string scheme_;
    int type_;
    int socket_ = -1;
    sockaddr_in address_{};
};

/// Whether it came to hold within half a minute.
bool comes_true(const std::function<bool()>& holds) {
    for (int i = 0; i < 3000 && !holds(); ++i) {
        std::this_thread::sleep_for(milliseconds(10));
    }
    return holds();
}

void offer(RecordQueue& queue, uint32_t conversations, uint64_t generation = 1) {
    for (uint32_t i = 0; i < conversations; ++i) {
        FlowRecord record{};
        record.end = FlowEnd::kIdle;
        record.generation = generation;
        record.packets = {i + 1, 1};
        record.bytes = {100, 100};
        queue.offer(record, 0);
    }
}

TEST(IpfixExporter, collector_gone_right_after_the_last_message_costs_nothing_that_comes_later) {
    RecordQueue queue({.queue_records = 63});
    Listener listener("udp");
    listener.open();
    IpfixSection section;
    section.collector = listener.url();
    IpfixExporter exporter(section, {.queues = {&queue}, .now_ns = [] { return int64_t{0}; }});
    // Later on nothing goes to the collector by itself that could tell that it is away.
    ASSERT_TRUE(comes_true([&] { return exporter.state().connected; }));
    listener.close();
    offer(queue, kSlowly);
    ASSERT_TRUE(comes_true([&] { return exporter.state().failures > 0; }));
    EXPECT_GT(exporter.state().records, 0u);  // sent, as far as UDP can tell
    listener.open();
    ASSERT_TRUE(comes_true([&] { return exporter.state().connected; }));
    offer(queue, kSlowly);
    EXPECT_TRUE(comes_true([&] { return exporter.state().records == 2 * kSlowly; }));
}

// Each of one origin.
void adopt(IpfixExporter& exporter, uint64_t first, uint64_t last) {
    Directory directory;
    directory.origins.resize(1);
    for (directory.generation = first; directory.generation <= last; ++directory.generation) {
        exporter.adopt(directory);
    }
}

TEST(IpfixExporter, what_waits_keeps_the_names_of_its_table_however_many_come_up_to_a_bound) {
    for (const auto& [tables, unnamed] : {std::pair{64u, 0u}, std::pair{65u, 1u}}) {
        RecordQueue queue({.queue_records = 63});
        Listener listener("tcp");
        listener.open();
        IpfixSection section;
        section.collector = listener.url();
        IpfixExporter exporter(section, {.queues = {&queue}, .now_ns = [] { return int64_t{0}; }});
        adopt(exporter, 1, 1);
        offer(queue, 1, 1);
        adopt(exporter, 2, tables);
        offer(queue, 1, tables);
        listener.listen();
        ASSERT_TRUE(comes_true([&] { return exporter.state().records == 2; }));
        EXPECT_EQ(exporter.state().unnamed, unnamed) << tables;
    }
}

}  // namespace
}  // namespace lull
