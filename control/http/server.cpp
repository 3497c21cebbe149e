#include "control/http/server.h"

#include <fmt/format.h>
#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <thread>

#include "control/http/encoding.h"
#include "control/http/streams.h"
#include "control/listener.h"
#include "control/log.h"

namespace lull {
namespace {

constexpr std::size_t kMaxQueryValues = 16;  // the paths know two; more is not for lull

/// Nothing of a message reaches the log that could forge a line or move a terminal's cursor.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, 300));
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
    return out;
}

/// One request on its way: made when its headers are complete, freed when it is answered.
struct Exchange {
    std::size_t body_bytes = 0;
    std::string body;  // the first of them
    std::optional<Response> response;
};

MHD_Result collect_query(void* target, MHD_ValueKind, const char* key, const char* value) {
    auto& query = *static_cast<std::map<std::string, std::string>*>(target);
    if (query.size() >= kMaxQueryValues) {
        return MHD_NO;
    }
    query[key] = value != nullptr ? value : "";
    return MHD_YES;
}

Request request_of(MHD_Connection* connection, const char* url, const char* method) {
    Request request;
    request.method = std::strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ? "GET" : method;
    request.path = url;
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_query, &request.query);
    const char* origin =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
    request.origin = origin != nullptr ? origin : "";
    return request;
}

bool matches(const Route& route, const std::string& path) {
    if (route.path.size() > 1 && route.path.back() == '/') {
        return path.size() > route.path.size() && path.starts_with(route.path);
    }
    return path == route.path;
}

/// Handlers are ours, what they meet is not: an exception costs its request and nothing else.
Response guarded(const Route& route, const Request& request) {
    try {
        return route.handler(request);
    } catch (const std::exception& error) {
        log_error("http: {} {} failed: {}", route.method, route.path, printable(error.what()));
    } catch (...) {
        log_error("http: {} {} failed", route.method, route.path);
    }
    return error_response(500, "this request failed inside lull; its log says why");
}

std::string header_of(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != nullptr ? value : "";
}

using Headers = std::vector<std::pair<const char*, std::string>>;

/// What every answer carries, whatever it is about.
Headers headers_of(const Response& reply, std::string_view cache_control) {
    std::string policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    if (!reply.content_security.empty()) {
        policy += "; " + reply.content_security;
    }
    return {{"Content-Type", reply.content_type},  {"Cache-Control", std::string(cache_control)},
            {"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"},
            {"X-Frame-Options", "DENY"},           {"Content-Security-Policy", policy}};
}

/// Takes `response`, which may be null.
MHD_Result send(MHD_Connection* connection, unsigned status, MHD_Response* response,
                const Headers& headers) {
    if (response == nullptr) {
        return MHD_NO;
    }
    for (const auto& [name, value] : headers) {
        MHD_add_response_header(response, name, value.c_str());
    }
    const MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

MHD_Result queue(MHD_Connection* connection, const Response& reply, Headers more = {},
                 RouteCache cache = RouteCache::kNever) {
    const bool kept = cache == RouteCache::kCheck && reply.status == MHD_HTTP_OK;
    Headers headers = headers_of(reply, kept ? "no-cache" : "no-store");
    headers.insert(headers.end(), more.begin(), more.end());
    std::optional<std::string> packed;
    unsigned status = reply.status;
    std::string_view body = reply.body;
    const bool large = body.size() > kGzipFromBytes;
    const bool packs =
        large && accepts_gzip(header_of(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    if (large) {
        headers.emplace_back("Vary", "Accept-Encoding");
    }
    if (kept) {
        // Other bytes on the wire are another representation, and have another tag.
        std::string tag = entity_tag(body);
        if (packs) {
            tag.insert(tag.size() - 1, "-gzip");
        }
        if (names_tag(header_of(connection, MHD_HTTP_HEADER_IF_NONE_MATCH), tag)) {
            status = MHD_HTTP_NOT_MODIFIED;
            body = {};
        }
        headers.emplace_back("ETag", std::move(tag));
    }
    if (packs && !body.empty() && (packed = gzipped(body))) {
        body = *packed;
        headers.emplace_back("Content-Encoding", "gzip");
    }
    return send(connection, status,
                MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()),
                                                MHD_RESPMEM_MUST_COPY),
                headers);
}

/// One client of the streams, held by its response.
struct StreamSlot {
    Streams& streams;
    ServerCounts& counts;
    std::shared_ptr<StreamReader> reader;

    static ssize_t read(void* self, uint64_t, char* bytes, std::size_t room) {
        StreamSlot& slot = *static_cast<StreamSlot*>(self);
        const ssize_t count = slot.streams.read(*slot.reader, bytes, room);
        return count == Streams::kEnd ? MHD_CONTENT_READER_END_OF_STREAM : count;
    }
    static void close(void* self) {
        const std::unique_ptr<StreamSlot> slot(static_cast<StreamSlot*>(self));
        slot->streams.close(slot->reader);
        --slot->counts.streams_open;
    }
};

}  // namespace

Response error_response(unsigned status, std::string_view message) {
    Response response;
    response.status = status;
    response.body = nlohmann::json{{"error", message}}.dump(
                        -1, ' ', false, nlohmann::json::error_handler_t::replace) +
                    "\n";
    return response;
}

struct Server::Impl {
    std::vector<Route> routes;
    ServerLimits limits;
    std::shared_ptr<ServerCounts> counts;
    std::unique_ptr<Streams> streams;  // null: no route is one
    std::vector<std::string> addresses;
    std::vector<MHD_Daemon*> daemons;
    std::mutex alone_mutex;  // guards the three below
    std::thread alone_thread;
    bool alone_busy = false;
    bool stopping = false;

    static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                                 const char* method, const char*, const char*,
                                 std::size_t* upload_bytes, void** slot);
    static void on_completed(void*, MHD_Connection*, void** slot, MHD_RequestTerminationCode) {
        delete static_cast<Exchange*>(*slot);
        *slot = nullptr;
    }

    Result<void> serve(Listener listener, unsigned connections);
    MHD_Result answer(MHD_Connection* connection, const char* url, const char* method,
                      Exchange& exchange);
    MHD_Result hand_over(MHD_Connection* connection, const Route& route, Request request,
                         Exchange& exchange);
    MHD_Result open_stream(MHD_Connection* connection, const Response& first);
    void stop();
};

MHD_Result Server::Impl::on_request(void* self, MHD_Connection* connection, const char* url,
                                    const char* method, const char*, const char* upload,
                                    std::size_t* upload_bytes, void** slot) try {
    Impl& server = *static_cast<Impl*>(self);
    if (*slot == nullptr) {
        *slot = std::make_unique<Exchange>().release();  // on_completed frees it
        return MHD_YES;
    }
    Exchange& exchange = *static_cast<Exchange*>(*slot);
    if (*upload_bytes > 0) {
        exchange.body_bytes += *upload_bytes;
        const std::size_t room = server.limits.kept_body_bytes - exchange.body.size();
        exchange.body.append(upload, std::min(room, *upload_bytes));
        *upload_bytes = 0;
        return exchange.body_bytes <= server.limits.body_bytes ? MHD_YES : MHD_NO;
    }
    return server.answer(connection, url, method, exchange);
} catch (...) {
    return MHD_NO;  // out of memory: this connection is closed, the server goes on
}

MHD_Result Server::Impl::answer(MHD_Connection* connection, const char* url, const char* method,
                                Exchange& exchange) {
    if (exchange.response) {
        return queue(connection, *exchange.response);
    }
    Request request = request_of(connection, url, method);
    std::string allow;
    for (const Route& route : routes) {
        if (!matches(route, request.path)) {
            continue;
        }
        if (route.method != request.method) {
            allow +=
                (allow.empty() ? "" : ", ") + (route.method == "GET" ? "GET, HEAD" : route.method);
            continue;
        }
        if (route.body_bytes > 0) {
            if (exchange.body_bytes > std::min(route.body_bytes, limits.kept_body_bytes)) {
                return queue(connection,
                             error_response(413, fmt::format("the body is beyond {} bytes",
                                                             route.body_bytes)));
            }
            request.body = std::move(exchange.body);
        }
        if (route.run == RouteRun::kAlone) {
            return hand_over(connection, route, std::move(request), exchange);
        }
        const Response reply = guarded(route, request);
        return route.run == RouteRun::kStream && reply.status == MHD_HTTP_OK
                   ? open_stream(connection, reply)
                   : queue(connection, reply, {}, route.cache);
    }
    if (!allow.empty()) {
        return queue(connection, error_response(405, "this path takes " + allow),
                     {{"Allow", allow}});
    }
    return queue(connection,
                 error_response(404,
                                "no such path: /, /metrics, /-/healthy, /-/ready, "
                                "/api/v1/status, /api/v1/countries, /api/v1/countries/XX, "
                                "/api/v1/incidents, /api/v1/incidents/ID/ack, /api/v1/maintenance, "
                                "/api/v1/origins, /api/v1/members, /api/v1/signatures, "
                                "/api/v1/sites, /api/v1/config, /api/v1/stream"));
}

MHD_Result Server::Impl::open_stream(MHD_Connection* connection, const Response& first) {
    auto reader = streams->open(
        first.body, [connection] { MHD_suspend_connection(connection); },
        [connection] { MHD_resume_connection(connection); });
    if (reader == nullptr) {
        ++counts->streams_refused;
        return queue(connection,
                     error_response(503, fmt::format("{} streams are open already: ask "
                                                     "/api/v1/status every few seconds instead",
                                                     limits.streams)),
                     {{"Retry-After", "30"}});
    }
    ++counts->streams_open;
    auto slot = std::make_unique<StreamSlot>(StreamSlot{*streams, *counts, reader});
    constexpr std::size_t kBlockBytes = 1024;
    MHD_Response* response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, kBlockBytes, &StreamSlot::read, slot.get(), &StreamSlot::close);
    if (response == nullptr) {
        StreamSlot::close(slot.release());
        return MHD_NO;
    }
    slot.release();  // the response closes it
    Headers headers = headers_of(first, "no-store");
    headers.emplace_back("X-Accel-Buffering", "no");  // a proxy is to hand on what comes at once
    return send(connection, MHD_HTTP_OK, response, headers);
}

MHD_Result Server::Impl::hand_over(MHD_Connection* connection, const Route& route, Request request,
                                   Exchange& exchange) {
    const std::lock_guard lock(alone_mutex);
    if (stopping) {
        return queue(connection, error_response(503, "lull is stopping"));
    }
    if (alone_busy) {
        return queue(connection, error_response(409, "one such request is running: wait for it"));
    }
    if (alone_thread.joinable()) {
        alone_thread.join();  // has ended but for its last lines
    }
    alone_busy = true;
    // The connection sleeps until the thread has the answer; then `answer` is called again.
    MHD_suspend_connection(connection);
    const auto run = [this, connection, &route, &exchange, asked = std::move(request)] {
        exchange.response = guarded(route, asked);
        {
            const std::lock_guard done(alone_mutex);
            alone_busy = false;
        }
        MHD_resume_connection(connection);
    };
    try {
        alone_thread = std::thread(run);
    } catch (const std::system_error&) {
        alone_busy = false;
        exchange.response = error_response(503, "no thread is free for this: try again");
        MHD_resume_connection(connection);
    }
    return MHD_YES;
}

Result<void> Server::Impl::serve(Listener listener, unsigned connections) {
    constexpr unsigned kFlags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    MHD_Daemon* daemon =
        MHD_start_daemon(kFlags, 0, nullptr, nullptr, &Impl::on_request, this,  //
                         MHD_OPTION_LISTEN_SOCKET, listener.fd,                 //
                         MHD_OPTION_CONNECTION_LIMIT, connections,              //
                         MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connections_per_address,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.connection_bytes,
                         MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_s,  //
                         MHD_OPTION_STRICT_FOR_CLIENT, 1,               //
                         MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, nullptr, MHD_OPTION_END);
    if (daemon == nullptr) {
        // The library may have closed listener.fd or not: better one left open than two closed.
        return failed(
            "http.listen: {}: cannot start to serve: {}: is the limit of threads or of "
            "open files (`ulimit -n`) reached?",
            listener.address, std::strerror(errno));
    }
    daemons.push_back(daemon);
    addresses.push_back(std::move(listener.address));
    return {};
}

void Server::Impl::stop() {
    {
        const std::lock_guard lock(alone_mutex);
        stopping = true;
    }
    if (alone_thread.joinable()) {
        alone_thread.join();  // resumes its connection: none may sleep when its daemon stops
    }
    if (streams) {
        streams->stop();  // likewise
    }
    for (MHD_Daemon* daemon : daemons) {
        MHD_stop_daemon(daemon);
    }
    daemons.clear();
}

Result<std::unique_ptr<Server>> Server::start(const std::vector<std::string>& listen,
                                              std::vector<Route> routes, ServerOptions options) {
    auto listeners = open_listeners("http.listen", listen);
    if (!listeners) {
        return tl::unexpected(listeners.error());
    }
    auto impl = std::make_unique<Impl>();
    impl->routes = std::move(routes);
    impl->limits = options.limits;
    impl->counts = std::move(options.counts);
    if (std::any_of(impl->routes.begin(), impl->routes.end(),
                    [](const Route& route) { return route.run == RouteRun::kStream; })) {
        impl->streams = std::make_unique<Streams>(impl->limits.streams);
    }
    const auto share =
        std::max(1u, impl->limits.connections / static_cast<unsigned>(listeners->size()));
    for (std::size_t i = 0; i < listeners->size(); ++i) {
        if (auto served = impl->serve(std::move((*listeners)[i]), share); !served) {
            for (std::size_t rest = i + 1; rest < listeners->size(); ++rest) {
                close((*listeners)[rest].fd);
            }
            impl->stop();
            return tl::unexpected(served.error());
        }
    }
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
    stop();
}
const std::vector<std::string>& Server::addresses() const {
    return impl_->addresses;
}
void Server::tell(std::string event) {
    if (impl_->streams) {
        impl_->streams->tell(std::move(event));
    }
}
void Server::stop() {
    impl_->stop();
}

}  // namespace lull
