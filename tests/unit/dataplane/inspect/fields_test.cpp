// Names in first payloads: what is read, and what no bytes can do.
#include "dataplane/inspect/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/inspected.h"

namespace lull::testing {
namespace {

using namespace std::string_literals;

Sent tls(const std::string& payload) {
    return {.destination_port = 443, .payload = payload};
}
Sent http(const std::string& payload) {
    return {.destination_port = 80, .payload = payload};
}
Sent dns(const std::string& payload) {
    return {.protocol = kProtocolUdp, .destination_port = 53, .payload = payload};
}

TEST(InspectFields, names_of_tls_http_and_dns_are_read) {
    EXPECT_EQ(name_in(tls(tls_record(client_hello("www.kcna.kp")))), "www.kcna.kp");
    EXPECT_EQ(name_in(tls(tls_record(client_hello("WWW.Kcna.KP.", 300)))), "www.kcna.kp");
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nUser-Agent: x\r\nHOST:  Kcna.kp:8080 \r\n\r\n")),
              "kcna.kp");
    EXPECT_EQ(name_in(dns(dns_query(qname("kcna.kp")))), "kcna.kp");
    Sent over_tcp = dns(be16(25) + dns_query(qname("kcna.kp")));
    over_tcp.protocol = kProtocolTcp;
    EXPECT_EQ(name_in(over_tcp), "kcna.kp");
    Sent sixth = tls(tls_record(client_hello("kcna.kp")));
    sixth.ipv6 = true;
    EXPECT_EQ(name_in(sixth), "kcna.kp");
}

TEST(InspectFields, what_has_no_name_has_none) {
    EXPECT_EQ(name_in(http("HTTP/1.1 200 OK\r\nHost: kcna.kp\r\n\r\n")), "") << "a reply";
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\n\r\nHost: kcna.kp\r\n")), "") << "in the body";
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nHost: kcna.kp")), "") << "the line may go on";
    EXPECT_EQ(name_in(http("GET /Host: kcna.kp HTTP/1.1\r\n\r\n")), "");
    EXPECT_EQ(name_in(dns(dns_query("\xc0\x0c"s))), "") << "a pointer to itself";
    EXPECT_EQ(name_in(dns(dns_query("\3abc\xc0\x0c"s))), "") << "a pointer back";
    EXPECT_EQ(name_in(dns("\x12\x34\1\0\0\0\0\0\0\0\0\0"s)), "") << "no question";
    EXPECT_EQ(name_in(tls(tls_record("\2"s + client_hello("kcna.kp").substr(1)))), "")
        << "a ServerHello";
}

TEST(InspectFields, a_pointer_that_loops_and_reserved_lengths_end_a_name) {
    for (const char first : {'\xc0', '\xff', '\x40', '\x80', '\xbf'}) {
        for (int place = 0; place < 256; ++place) {
            const std::string pointer{first, static_cast<char>(place)};
            EXPECT_EQ(name_in(dns(dns_query(pointer))), "");
            EXPECT_EQ(name_in(dns(dns_query("\4kcna" + pointer))), "");
        }
    }
}

TEST(InspectFields, names_of_the_greatest_length_and_no_more) {
    const std::string part(63, 'l');
    const std::string longest = part + "." + part + "." + part + "." + std::string(61, 'l');
    ASSERT_EQ(longest.size(), 253U) << "255 bytes with the lengths, RFC 1035 section 2.3.4";
    EXPECT_EQ(name_in(dns(dns_query(qname(longest)))), longest);
    EXPECT_EQ(name_in(dns(dns_query(qname(longest + "." + part)))), "");
    const std::string host(kMaxHostNameBytes, 'h');
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")), host);
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nHost: " + host + "h\r\n\r\n")), "");
}

TEST(InspectFields, the_first_host_line_within_a_hundred_decides) {
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\nhost:kcna.kp\n\n")), "kcna.kp") << "bare newlines";
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nHost: a.kp\r\nHost: b.kp\r\n\r\n")), "a.kp");
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nX-Host: a.kp\r\nHost: b.kp\r\n\r\n")), "b.kp");
    std::string lines;
    for (int i = 0; i < 98; ++i) {
        lines += "A: b\r\n";
    }
    const std::string host = "Host: kcna.kp\r\n\r\n";
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\n" + lines + host)), "kcna.kp");
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\n" + lines + "A: b\r\n" + host)), "");
}

TEST(InspectFields, a_hello_in_two_segments_counts_as_far_as_the_first_goes) {
    const std::string early = tls_record(client_hello("kcna.kp"));
    EXPECT_EQ(name_in(tls(early.substr(0, early.size() - 4))), "kcna.kp")
        << "the name is in the first";
    const std::string late = tls_record(client_hello("kcna.kp", 1600));
    EXPECT_EQ(name_in(tls(late.substr(0, 1460))), "") << "the name is in the second";
}

TEST(InspectFields, a_header_of_8_KiB_ends_where_the_packet_does) {
    const std::string cookie(8192, 'c');
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nHost: kcna.kp\r\nCookie: " + cookie)), "kcna.kp");
    EXPECT_EQ(name_in(http("GET / HTTP/1.1\r\nCookie: " + cookie + "\r\nHost: kcna.kp\r\n")), "");
}

TEST(InspectFields, bytes_that_are_no_letters_stay_or_become_question_marks) {
    EXPECT_EQ(name_in(tls(tls_record(client_hello("k\xd1\x81na.kp")))), "k\xd1\x81na.kp")
        << "a Cyrillic letter is not the Latin one";
    EXPECT_EQ(name_in(dns(dns_query("\4k\0na\2kp\0"s))), "k?na.kp");
    EXPECT_EQ(name_in(dns(dns_query("\4k.na\2kp\0"s))), "k?na.kp") << "a dot inside a label";
}

TEST(InspectFields, every_cut_gives_the_name_or_none) {
    const std::vector<Sent> whole{
        tls(tls_record(client_hello("www.kcna.kp", 40))),
        http("GET /index.html HTTP/1.1\r\nAccept: *\r\nHost: www.kcna.kp\r\nA: b\r\n\r\n"),
        dns(dns_query(qname("www.kcna.kp")))};
    for (const Sent& sent : whole) {
        std::size_t found = 0;
        for (std::size_t bytes = 0; bytes <= sent.payload.size(); ++bytes) {
            Sent cut = sent;
            cut.payload.resize(bytes);
            const std::string name = name_in(cut);
            EXPECT_THAT(name, ::testing::AnyOf("", "www.kcna.kp")) << bytes;
            found += name.empty() ? 0 : 1;
        }
        EXPECT_GE(found, 1U);
    }
}

TEST(InspectFields, lengths_that_lie_lead_nowhere) {
    const std::string record = tls_record(client_hello("www.kcna.kp", 16));
    for (std::size_t at = 0; at < record.size(); ++at) {
        for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
            Sent sent = tls(record);
            sent.payload[at] = static_cast<char>(value);
            EXPECT_LE(name_in(sent).size(), kMaxHostNameBytes);
        }
    }
    const std::string longest(kMaxHostNameBytes, 'n');
    EXPECT_EQ(name_in(tls(tls_record(client_hello(longest)))), longest);
    EXPECT_EQ(name_in(tls(tls_record(client_hello(longest + "n")))), "");
}

}  // namespace
}  // namespace lull::testing
