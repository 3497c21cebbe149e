// One request to a running lull, to a Prometheus that scrapes one, or to a webhook. The only file
// that names the HTTP client library is client.cpp.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/error.h"

namespace lull {

struct ClientOptions {
    enum class Peer : uint8_t { kLull, kPrometheus };
    Peer peer = Peer::kLull;                    // for the mend that an error names
    std::string url = "http://127.0.0.1:9464";  // scheme, host, port; a path before its own is kept
    std::optional<std::string> user{};          // "name:password", HTTP basic authentication
    std::optional<std::string> cacert{};        // file of certificates to trust, PEM
    std::optional<std::string> cert{};          // file of the certificate to show, PEM
    std::optional<std::string> key{};           // its private key's file; none: it is in `cert`
    std::chrono::milliseconds timeout_ms{10'000};
};

struct Fetched {
    unsigned status = 0;
    std::string body;
};

/// GETs `path` ("/api/v1/status?…"). Any HTTP status is a result; no answer is an error that names
/// the address and the mend. Proxies and redirects are not followed.
Result<Fetched> http_get(const ClientOptions& options, const std::string& path);

/// What to do about a status by which a server says who may ask: "; give --user name:password".
/// "" for any other, and for a 403 that no certificate would mend.
std::string mend_of_status(const ClientOptions& options, unsigned status);

struct Sending {
    std::string method;  // "POST" or "DELETE"
    std::string path;
    std::string body;  // JSON; "": none
};
/// The same for what tells instead of asking. It is not sent again when no answer comes.
Result<Fetched> http_send(const ClientOptions& options, const Sending& sending);

/// A message to somebody else's server.
struct HttpPost {
    std::string url;
    std::vector<std::string> headers;  // "Name: value"
    std::string body;                  // JSON
    std::chrono::milliseconds connect_timeout_ms{5'000};
    std::chrono::milliseconds timeout_ms{10'000};  // in all, names and TLS included
    const std::atomic<bool>* cancel = nullptr;     // true: not worth waiting for, within a second
};
/// The status; no answer is an error that names nothing of the URL. What the answer says is not
/// kept. Proxies and redirects are not followed.
Result<unsigned> http_post(const HttpPost& post);

/// `text` for a place in a URL's path or query.
std::string percent_encode(std::string_view text);

}  // namespace lull
