// One request to a running lull, or to a Prometheus that scrapes one. The only file that names the
// HTTP client library is client.cpp.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "dataplane/error.h"

namespace lull {

struct ClientOptions {
    enum class Peer : uint8_t { kLull, kPrometheus };
    Peer peer = Peer::kLull;                    // for the mend that an error names
    std::string url = "http://127.0.0.1:9464";  // scheme, host, port; a path before its own is kept
    std::optional<std::string> user{};          // "name:password", HTTP basic authentication
    std::optional<std::string> cacert{};        // file of certificates to trust, PEM
    std::chrono::milliseconds timeout_ms{10'000};
};

struct Fetched {
    unsigned status = 0;
    std::string body;
};

/// GETs `path` ("/api/v1/status?…"). Any HTTP status is a result; no answer is an error that names
/// the address and the mend. Proxies and redirects are not followed.
Result<Fetched> http_get(const ClientOptions& options, const std::string& path);

struct Sending {
    std::string method;  // "POST" or "DELETE"
    std::string path;
    std::string body;  // JSON; "": none
};
/// The same for what tells instead of asking. It is not sent again when no answer comes.
Result<Fetched> http_send(const ClientOptions& options, const Sending& sending);

/// `text` for a place in a URL's path or query.
std::string percent_encode(std::string_view text);

}  // namespace lull
