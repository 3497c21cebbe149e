#include "control/config/listen.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <string>

namespace lull {
namespace {

TEST(Listen, an_ipv4_address_is_ready_for_bind) {
    const auto address = parse_listen("10.1.2.3:9464");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->port, 9464);
    EXPECT_FALSE(address->loopback);
    ASSERT_EQ(address->family(), AF_INET);
    ASSERT_EQ(address->socket_bytes, sizeof(sockaddr_in));
    sockaddr_in socket{};
    std::memcpy(&socket, &address->socket, sizeof socket);
    EXPECT_EQ(ntohl(socket.sin_addr.s_addr), 0x0a010203u);
    EXPECT_EQ(ntohs(socket.sin_port), 9464);
}

TEST(Listen, an_ipv6_address_stands_in_brackets) {
    const auto address = parse_listen("[2001:db8::1]:80");
    ASSERT_TRUE(address);
    ASSERT_EQ(address->family(), AF_INET6);
    ASSERT_EQ(address->socket_bytes, sizeof(sockaddr_in6));
    sockaddr_in6 socket{};
    std::memcpy(&socket, &address->socket, sizeof socket);
    EXPECT_EQ(ntohs(socket.sin6_port), 80);
    EXPECT_EQ(socket.sin6_addr.s6_addr[0], 0x20);
    EXPECT_EQ(socket.sin6_addr.s6_addr[15], 1);
}

TEST(Listen, loopback_is_all_of_127_and_one_address_of_ipv6) {
    EXPECT_TRUE(parse_listen("127.9.9.9:1")->loopback);
    EXPECT_TRUE(parse_listen("[::1]:1")->loopback);
    EXPECT_FALSE(parse_listen("128.0.0.1:1")->loopback);
    EXPECT_FALSE(parse_listen("0.0.0.0:1")->loopback);
    EXPECT_FALSE(parse_listen("[::]:1")->loopback);
}

TEST(Listen, names_halves_and_nonsense_are_no_address) {
    using std::string_literals::operator""s;
    for (const std::string& text :
         {""s, ":"s, ":9464"s, "localhost:80"s, "127.0.0.1"s, "127.0.0.1:"s, "127.0.0.1:65536"s,
          "127.0.0.1:-1"s, "127.0.0.1:+1"s, "127.0.0.1:8a"s, "127.0.0.1\0x:80"s, "::1:80"s,
          "[]:80"s, "[::1]x:80"s, "[127.0.0.1]:80"s, "127.1:80"s, "[fe80::1%lo]:80"s}) {
        EXPECT_FALSE(parse_listen(text)) << text;
    }
}

}  // namespace
}  // namespace lull
