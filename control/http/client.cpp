#include "control/http/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace lull {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 * 1024 * 1024;  // all origins as JSON take about 15 MB

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<std::string*>(target);
    const std::size_t length = size * count;
    if (length > kMaxBodyBytes - body.size()) {
        return 0;  // curl ends the transfer with CURLE_WRITE_ERROR
    }
    body.append(bytes, length);
    return length;
}

std::string mend_of(CURLcode code, ClientOptions::Peer peer) {
    const bool lull = peer == ClientOptions::Peer::kLull;
    const std::string_view option = lull ? "--url" : "--prometheus";
    switch (code) {
        case CURLE_COULDNT_CONNECT:
            return lull ? "is lull running there? Its address is http.listen in lull.yaml: give it "
                          "with --url or --config"
                        : "is Prometheus running there? Give its address with --prometheus";
        case CURLE_COULDNT_RESOLVE_HOST:
            return fmt::format("the name is not known: check {}", option);
        case CURLE_OPERATION_TIMEDOUT:
            return fmt::format("it accepts but does not answer: see {} log",
                               lull ? "lull's" : "Prometheus's");
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return fmt::format("write {} as http://host:port or https://host:port", option);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return "give the certificate that signed the server's with --cacert";
        case CURLE_WRITE_ERROR:
            return fmt::format("the answer is beyond 64 MB: is this {}?",
                               lull ? "lull" : "Prometheus");
        default:
            return fmt::format("check {}", option);
    }
}

}  // namespace

std::string percent_encode(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.' ||
                           byte == '_' || byte == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
    return out;
}

namespace {

/// `sending.method` "" is a GET.
Result<Fetched> exchange(const ClientOptions& options, const Sending& sending) {
    static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
        kStarted == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
    if (!curl) {
        return failed("the HTTP client library does not start");
    }
    std::string base = options.url;
    while (!base.empty() && base.back() == '/') {
        base.pop_back();
    }
    const std::string url = base + sending.path;
    Fetched fetched;
    const auto set = [&](CURLoption option, auto value) {
        return curl_easy_setopt(curl.get(), option, value);
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOPROXY, "*");  // a monitor is asked directly, whatever http_proxy says
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms.count()));
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&fetched.body));
    if (options.user) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERPWD, options.user->c_str());
    }
    if (options.cacert) {
        set(CURLOPT_CAINFO, options.cacert->c_str());
    }
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
    if (!sending.method.empty()) {
        set(CURLOPT_CUSTOMREQUEST, sending.method.c_str());
        set(CURLOPT_POSTFIELDSIZE, static_cast<long>(sending.body.size()));
        set(CURLOPT_POSTFIELDS, sending.body.c_str());
        set(CURLOPT_HTTPHEADER, headers.get());
    }
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) {
        return failed("{}: {}: {}", base, curl_easy_strerror(code), mend_of(code, options.peer));
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    fetched.status = static_cast<unsigned>(status);
    return fetched;
}

}  // namespace

Result<Fetched> http_get(const ClientOptions& options, const std::string& path) {
    return exchange(options, {"", path, ""});
}

Result<Fetched> http_send(const ClientOptions& options, const Sending& sending) {
    return exchange(options, sending);
}

}  // namespace lull
