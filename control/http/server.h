// The HTTP server: a few fixed paths, each a function from request to response. One thread per
// listener serves all its connections; what may take long runs on another one, and so does what
// reads the disk, so that no scrape waits for it. Every bound
// on what a client can make lull hold is in ServerLimits. No HTTP library shows in this header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/http/counts.h"
#include "control/http/patience.h"
#include "dataplane/error.h"

namespace lull {

class WebAccess;

/// What a handler is told. All of it comes from the network: `path` and `query` are decoded and
/// otherwise untouched. A body is given to routes that take one, and else read, bounded and
/// dropped.
struct Request {
    std::string method;  // HEAD is handed over as GET
    std::string path;
    std::map<std::string, std::string> query;
    std::string origin;  // the Origin header: not empty when a browser's page sent the request
    std::string body{};
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    /// Sources that a page may load besides nothing at all, as CSP directives: "style-src …".
    std::string content_security;
    /// In place of `body`: a text that others may be taking too. Null: `body` it is.
    std::shared_ptr<const std::string> shared{};
};

/// `{"error": message}` with a status.
Response error_response(unsigned status, std::string_view message);

using Handler = std::function<Response(const Request&)>;

/// kInline: at once, on the listener's thread; must be quick. kAlone: on a thread of its own, one
/// such request at a time over the whole server; meanwhile others are answered 409. kStream: the
/// handler has the first Server-Sent Event of a stream, Server::tell() the next ones; an answer
/// other than 200 is sent as it is.
enum class RouteRun : uint8_t { kInline, kAlone, kStream };

/// kNever: "no-store". kCheck: a client may keep it and asks each time whether it still holds, by
/// entity tag: "no-cache", and 304 when it does.
enum class RouteCache : uint8_t { kNever, kCheck };

/// "/api/v1/countries/" (with a slash at its end) stands for every path below it; "/" for itself.
struct Route {
    std::string method;  // "GET", "POST" or "DELETE"
    std::string path;
    Handler handler;
    RouteRun run = RouteRun::kInline;
    /// Longest body that it takes; a longer one is answered 413. 0: a body is dropped.
    std::size_t body_bytes = 0;
    RouteCache cache = RouteCache::kNever;
    /// A kInline request with this key in its query reads the disk: it waits its turn on a thread
    /// that does these alone; beyond ServerLimits::disk_reads of them: 503.
    std::string disk_key{};
};

struct ServerLimits {
    // Over all listeners: a few scrapers and browsers. 200 slow clients (soak.sh http) make the
    // process grow by 5.7 MB, and by 6.7 where 256 are let in.
    unsigned connections = 160;
    unsigned connections_per_address = 16;  // a browser opens 6, Prometheus 1
    /// Headers of a request; beyond it: 431. Above 32 KiB the library takes pages for each, of
    /// which a connection has those that it uses, and gives them back when it closes.
    std::size_t connection_bytes = 36 * 1024;
    unsigned idle_s = 5;                     // without a byte: closed
    Patience::Limits patience{};             // for whole requests and answers
    std::size_t body_bytes = 64 * 1024;      // of a request; beyond it: closed
    std::size_t kept_body_bytes = 8 * 1024;  // of it what is held for a route that takes it
    unsigned streams = 16;                   // open ones; further: 503
    /// That wait. Each keeps a connection, also of a client that is gone: of one address there must
    /// be some left for its scrapes.
    std::size_t disk_reads = 6;
};

struct ServerOptions {
    ServerLimits limits{};
    std::shared_ptr<ServerCounts> counts = std::make_shared<ServerCounts>();
    std::shared_ptr<WebAccess> access{};  // TLS, users, headers; null: none of them
};

class Server {
  public:
    /// Binds every address of `listen` ("127.0.0.1:9464", "[::1]:0", "[::]:9464" alone for all
    /// addresses of both families) and serves. Port 0 takes a free one. All are bound, or none and
    /// the error names the address and the mend.
    static Result<std::unique_ptr<Server>> start(const std::vector<std::string>& listen,
                                                 std::vector<Route> routes,
                                                 ServerOptions options = {});
    ~Server();  // stops
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// What is listened on, in the order of `listen`, with real port numbers.
    [[nodiscard]] const std::vector<std::string>& addresses() const;
    /// `event` ("event: tick\ndata: …\n\n") goes to all streams; a slow one may skip it for a newer
    /// one. Never waits for a client.
    void tell(std::string event);
    /// Closes the listeners and all connections; waits for a kAlone request that runs.
    void stop();

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace lull
