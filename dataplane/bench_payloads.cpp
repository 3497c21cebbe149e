#include "dataplane/bench_payloads.h"

namespace lull {

namespace {

using namespace std::string_literals;

std::string be16(std::size_t value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

// A ClientHello of 517 bytes, as browsers padded theirs to, with its name behind other extensions.
std::string client_hello() {
    const std::string name = "static.example.org";
    const std::string sni =
        "\0\0"s + be16(name.size() + 5) + be16(name.size() + 3) + "\0"s + be16(name.size()) + name;
    const std::string before =
        "\0\x17\0\0\xff\1\0\1\0\0\x0a\0\x0a\0\x08\x7a\x7a\0\x1d\0\x17\0\x18"s +
        "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1"s;
    std::string body = "\3\3"s + std::string(32, 'r') + "\x20"s + std::string(32, 's') + "\0\x20"s +
                       std::string(32, '\x13') + "\1\0"s;
    const std::size_t padding = 517 - 9 - body.size() - 2 - before.size() - sni.size() - 4;
    const std::string extensions =
        before + sni + "\0\x15"s + be16(padding) + std::string(padding, '\0');
    body += be16(extensions.size()) + extensions;
    return "\x16\3\1"s + be16(body.size() + 4) + "\1\0"s + be16(body.size()) + body;
}

std::string http_request() {
    return "GET /news/2014/12/22/index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: "
           "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/120.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,"
           "application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: "
           "gzip, deflate\r\nConnection: keep-alive\r\n\r\n";
}

std::string dns_query() {
    return "\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1"s;
}

std::string quic_initial() {
    std::string bytes = "\xc3\0\0\0\1\x08"s + "cid-8byt" + "\0\0\x44\x9e"s;
    while (bytes.size() < 1200) {
        bytes += static_cast<char>(bytes.size() * 131 >> 3);
    }
    return bytes;
}

std::string noise(std::size_t length) {
    std::string bytes;
    while (bytes.size() < length) {
        bytes += static_cast<char>(bytes.size() * 197 + (bytes.size() >> 3));
    }
    return bytes;
}

}  // namespace

const std::vector<BenchPayload>& bench_payloads() {
    static const std::vector<BenchPayload> payloads{
        {"tls", true, 443, client_hello()},
        {"dns", false, 53, dns_query()},
        {"tls", true, 443, client_hello()},
        {"http", true, 80, http_request()},
        {"dns", false, 53, dns_query()},
        {"quic", false, 443, quic_initial()},
        {"dns", false, 53, dns_query()},
        {"tls", true, 443, client_hello()},
        {"ntp", false, 123, "\x23\2\6\xec"s + std::string(44, '\1')},
        {"udp", false, 27015, noise(120)},
        {"dns", false, 53, dns_query()},
        {"tcp", true, 6881, noise(68)},
    };
    return payloads;
}

}  // namespace lull
