// The answers of the real machine, where a test can know them.
#include "control/config/machine.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace lull {
namespace {

TEST(Machine, a_port_that_somebody_listens_on_is_taken_and_a_freed_one_is_not) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_GE(fd, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(fd, 1), 0);
    ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const std::string listen = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
    const Machine machine = this_machine();
    const auto taken = machine.listen_error(listen);
    ASSERT_TRUE(taken);
    EXPECT_THAT(*taken, testing::HasSubstr("in use"));
    ::close(fd);
    EXPECT_EQ(machine.listen_error("127.0.0.1:0"), std::nullopt);
    EXPECT_TRUE(machine.listen_error("203.0.113.1:9464")) << "no address of this machine";
    EXPECT_TRUE(machine.listen_error("nonsense"));
}

TEST(Machine, answers_what_the_kernel_says) {
    const Machine machine = this_machine();
    EXPECT_THAT(machine.allowed_cores(), testing::Contains(static_cast<uint32_t>(sched_getcpu())));
    EXPECT_GT(machine.memory_available_mb(), 0U);
    EXPECT_TRUE(machine.has_interface("lo"));
    EXPECT_FALSE(machine.has_interface("no-such-if"));
    EXPECT_TRUE(machine.has_folder("/"));
    EXPECT_FALSE(machine.has_folder("/etc/passwd"));
    EXPECT_TRUE(machine.can_read("/etc/passwd"));
    EXPECT_EQ(machine.pci_driver("ffff:ff:1f.7"), std::nullopt);
    EXPECT_GT(machine.now_s(), 1'700'000'000);
}

TEST(Machine, dpdks_drivers_are_listed_under_the_names_of_their_devices) {
    const std::vector<std::string> drivers = this_machine().vdev_drivers();
    for (const char* name : {"net_memif", "net_null", "net_pcap", "net_tun", "virtio_user"}) {
        EXPECT_THAT(drivers, testing::Contains(std::string(name)));
    }
}

}  // namespace
}  // namespace lull
