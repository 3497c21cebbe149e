#include "control/ipfix/collector.h"

#include <curl/curl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace lull {
namespace {

using Transport = CollectorAddress::Transport;

constexpr uint16_t kPort = 4739, kTlsPort = 4740;
constexpr std::array<std::pair<std::string_view, Transport>, 3> kTransports{
    {{"udp", Transport::kUdp}, {"tcp", Transport::kTcp}, {"tls", Transport::kTls}}};

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::optional<std::string> part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
        return std::nullopt;
    }
    std::string copy(text);
    curl_free(text);
    return copy;
}

// ---- UDP ----

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

/// Of a host's address at once, without the C library's thread, under which ThreadSanitizer
/// crashes; of its name from a resolver, and one that hangs is waited for no longer than asked.
Result<Addresses> resolve(const std::string& host, const std::string& port,
                          Collector::Wait longest) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* numeric = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &numeric) == 0) {
        return Addresses(numeric);
    }
    hints.ai_flags = 0;
    gaicb request{};
    request.ar_name = host.c_str();
    request.ar_service = port.c_str();
    request.ar_request = &hints;
    // The thread that asks may outlive this call and its arguments, so what cannot be taken back is
    // waited for.
    std::array<gaicb*, 1> list{&request};
    if (const int code = getaddrinfo_a(GAI_NOWAIT, list.data(), 1, nullptr); code != 0) {
        return failed("{}: {}", host, gai_strerror(code));
    }
    const timespec patience{longest.count() / 1000, longest.count() % 1000 * 1'000'000};
    gai_suspend(list.data(), 1, &patience);
    if (gai_error(&request) == EAI_INPROGRESS && gai_cancel(&request) != EAI_CANCELED) {
        while (gai_error(&request) == EAI_INPROGRESS) {
            gai_suspend(list.data(), 1, nullptr);
        }
    }
    Addresses found(request.ar_result);
    if (const int code = gai_error(&request); code != 0) {
        return failed("{}: {}", host, gai_strerror(code));
    }
    return found;
}

class UdpCollector : public Collector {
  public:
    explicit UdpCollector(CollectorAddress address) : address_(std::move(address)) {}
    ~UdpCollector() override { close(); }

    Result<void> connect(Wait longest) override {
        close();
        const auto found = resolve(address_.host, std::to_string(address_.port), longest);
        if (!found) {
            return tl::unexpected(found.error());
        }
        for (const addrinfo* each = found->get(); each != nullptr; each = each->ai_next) {
            socket_ = ::socket(each->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (socket_ >= 0 && ::connect(socket_, each->ai_addr, each->ai_addrlen) == 0) {
                return {};
            }
            close();
        }
        return failed("{} port {}: {}", address_.host, address_.port, std::strerror(errno));
    }

    // An error is one of an earlier message, told by ICMP: this one was not sent.
    Result<void> send(std::span<const uint8_t> message, Wait longest) override {
        for (;;) {
            if (::send(socket_, message.data(), message.size(), MSG_DONTWAIT) >= 0) {
                return {};
            }
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS) {
                return failed("{} port {}: {}", address_.host, address_.port, std::strerror(errno));
            }
            pollfd room{socket_, POLLOUT, 0};
            if (poll(&room, 1, static_cast<int>(longest.count())) == 0) {
                return failed("{} port {}: takes nothing", address_.host, address_.port);
            }
        }
    }

    Result<void> check() override {
        int error = 0;
        socklen_t bytes = sizeof(error);
        getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &bytes);
        if (error != 0) {
            return failed("{} port {}: {}", address_.host, address_.port, std::strerror(error));
        }
        return {};
    }

    // Fits every path that carries Ethernet's 1,500 bytes less a tunnel's headers.
    [[nodiscard]] std::size_t message_bytes() const override { return 1'400; }

  private:
    void close() {
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }

    CollectorAddress address_;
    int socket_ = -1;
};

// ---- TCP, TLS: libcurl makes the connection, with its name, certificates and patience ----

class StreamCollector : public Collector {
  public:
    StreamCollector(const IpfixSection& section, CollectorAddress address)
        : section_(section), address_(std::move(address)) {}

    Result<void> connect(Wait longest) override {
        curl_.reset(curl_easy_init());
        if (!curl_) {
            return failed("libcurl has no memory");
        }
        const bool tls = address_.transport == Transport::kTls;
        const bool v6 = address_.host.find(':') != std::string::npos;
        const std::string url =
            fmt::format("{}://{}{}{}:{}/", tls ? "https" : "http", v6 ? "[" : "", address_.host,
                        v6 ? "]" : "", address_.port);
        std::array<char, CURL_ERROR_SIZE> why{};
        CURL* const curl = curl_.get();
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_PROXY, "");  // IPFIX speaks to no HTTP proxy
        curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(longest.count()));
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
        const auto file = [curl](CURLoption option, const std::optional<std::string>& path) {
            if (path) {
                curl_easy_setopt(curl, option, path->c_str());
            }
        };
        file(CURLOPT_CAINFO, section_.cacert);
        file(CURLOPT_SSLCERT, section_.cert);
        file(CURLOPT_SSLKEY, section_.key);
        const CURLcode code = curl_easy_perform(curl);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
        if (code != CURLE_OK) {
            curl_.reset();
            return failed("{}", why[0] != '\0' ? why.data() : curl_easy_strerror(code));
        }
        return {};
    }

    Result<void> send(std::span<const uint8_t> message, Wait longest) override {
        if (auto ok = check(); !ok) {
            return ok;
        }
        const curl_socket_t socket = active_socket();
        const auto deadline = std::chrono::steady_clock::now() + longest;
        while (!message.empty()) {
            std::size_t sent = 0;
            const CURLcode code =
                curl_easy_send(curl_.get(), message.data(), message.size(), &sent);
            message = message.subspan(sent);
            if (code == CURLE_AGAIN) {
                const auto left =
                    std::chrono::duration_cast<Wait>(deadline - std::chrono::steady_clock::now());
                pollfd room{socket, POLLOUT, 0};
                if (left.count() <= 0 || poll(&room, 1, static_cast<int>(left.count())) == 0) {
                    return failed("{} port {}: takes nothing", address_.host, address_.port);
                }
            } else if (code != CURLE_OK) {
                return failed("{} port {}: {}", address_.host, address_.port,
                              curl_easy_strerror(code));
            }
        }
        return {};
    }

    [[nodiscard]] std::size_t message_bytes() const override { return 16'384; }

    // A collector says nothing. What comes is its end, which a first send would not notice; over
    // TLS also session tickets.
    Result<void> check() override {
        if (!curl_) {
            return failed("not connected");
        }
        pollfd news{active_socket(), POLLIN, 0};
        while (poll(&news, 1, 0) > 0) {
            std::array<uint8_t, 256> ignored{};
            std::size_t received = 0;
            const CURLcode code =
                curl_easy_recv(curl_.get(), ignored.data(), ignored.size(), &received);
            if (code == CURLE_AGAIN) {
                break;
            }
            if (code != CURLE_OK || received == 0) {
                return failed("{} port {}: has closed the connection", address_.host,
                              address_.port);
            }
        }
        return {};
    }

  private:
    [[nodiscard]] curl_socket_t active_socket() const {
        curl_socket_t socket = CURL_SOCKET_BAD;
        curl_easy_getinfo(curl_.get(), CURLINFO_ACTIVESOCKET, &socket);
        return socket;
    }

    struct Cleanup {
        void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    };

    IpfixSection section_;
    CollectorAddress address_;
    std::unique_ptr<CURL, Cleanup> curl_;
};

}  // namespace

Result<CollectorAddress> parse_collector(const std::string& text) {
    constexpr const char* kMend =
        "write udp://host:4739, tcp://host:4739 or tls://host:4740, an IPv6 address in brackets";
    const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
    constexpr unsigned kFlags = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER;
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), kFlags) != CURLUE_OK) {
        return refused("is no address of a collector: {}", kMend);
    }
    const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
    const auto* const known =
        std::find_if(kTransports.begin(), kTransports.end(),
                     [&](const auto& each) { return scheme && each.first == *scheme; });
    const auto path = part_of(url.get(), CURLUPART_PATH);
    if (known == kTransports.end() || (path && *path != "/" && !path->empty()) ||
        part_of(url.get(), CURLUPART_QUERY) || part_of(url.get(), CURLUPART_FRAGMENT)) {
        return refused("is no address of a collector: {}", kMend);
    }
    CollectorAddress address;
    address.transport = known->second;
    address.host = part_of(url.get(), CURLUPART_HOST).value_or("");
    if (address.host.starts_with('[')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    const auto port = part_of(url.get(), CURLUPART_PORT);
    address.port = port                                   ? static_cast<uint16_t>(std::stoul(*port))
                   : address.transport == Transport::kTls ? kTlsPort
                                                          : kPort;
    if (address.host.empty() || address.port == 0) {
        return refused("is no address of a collector: {}", kMend);
    }
    return address;
}

std::unique_ptr<Collector> Collector::make(const IpfixSection& section,
                                           const CollectorAddress& address) {
    if (address.transport == Transport::kUdp) {
        return std::make_unique<UdpCollector>(address);
    }
    return std::make_unique<StreamCollector>(section, address);
}

}  // namespace lull
