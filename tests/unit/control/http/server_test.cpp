#include "control/http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include "control/http/client.h"

namespace lull {
namespace {

constexpr int kPatienceMs = 30'000;  // for answers that must come; a busy machine is slow

Response text(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
}

std::vector<Route> sample_routes() {
    return {
        {"GET", "/hello",
         [](const Request& request) {
             const auto name = request.query.find("name");
             return text("hello " + (name != request.query.end() ? name->second : "world"));
         }},
        {"GET", "/below/", [](const Request& request) { return text(request.path); }},
        {"GET", "/throws", [](const Request&) -> Response { throw std::runtime_error("no"); }},
        {"POST", "/do", [](const Request& request) { return text("done" + request.body); }},
        {"POST", "/say", [](const Request& request) { return text("said " + request.body); },
         RouteRun::kAlone, 100},
    };
}

std::unique_ptr<Server> start(
    std::vector<Route> routes, ServerLimits limits = {},
    std::shared_ptr<ServerCounts> counts = std::make_shared<ServerCounts>()) {
    auto server = Server::start({"127.0.0.1:0"}, std::move(routes),
                                {.limits = limits, .counts = std::move(counts)});
    EXPECT_TRUE(server.has_value()) << server.error().message;
    return std::move(*server);
}

uint16_t port_of(const Server& server) {
    const std::string& address = server.addresses().front();
    return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

/// A plain TCP connection, for what no HTTP client would send.
class Socket {
  public:
    explicit Socket(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~Socket() { close(fd_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    /// Sends what the peer takes; false when it has closed.
    bool send_all(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Whether the peer has ended the connection, within some time.
    [[nodiscard]] bool hung_up(int wait_ms) const {
        pollfd waiting{fd_, POLLRDHUP, 0};
        return poll(&waiting, 1, wait_ms) > 0;
    }
    /// Reads until `mark` has come, or the peer closes, or patience ends (then "TIMEOUT").
    [[nodiscard]] std::string read_until(std::string_view mark) const {
        std::string all;
        while (mark.empty() || all.find(mark) == std::string::npos) {
            pollfd waiting{fd_, POLLIN, 0};
            if (poll(&waiting, 1, kPatienceMs) == 0) {
                return "TIMEOUT";
            }
            char buffer[4096];
            const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
            if (got <= 0) {
                break;
            }
            all.append(buffer, static_cast<std::size_t>(got));
        }
        return all;
    }

  private:
    int fd_;
    bool connected_ = false;
};

// g++ and clang each have a word of their own for it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LULL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LULL_SANITIZED 1
#endif
#endif
#ifdef LULL_SANITIZED
constexpr uint64_t kGrowthBytes = 400'000'000;  // sanitizers keep freed memory back
constexpr int kLargeEvents = 1'000;             // and look at every byte
#else
constexpr uint64_t kGrowthBytes = 5'000'000;
constexpr int kLargeEvents = 10'000;
#endif

std::string ask(const Server& server, const std::string& request) {
    const Socket socket(port_of(server));
    EXPECT_TRUE(socket.connected());
    socket.send_all(request);
    return socket.read_until("");
}

uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    uint64_t total = 0;
    uint64_t resident = 0;
    file >> total >> resident;
    return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(Server, answers_a_path_with_its_query_decoded) {
    const auto server = start(sample_routes());
    const auto fetched =
        http_get({.url = "http://" + server->addresses().front()}, "/hello?name=a%26b%20c");
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->status, 200u);
    EXPECT_EQ(fetched->body, "hello a&b c");
}

TEST(Server, sends_security_headers_with_every_answer) {
    const auto server = start(sample_routes());
    for (const char* path : {"/hello", "/nowhere"}) {
        const std::string reply = ask(*server, std::string("GET ") + path +
                                                   " HTTP/1.1\r\nHost: x\r\nConnection: "
                                                   "close\r\n\r\n");
        EXPECT_NE(reply.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
        EXPECT_NE(reply.find("X-Content-Type-Options: nosniff"), std::string::npos);
        EXPECT_NE(reply.find("Referrer-Policy: no-referrer"), std::string::npos);
    }
}

TEST(Server, head_has_the_headers_and_no_body) {
    const auto server = start(sample_routes());
    const std::string reply =
        ask(*server, "HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 ")) << reply;
    EXPECT_NE(reply.find("Content-Length: 11\r\n"), std::string::npos) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
}

TEST(Server, unknown_path_is_404_in_json) {
    const auto server = start(sample_routes());
    for (const char* path : {"/nowhere", "/hello/", "/below/", "/hellos", "//hello"}) {
        const auto fetched = http_get({.url = "http://" + server->addresses().front()}, path);
        ASSERT_TRUE(fetched) << fetched.error().message;
        EXPECT_EQ(fetched->status, 404u) << path;
        EXPECT_TRUE(fetched->body.starts_with("{\"error\":")) << fetched->body;
    }
}

TEST(Server, wrong_method_is_405_and_names_the_right_ones) {
    const auto server = start(sample_routes());
    const std::string get =
        ask(*server, "GET /do HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(get.starts_with("HTTP/1.1 405 ")) << get;
    EXPECT_NE(get.find("Allow: POST\r\n"), std::string::npos) << get;
    const std::string del =
        ask(*server, "DELETE /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(del.starts_with("HTTP/1.1 405 ")) << del;
    EXPECT_NE(del.find("Allow: GET, HEAD\r\n"), std::string::npos) << del;
    EXPECT_NE(del.find("{\"error\":"), std::string::npos);
}

TEST(Server, path_with_a_slash_at_its_end_stands_for_all_below) {
    const auto server = start(sample_routes());
    const auto fetched = http_get({.url = "http://" + server->addresses().front()}, "/below/KP");
    ASSERT_TRUE(fetched);
    EXPECT_EQ(fetched->body, "/below/KP");
}

TEST(Server, exception_of_a_handler_costs_its_request_alone) {
    const auto server = start(sample_routes());
    const ClientOptions client{.url = "http://" + server->addresses().front()};
    EXPECT_EQ(http_get(client, "/throws")->status, 500u);
    EXPECT_EQ(http_get(client, "/hello")->status, 200u);
}

TEST(Server, serves_ipv6_and_ipv4_listeners_together) {
    auto server = Server::start({"127.0.0.1:0", "[::1]:0"}, sample_routes());
    if (!server && server.error().message.find("[::1]") != std::string::npos) {
        GTEST_SKIP() << "SKIPPED: this machine has no IPv6: " << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
    ASSERT_EQ((*server)->addresses().size(), 2u);
    EXPECT_TRUE((*server)->addresses()[1].starts_with("[::1]:"));
    for (const std::string& address : (*server)->addresses()) {
        const auto fetched = http_get({.url = "http://" + address}, "/hello");
        ASSERT_TRUE(fetched) << fetched.error().message;
        EXPECT_EQ(fetched->body, "hello world");
    }
}

TEST(Server, address_in_use_is_an_error_with_the_address_and_the_mend) {
    const auto server = start(sample_routes());
    const std::string& taken = server->addresses().front();
    const auto second = Server::start({"127.0.0.1:0", taken}, sample_routes());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find(taken), std::string::npos) << second.error().message;
    EXPECT_NE(second.error().message.find("http.listen"), std::string::npos);
    EXPECT_NE(second.error().message.find("ss -ltnp"), std::string::npos);
}

TEST(Server, address_of_another_machine_and_nonsense_are_errors) {
    for (const char* address :
         {"192.0.2.1:0", "127.0.0.1", "127.0.0.1:65536", "::1:80", "[]:80",
          "127.0.0.1:", "127.0.0.1:8a", "[::1]x:80", "localhost:0", ":0", ""}) {
        const auto server = Server::start({address}, sample_routes());
        ASSERT_FALSE(server) << address;
        EXPECT_TRUE(server.error().message.starts_with("http.listen: ")) << server.error().message;
    }
    EXPECT_FALSE(Server::start({}, sample_routes()));
}

TEST(Server, one_address_has_at_most_its_share_of_connections) {
    const auto server = start(sample_routes(), {.connections_per_address = 16, .idle_s = 300});
    std::vector<std::unique_ptr<Socket>> sockets;
    for (int i = 0; i < 40; ++i) {
        sockets.push_back(std::make_unique<Socket>(port_of(*server)));
        sockets.back()->send_all("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    int answered = 0;
    for (const auto& socket : sockets) {
        const std::string reply = socket->read_until("hello world");
        EXPECT_NE(reply, "TIMEOUT");
        answered += reply.find("hello world") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(answered, 16);
}

TEST(Server, header_of_a_megabyte_is_refused_without_growth) {
    const auto server = start(sample_routes());
    const std::string huge(1 << 20, 'a');
    const std::string request = "GET /hello HTTP/1.1\r\nHost: x\r\nX-Huge: " + huge + "\r\n\r\n";
    EXPECT_EQ(ask(*server, request).find("hello"), std::string::npos);
    const uint64_t before = resident_bytes();
    for (int i = 0; i < 20; ++i) {
        const std::string reply = ask(*server, request);
        EXPECT_NE(reply, "TIMEOUT");
        EXPECT_EQ(reply.find("hello"), std::string::npos);
    }
    EXPECT_LT(resident_bytes(), before + kGrowthBytes);
    EXPECT_EQ(http_get({.url = "http://" + server->addresses().front()}, "/hello")->status, 200u);
}

TEST(Server, body_beyond_its_bound_ends_the_connection) {
    const auto server = start(sample_routes(), {.body_bytes = 1000});
    const std::string head =
        "POST /do HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
    EXPECT_NE(ask(*server, head + "1000\r\n\r\n" + std::string(1000, 'x')).find("done"),
              std::string::npos);
    EXPECT_EQ(ask(*server, head + "300000000\r\n\r\n" + std::string(100'000, 'x')).find("done"),
              std::string::npos);
}

TEST(Server, body_is_given_to_a_route_that_takes_one_and_else_dropped) {
    const auto server = start(sample_routes());
    const ClientOptions client{.url = "http://" + server->addresses().front()};
    const auto sent = [&](const char* path, std::size_t bytes) {
        const auto fetched = http_send(client, {"POST", path, std::string(bytes, 'x')});
        EXPECT_TRUE(fetched) << fetched.error().message;
        return std::to_string(fetched->status) + " " + fetched->body;
    };
    EXPECT_EQ(sent("/say", 3), "200 said xxx");
    EXPECT_EQ(sent("/say", 0), "200 said ");
    EXPECT_EQ(sent("/say", 100), "200 said " + std::string(100, 'x'));
    EXPECT_TRUE(sent("/say", 101).starts_with("413 {\"error\":"));
    EXPECT_TRUE(sent("/say", 20'000).starts_with("413 {\"error\":"));
    EXPECT_EQ(sent("/do", 20'000), "200 done");
}

TEST(Server, client_that_goes_silent_is_cut_off) {
    const auto server = start(sample_routes(), {.idle_s = 1});
    const Socket slow(port_of(*server));
    ASSERT_TRUE(slow.send_all("GET /hello HTTP/1.1\r\nHo"));
    EXPECT_NE(slow.read_until(""), "TIMEOUT");  // the server closes; nothing ends it here
    EXPECT_EQ(http_get({.url = "http://" + server->addresses().front()}, "/hello")->status, 200u);
}

TEST(Server, client_that_sends_a_byte_now_and_then_is_cut_off_and_counted) {
    const auto counts = std::make_shared<ServerCounts>();
    const auto server = start(
        sample_routes(), {.idle_s = 300, .patience = {.request = std::chrono::seconds(1)}}, counts);
    const Socket slow(port_of(*server));
    ASSERT_TRUE(slow.send_all("GET /hello HTTP/1.1\r\nX-Slow: "));
    while (!slow.hung_up(50)) {
        slow.send_all("a");
    }
    while (counts->cut_clients == 0) {
        std::this_thread::yield();
    }
    EXPECT_EQ(http_get({.url = "http://" + server->addresses().front()}, "/hello")->status, 200u);
}

TEST(Server, client_that_does_not_take_its_answer_is_cut_off) {
    constexpr std::size_t kLong = 32 << 20;  // more than sockets hold
    std::vector<Route> routes = sample_routes();
    routes.push_back(
        {"GET", "/long", [](const Request&) { return text(std::string(kLong, 'x')); }});
    const auto counts = std::make_shared<ServerCounts>();
    const auto server =
        start(std::move(routes), {.idle_s = 300, .patience = {.answer = std::chrono::seconds(1)}},
              counts);
    const Socket slow(port_of(*server));
    ASSERT_TRUE(slow.send_all("GET /long HTTP/1.1\r\nHost: x\r\n\r\n"));
    while (counts->cut_clients == 0) {
        std::this_thread::yield();
    }
    EXPECT_LT(slow.read_until("").size(), kLong);
}

TEST(Server, garbage_is_no_reason_to_stop_serving) {
    const auto server = start(sample_routes());
    for (const std::string& bytes :
         {std::string("\0\0\0\0\r\n\r\n", 8), std::string("GET\r\n\r\n"),
          std::string("GET /hello%00x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
          std::string("GET /%ff%fe?%=&&=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
          std::string("\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", 12),
          std::string("POST /do HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
          std::string(
              "POST /do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
        const Socket socket(port_of(*server));
        socket.send_all(bytes);
    }
    EXPECT_EQ(http_get({.url = "http://" + server->addresses().front()}, "/hello")->status, 200u);
}

TEST(Server, lone_request_runs_beside_others_and_a_second_one_is_409) {
    std::promise<void> entered;
    std::promise<void> release;
    std::vector<Route> routes = sample_routes();
    routes.push_back({"POST", "/alone",
                      [&](const Request&) {
                          entered.set_value();
                          release.get_future().wait();
                          return text("slowly done");
                      },
                      RouteRun::kAlone});
    const auto server = start(std::move(routes));
    const Socket first(port_of(*server));
    ASSERT_TRUE(first.send_all("POST /alone HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    entered.get_future().wait();
    // Others are served meanwhile, on the same listener.
    EXPECT_EQ(http_get({.url = "http://" + server->addresses().front()}, "/hello")->status, 200u);
    const std::string second =
        ask(*server, "POST /alone HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(second.starts_with("HTTP/1.1 409 ")) << second;
    release.set_value();
    EXPECT_NE(first.read_until("slowly done").find("slowly done"), std::string::npos);
}

TEST(Server, stop_waits_for_the_lone_request_and_is_harmless_twice) {
    std::promise<void> entered;
    std::promise<void> release;
    std::vector<Route> routes{{"POST", "/alone",
                               [&](const Request&) {
                                   entered.set_value();
                                   release.get_future().wait();
                                   return text("done");
                               },
                               RouteRun::kAlone}};
    const auto server = start(std::move(routes));
    const uint16_t port = port_of(*server);
    auto gone = std::make_unique<Socket>(port);
    gone->send_all("POST /alone HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    entered.get_future().wait();
    gone.reset();  // its client does not wait for the answer
    std::future<void> stopped = std::async(std::launch::async, [&] { server->stop(); });
    release.set_value();
    stopped.get();
    server->stop();
    EXPECT_FALSE(Socket(port).connected());
}

std::string get(const std::string& path, const std::string& headers = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n";
}

/// What stands behind "name: " in a reply's head; "" where there is none.
std::string header_in(const std::string& reply, const std::string& name) {
    const std::string head = reply.substr(0, reply.find("\r\n\r\n") + 2);
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

TEST(Server, what_a_client_has_already_is_304_and_only_where_a_route_allows_it) {
    std::string body = "one";
    const auto server = start({{"GET", "/kept", [&](const Request&) { return text(body); },
                                RouteRun::kInline, 0, RouteCache::kCheck},
                               {"GET", "/fresh", [&](const Request&) { return text(body); }}});
    const std::string first = ask(*server, get("/kept"));
    const std::string tag = header_in(first, "ETag");
    EXPECT_EQ(header_in(first, "Cache-Control"), "no-cache");
    ASSERT_EQ(tag.size(), 18u) << first;
    const std::string again = ask(*server, get("/kept", "If-None-Match: " + tag + "\r\n"));
    EXPECT_TRUE(again.starts_with("HTTP/1.1 304 ")) << again;
    EXPECT_TRUE(again.ends_with("\r\n\r\n")) << again;
    EXPECT_EQ(header_in(again, "ETag"), tag);
    EXPECT_EQ(header_in(again, "X-Content-Type-Options"), "nosniff");
    body = "two";
    EXPECT_TRUE(ask(*server, get("/kept", "If-None-Match: " + tag + "\r\n")).ends_with("two"));
    const std::string fresh = ask(*server, get("/fresh"));
    EXPECT_EQ(header_in(fresh, "Cache-Control"), "no-store");
    EXPECT_EQ(header_in(fresh, "ETag"), "");
}

TEST(Server, long_bodies_are_packed_for_who_takes_it) {
    const std::string long_body(50'000, 'x');
    const auto server =
        start({{"GET", "/long", [&](const Request&) { return text(long_body); }, RouteRun::kInline,
                0, RouteCache::kCheck},
               {"GET", "/short", [&](const Request&) { return text(std::string(900, 'x')); }}});
    const std::string packed = ask(*server, get("/long", "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(header_in(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header_in(packed, "Vary"), "Accept-Encoding");
    EXPECT_LT(packed.size(), 2'000u);
    EXPECT_EQ(packed.substr(packed.find("\r\n\r\n") + 4, 2), "\x1f\x8b");
    const std::string plain = ask(*server, get("/long"));
    EXPECT_TRUE(plain.ends_with(long_body));
    EXPECT_EQ(header_in(plain, "Content-Encoding"), "");
    EXPECT_EQ(header_in(plain, "Vary"), "Accept-Encoding");
    // Two representations, two tags.
    EXPECT_NE(header_in(plain, "ETag"), header_in(packed, "ETag"));
    EXPECT_EQ(
        header_in(ask(*server, get("/short", "Accept-Encoding: gzip\r\n")), "Content-Encoding"),
        "");
}

std::vector<Route> stream_routes() {
    return {{"GET", "/stream", [](const Request&) { return text("data: first\n\n"); },
             RouteRun::kStream},
            {"GET", "/none", [](const Request&) { return error_response(503, "not yet"); },
             RouteRun::kStream},
            {"GET", "/hello", [](const Request&) { return text("hello"); }}};
}

TEST(Server, stream_tells_the_first_event_at_once_and_the_next_when_they_come) {
    // A stream that gets its events is not idle, however long that is allowed to be.
    const auto server = start(stream_routes(), {.idle_s = 1});
    const Socket stream(port_of(*server));
    ASSERT_TRUE(stream.send_all("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_NE(stream.read_until("data: first\n\n").find("chunked"), std::string::npos);
    for (int i = 0; i < 15; ++i) {
        const std::string event = "data: " + std::to_string(i) + "\n\n";
        server->tell(event);
        EXPECT_NE(stream.read_until(event).find(event), std::string::npos) << i;
    }
    EXPECT_TRUE(ask(*server, get("/none")).starts_with("HTTP/1.1 503 "));
}

TEST(Server, streams_beyond_the_bound_are_503_and_counted_and_a_place_comes_free) {
    ServerOptions options{.limits = {.streams = 2}};
    const auto counts = options.counts;
    const auto server = *Server::start({"127.0.0.1:0"}, stream_routes(), options);
    const auto open = [&] {
        auto socket = std::make_unique<Socket>(port_of(*server));
        socket->send_all("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        return socket;
    };
    auto first = open();
    const auto second = open();
    EXPECT_NE(first->read_until("first").find("200 OK"), std::string::npos);
    EXPECT_NE(second->read_until("first").find("200 OK"), std::string::npos);
    EXPECT_TRUE(open()->read_until("error").starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(counts->streams_open, 2u);
    EXPECT_EQ(counts->streams_refused, 1u);
    first.reset();
    // Its going is seen when it is told something.
    while (counts->streams_open == 2) {
        server->tell("data: x\n\n");
        std::this_thread::yield();
    }
    EXPECT_NE(open()->read_until("first").find("200 OK"), std::string::npos);
}

TEST(Server, telling_waits_for_no_client_and_slow_ones_hold_one_text) {
    const auto server = start(stream_routes());
    const Socket slow(port_of(*server));
    ASSERT_TRUE(slow.send_all("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_NE(slow.read_until("first").find("200 OK"), std::string::npos);
    const uint64_t before = resident_bytes();
    for (int i = 0; i < kLargeEvents; ++i) {
        server->tell("data: " + std::string(100'000, 'x') + "\n\n");
    }
    EXPECT_LT(resident_bytes(), before + kGrowthBytes);
    EXPECT_EQ(http_get({.url = "http://" + server->addresses().front()}, "/hello")->status, 200u);
}

TEST(Server, stop_ends_streams_that_sleep_and_streams_that_do_not_read) {
    const auto server = start(stream_routes());
    const Socket sleeping(port_of(*server));
    const Socket deaf(port_of(*server));
    for (const Socket* socket : {&sleeping, &deaf}) {
        ASSERT_TRUE(socket->send_all("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
        ASSERT_NE(socket->read_until("first").find("200 OK"), std::string::npos);
    }
    server->tell(std::string(20'000'000, 'x'));  // more than any socket's buffer
    server->stop();
    EXPECT_NE(sleeping.read_until(""), "TIMEOUT");
}

TEST(Client, nobody_there_is_an_error_with_the_mend) {
    auto server = start(sample_routes());
    const std::string url = "http://" + server->addresses().front();
    server.reset();
    const auto fetched = http_get({.url = url}, "/hello");
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind, ErrorKind::kFailed);
    EXPECT_NE(fetched.error().message.find(url), std::string::npos);
    EXPECT_NE(fetched.error().message.find("--url"), std::string::npos) << fetched.error().message;
}

TEST(Client, schemes_that_are_not_http_are_refused) {
    EXPECT_FALSE(http_get({.url = "file:///etc"}, "/passwd"));
    EXPECT_FALSE(http_get({.url = ""}, "/"));
}

TEST(Client, percent_encoding_leaves_nothing_that_changes_the_path) {
    EXPECT_EQ(percent_encode("K/P?#&%é"), "K%2FP%3F%23%26%25%C3%A9");
    EXPECT_EQ(percent_encode("2014-12-22T16:15:00Z"), "2014-12-22T16%3A15%3A00Z");
}

}  // namespace
}  // namespace lull
