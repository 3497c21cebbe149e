#include "control/http/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "control/files.h"
#include "control/http/tls.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 * 1024 * 1024;  // all origins as JSON take about 15 MB
constexpr std::size_t kMaxTrustBytes = 4 * 1024 * 1024;  // Debian's bundle has 220 KB

// What OpenSSL says of a certificate, by which curl tells why it refused one (X509_V_ERR_…).
constexpr long kNoRefusal = 0, kNotYetValid = 9, kExpired = 10;

enum class CertificateDate : uint8_t { kBegin, kEnd };

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<std::string*>(target);
    const std::size_t length = size * count;
    if (length > kMaxBodyBytes - body.size()) {
        return 0;  // curl ends the transfer with CURLE_WRITE_ERROR
    }
    body.append(bytes, length);
    return length;
}

std::string mend_of(CURLcode code, const ClientOptions& options) {
    const bool lull = options.peer == ClientOptions::Peer::kLull;
    // A Prometheus is named in more places than one.
    const std::string_view option = lull ? "--url" : "its address";
    switch (code) {
        case CURLE_COULDNT_CONNECT:
            return lull ? "is lull running there? Its address is http.listen in lull.yaml: give it "
                          "with --url or --config"
                        : "is Prometheus running there? Check its address";
        case CURLE_COULDNT_RESOLVE_HOST:
            return fmt::format("the name is not known: check {}", option);
        case CURLE_OPERATION_TIMEDOUT:
            return fmt::format("it accepts but does not answer: see {} log",
                               lull ? "lull's" : "Prometheus's");
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return fmt::format("write {} as http://host:port or https://host:port", option);
        case CURLE_SSL_CACERT_BADFILE:
            return "--cacert needs certificates as PEM";
        case CURLE_SSL_CONNECT_ERROR:
            return fmt::format("does it speak TLS there, and {} https?", option);
        case CURLE_WRITE_ERROR:
            return fmt::format("the answer is beyond 64 MB: is this {}?",
                               lull ? "lull" : "Prometheus");
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            // By TLS 1.3 a server refuses after the client's handshake has come to its end.
            if (options.url.starts_with("https://") && !options.cert) {
                return "if it wants a client certificate, give --cert and --key";
            }
            [[fallthrough]];
        default:
            return fmt::format("check {}", option);
    }
}

/// When the server's certificates, each of its chain, end to hold or begin to: the instant nearest
/// to the reason of a refusal; "" if it cannot be told. curl has dates of a handshake that came to
/// an end only: this is another one, which takes any certificate and over which nothing is sent.
std::string date_of_chain(const std::string& url, CertificateDate which) {
    const Curl curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return "";
    const auto set = [&](CURLoption option, auto value) {
        return curl_easy_setopt(curl.get(), option, value);
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "https");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, 2'000L);
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
    set(CURLOPT_CERTINFO, 1L);
    set(CURLOPT_CONNECT_ONLY, 1L);
    curl_certinfo* chain = nullptr;
    if (curl_easy_perform(curl.get()) != CURLE_OK ||
        curl_easy_getinfo(curl.get(), CURLINFO_CERTINFO, &chain) != CURLE_OK) {
        return "";
    }
    const bool end = which == CertificateDate::kEnd;
    const std::string_view field = end ? "Expire date:" : "Start date:";
    std::optional<std::time_t> found;
    for (int i = 0; chain != nullptr && i < chain->num_of_certs; ++i) {
        for (const curl_slist* line = chain->certinfo[i]; line != nullptr; line = line->next) {
            if (!std::string_view(line->data).starts_with(field)) continue;
            const std::time_t at = curl_getdate(line->data + field.size(), nullptr);
            if (at == -1) continue;
            found = !found ? at : end ? std::min(*found, at) : std::max(*found, at);
        }
    }
    return found ? format_time(int64_t{*found} * 1'000'000'000) : "";
}

/// Why the server's certificate was not taken, and the mend.
std::string why_distrusted(CURL* curl, const std::string& url, ClientOptions::Peer peer) {
    long verdict = kNoRefusal;
    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &verdict);
    if (verdict == kExpired || verdict == kNotYetValid) {
        const bool over = verdict == kExpired;
        const std::string date =
            date_of_chain(url, over ? CertificateDate::kEnd : CertificateDate::kBegin);
        return fmt::format("its certificate {} {}: it needs another one{}; or is this clock wrong?",
                           over ? "has expired, on" : "does not hold before",
                           date.empty() ? "a date that it does not tell" : date,
                           peer == ClientOptions::Peer::kLull
                               ? ", in tls_server_config.cert_file of its web configuration"
                               : "");
    }
    if (verdict == kNoRefusal) {
        return "its certificate is of another name: ask by one that it has";
    }
    return "nobody who is trusted has signed its certificate: give who has with --cacert";
}

/// The files that the options name, each before the library speaks of it in words of its own.
Result<void> check_files(const ClientOptions& options) {
    if (options.cacert) {
        const auto trust = read_file(*options.cacert, kMaxTrustBytes);
        if (!trust) return within("--cacert", trust.error());
    }
    if (options.cert) {
        const auto pair = check_pair(*options.cert, options.key.value_or(*options.cert));
        if (!pair) return within(options.key ? "--cert, --key" : "--cert", pair.error());
    }
    return {};
}

}  // namespace

std::string mend_of_status(const ClientOptions& options, unsigned status) {
    if (status == 401) return "; give --user name:password";
    if (status == 403 && !options.cert && options.url.starts_with("https://")) {
        return "; if it wants a client certificate, give --cert and --key";
    }
    return "";
}

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

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Curl new_handle() {
    static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
    return {kStarted == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup};
}

constexpr std::size_t kMaxDroppedBytes = 64 * 1024;  // of an answer that nobody reads

std::size_t drop_body(char* /*bytes*/, std::size_t size, std::size_t count, void* target) {
    auto& dropped = *static_cast<std::size_t*>(target);
    dropped += size * count;
    return dropped > kMaxDroppedBytes ? 0 : size * count;
}

int give_up_when_told(void* cancel, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(cancel)->load() ? 1 : 0;
}

/// `sending.method` "" is a GET.
Result<Fetched> exchange(const ClientOptions& options, const Sending& sending) {
    const Curl curl = new_handle();
    if (!curl) {
        return failed("the HTTP client library does not start");
    }
    if (const auto files = check_files(options); !files) {
        return tl::unexpected(files.error());
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
    if (options.cert) {
        set(CURLOPT_SSLCERT, options.cert->c_str());
        set(CURLOPT_SSLKEY, options.key.value_or(*options.cert).c_str());
        set(CURLOPT_KEYPASSWD, "");  // or OpenSSL asks on the terminal
    }
    const Headers headers(curl_slist_append(nullptr, "Content-Type: application/json"),
                          curl_slist_free_all);
    if (!sending.method.empty()) {
        set(CURLOPT_CUSTOMREQUEST, sending.method.c_str());
        set(CURLOPT_POSTFIELDSIZE, static_cast<long>(sending.body.size()));
        set(CURLOPT_POSTFIELDS, sending.body.c_str());
        set(CURLOPT_HTTPHEADER, headers.get());
    }
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        return failed("{}: {}", base, why_distrusted(curl.get(), url, options.peer));
    }
    if (code != CURLE_OK) {
        return failed("{}: {}: {}", base, curl_easy_strerror(code), mend_of(code, options));
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

Result<unsigned> http_post(const HttpPost& post) {
    const Curl curl = new_handle();
    if (!curl) {
        return failed("the HTTP client library does not start");
    }
    Headers headers(nullptr, curl_slist_free_all);
    for (const std::string& header : post.headers) {
        curl_slist* const longer = curl_slist_append(headers.get(), header.c_str());
        if (longer == nullptr) {
            return failed("no memory for a request");
        }
        (void)headers.release();
        headers.reset(longer);
    }
    std::size_t dropped = 0;
    static const std::atomic<bool> kNever{false};
    const auto set = [&](CURLoption option, auto value) {
        return curl_easy_setopt(curl.get(), option, value);
    };
    set(CURLOPT_URL, post.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(post.connect_timeout_ms.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(post.timeout_ms.count()));
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post.body.size()));
    set(CURLOPT_POSTFIELDS, post.body.c_str());
    set(CURLOPT_WRITEFUNCTION, &drop_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&dropped));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &give_up_when_told);
    set(CURLOPT_XFERINFODATA,
        const_cast<void*>(static_cast<const void*>(post.cancel ? post.cancel : &kNever)));
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    // A longer answer than anybody wants is an answer all the same.
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && status != 0)) {
        return failed("{}", curl_easy_strerror(code));
    }
    return static_cast<unsigned>(status);
}

Result<Fetched> http_send(const ClientOptions& options, const Sending& sending) {
    return exchange(options, sending);
}

}  // namespace lull
