#include "control/http/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <thread>

#include "control/http/errands.h"
#include "control/http/exchange.h"
#include "control/http/gate.h"
#include "control/http/patience.h"
#include "control/http/reply.h"
#include "control/http/streams.h"
#include "control/http/tls.h"
#include "control/http/web_access.h"
#include "control/listener.h"
#include "control/log.h"

namespace lull {
namespace {

const std::map<std::string, std::string> kNoHeaders;
constexpr auto kLookEvery = std::chrono::seconds(1);

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
    /// A listening socket, and who serves on it: another one when TLS changes.
    struct Door {
        Impl& server;
        std::string address{};
        std::shared_ptr<const WebState> web{};  // whose TLS it speaks; null: none
        MHD_Daemon* daemon = nullptr;
        std::atomic<bool> closing = false;              // nobody may fall asleep here any more …
        std::atomic<unsigned> sleepers = 0;             // … and those who have are counted
        std::chrono::steady_clock::time_point until{};  // its last clients are served
    };

    std::vector<Route> routes;
    ServerLimits limits;
    std::shared_ptr<ServerCounts> counts;
    Bodies bodies;
    std::unique_ptr<Patience> patience;
    std::shared_ptr<WebAccess> access;  // null: no web configuration
    std::unique_ptr<Gate> gate;
    std::unique_ptr<Errands> disk;
    std::unique_ptr<Streams> streams;  // null: no route is one
    std::vector<std::string> addresses;
    std::vector<int> sockets;  // listening, in the order of `addresses`
    std::vector<std::unique_ptr<Door>> doors, closed_doors;
    std::mutex alone_mutex;  // guards the three below
    std::thread alone_thread;
    bool alone_busy = false;
    bool stopping = false;
    std::mutex care_mutex;  // guards the one below
    bool care_over = false;
    std::condition_variable care_change;
    std::thread care_thread;  // cuts who is late, looks after `access`; the doors are its own

    static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                                 const char* method, const char*, const char*,
                                 std::size_t* upload_bytes, void** slot);
    static void on_completed(void* self, MHD_Connection* connection, void** slot,
                             MHD_RequestTerminationCode) {
        delete static_cast<Exchange*>(*slot);
        *slot = nullptr;
        begins(*static_cast<Door*>(self)->server.patience, connection, Patience::Doing::kAsks);
    }
    static void on_connection(void* self, MHD_Connection* connection, void** client,
                              MHD_ConnectionNotificationCode code);

    Result<std::unique_ptr<Door>> open_door(std::size_t index, std::shared_ptr<const WebState> web);
    MHD_Result answer(Door& door, MHD_Connection* connection, const char* url, const char* method,
                      Exchange& exchange);
    std::optional<MHD_Result> admit(Door& door, MHD_Connection* connection, const WebState& web,
                                    Exchange& exchange, const Reply& reply);
    MHD_Result hand_over(Door& door, MHD_Connection* connection, const Route& route,
                         Request request, Exchange& exchange, const Reply& reply);
    MHD_Result put_in_turn(Door& door, MHD_Connection* connection, const Route& route,
                           Request request, Exchange& exchange, const Reply& reply);
    void care();
    void take(const std::shared_ptr<const WebState>& next);
    void close_doors(std::vector<std::unique_ptr<Door>> old);
    void stop();
};

void Server::Impl::on_connection(void* self, MHD_Connection* connection, void** client,
                                 MHD_ConnectionNotificationCode code) try {
    Patience& patience = *static_cast<Door*>(self)->server.patience;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        patience.gone(static_cast<Patience::Client*>(*client));
        *client = nullptr;
        return;
    }
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *client = patience.came(info != nullptr ? info->connect_fd : -1);
} catch (...) {
    *client = nullptr;  // out of memory: the library's own time-out has to do
}

MHD_Result Server::Impl::on_request(void* self, MHD_Connection* connection, const char* url,
                                    const char* method, const char*, const char* upload,
                                    std::size_t* upload_bytes, void** slot) try {
    Door& door = *static_cast<Door*>(self);
    Impl& server = door.server;
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
    return server.answer(door, connection, url, method, exchange);
} catch (...) {
    return MHD_NO;  // out of memory: this connection is closed, the server goes on
}

/// Nothing: it may come in. Else what became of its connection.
std::optional<MHD_Result> Server::Impl::admit(Door& door, MHD_Connection* connection,
                                              const WebState& web, Exchange& exchange,
                                              const Reply& reply) {
    if (door.web && door.web->tls) {
        const auto* session =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        const std::string why =
            refusal_of_client(session != nullptr ? session->tls_session : nullptr, *door.web->tls);
        if (!why.empty()) {
            ++counts->refused_certificates;
            return reply.send(error_response(403, why));
        }
    }
    if (web.config.users.empty()) {
        return std::nullopt;
    }
    Gate::Verdict verdict = Gate::Verdict::kBusy;
    if (exchange.verdict) {
        verdict = *exchange.verdict;
    } else {
        const auto* peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        Gate::Visitor visitor;
        visitor.authorization = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION);
        visitor.address = address_key(peer != nullptr ? peer->client_addr : nullptr);
        visitor.sleep = [connection] { MHD_suspend_connection(connection); };
        visitor.wake = [connection, &exchange, &door](Gate::Verdict found) {
            exchange.verdict = found;
            MHD_resume_connection(connection);
            --door.sleepers;
        };
        ++door.sleepers;
        if (!door.closing) {
            verdict = gate->ask(web.config.users, visitor);
        }
        if (verdict == Gate::Verdict::kAsleep) {
            return MHD_YES;
        }
        --door.sleepers;
    }
    switch (verdict) {
        case Gate::Verdict::kPass:
            return std::nullopt;
        case Gate::Verdict::kWrong:
            return reply.send(error_response(401, "a name and its password are needed here"),
                              {{"WWW-Authenticate", "Basic realm=\"lull\", charset=\"UTF-8\""}});
        case Gate::Verdict::kTooMany:
            return reply.send(error_response(429, "too many passwords from this address"),
                              {{"Retry-After", "10"}});
        default:
            return reply.send(error_response(503, "too many passwords are being looked at"),
                              {{"Retry-After", "2"}});
    }
}

MHD_Result Server::Impl::answer(Door& door, MHD_Connection* connection, const char* url,
                                const char* method, Exchange& exchange) {
    const std::shared_ptr<const WebState> web = access ? access->state() : nullptr;
    begins(*patience, connection, Patience::Doing::kWaits);
    const Reply reply(connection, web ? web->config.headers : kNoHeaders, bodies, *patience);
    if (exchange.response) {
        return reply.send(std::move(*exchange.response), {}, exchange.cache);
    }
    if (web) {
        if (const auto turned_away = admit(door, connection, *web, exchange, reply)) {
            return *turned_away;
        }
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
                return reply.send(error_response(
                    413, fmt::format("the body is beyond {} bytes", route.body_bytes)));
            }
            request.body = std::move(exchange.body);
        }
        if (route.run == RouteRun::kAlone) {
            return hand_over(door, connection, route, std::move(request), exchange, reply);
        }
        if (!route.disk_key.empty() && request.query.contains(route.disk_key)) {
            return put_in_turn(door, connection, route, std::move(request), exchange, reply);
        }
        Response answered = guarded(route, request);
        return route.run == RouteRun::kStream && answered.status == MHD_HTTP_OK && !door.closing
                   ? reply.send_stream(answered, *streams, counts)
                   : reply.send(std::move(answered), {}, route.cache);
    }
    if (!allow.empty()) {
        return reply.send(error_response(405, "this path takes " + allow), {{"Allow", allow}});
    }
    return reply.send(
        error_response(404,
                       "no such path: /, /metrics, /-/healthy, /-/ready, "
                       "/api/v1/status, /api/v1/countries, /api/v1/countries/XX, "
                       "/api/v1/incidents, /api/v1/incidents/ID/ack, /api/v1/maintenance, "
                       "/api/v1/origins, /api/v1/members, /api/v1/signatures, "
                       "/api/v1/sites, /api/v1/config, /api/v1/stream"));
}

MHD_Result Server::Impl::hand_over(Door& door, MHD_Connection* connection, const Route& route,
                                   Request request, Exchange& exchange, const Reply& reply) {
    const std::lock_guard lock(alone_mutex);
    if (stopping) {
        return reply.send(error_response(503, "lull is stopping"));
    }
    if (alone_busy) {
        return reply.send(error_response(409, "one such request is running: wait for it"));
    }
    ++door.sleepers;
    if (door.closing) {
        --door.sleepers;
        return reply.send(error_response(503, "TLS has changed: connect again"));
    }
    if (alone_thread.joinable()) {
        alone_thread.join();  // has ended but for its last lines
    }
    alone_busy = true;
    // The connection sleeps until the thread has the answer; then `answer` is called again.
    MHD_suspend_connection(connection);
    const auto run = [this, connection, &door, &route, &exchange, asked = std::move(request)] {
        exchange.response = guarded(route, asked);
        {
            const std::lock_guard done(alone_mutex);
            alone_busy = false;
        }
        MHD_resume_connection(connection);
        --door.sleepers;
    };
    try {
        alone_thread = std::thread(run);
    } catch (const std::system_error&) {
        alone_busy = false;
        exchange.response = error_response(503, "no thread is free for this: try again");
        MHD_resume_connection(connection);
        --door.sleepers;
    }
    return MHD_YES;
}

MHD_Result Server::Impl::put_in_turn(Door& door, MHD_Connection* connection, const Route& route,
                                     Request request, Exchange& exchange, const Reply& reply) {
    exchange.cache = route.cache;
    const auto wake = [connection, &door, &exchange](Response response) {
        exchange.response = std::move(response);
        MHD_resume_connection(connection);
        --door.sleepers;
    };
    Errands::Errand errand{
        .run = [&route, wake, asked = std::move(request)] { wake(guarded(route, asked)); },
        .drop = [wake] { wake(error_response(503, "lull is stopping")); }};
    ++door.sleepers;
    if (!door.closing &&
        disk->take([connection] { MHD_suspend_connection(connection); }, std::move(errand))) {
        return MHD_YES;
    }
    --door.sleepers;
    return reply.send(error_response(503, "too many wait for the disk: try again"),
                      {{"Retry-After", "2"}});
}

Result<std::unique_ptr<Server::Impl::Door>> Server::Impl::open_door(
    std::size_t index, std::shared_ptr<const WebState> web) {
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    std::unique_ptr<Door> door(new Door{*this});
    door->address = addresses[index];
    door->web = std::move(web);
    std::vector<MHD_OptionItem> options;
    const auto add = [&](MHD_OPTION option, const std::string& text) {
        options.push_back({option, 0, const_cast<char*>(text.c_str())});
    };
    if (door->web && door->web->tls) {
        const TlsSetup& tls = *door->web->tls;  // the library keeps what it is given here
        flags |= MHD_USE_TLS;
        add(MHD_OPTION_HTTPS_MEM_KEY, tls.key_pem);
        add(MHD_OPTION_HTTPS_MEM_CERT, tls.cert_pem);
        add(MHD_OPTION_HTTPS_PRIORITIES, tls.priorities);
        if (!tls.client_ca_pem.empty()) {
            add(MHD_OPTION_HTTPS_MEM_TRUST, tls.client_ca_pem);
        }
    }
    options.push_back({MHD_OPTION_END, 0, nullptr});
    const auto share = std::max(1u, limits.connections / static_cast<unsigned>(addresses.size()));
    const int socket = fcntl(sockets[index], F_DUPFD_CLOEXEC, 0);  // the library closes its own
    if (socket >= 0) {
        door->daemon =
            MHD_start_daemon(flags, 0, nullptr, nullptr, &Impl::on_request, door.get(),  //
                             MHD_OPTION_LISTEN_SOCKET, socket,                           //
                             MHD_OPTION_CONNECTION_LIMIT, share,                         //
                             MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connections_per_address,
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.connection_bytes,
                             MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_s,                    //
                             MHD_OPTION_STRICT_FOR_CLIENT, 1,                                 //
                             MHD_OPTION_UNESCAPE_CALLBACK, &unescape, nullptr,                //
                             MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, door.get(),    //
                             MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, door.get(),  //
                             MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
    }
    if (door->daemon == nullptr) {
        // The library may have closed the copy or not: better one left open than two closed.
        return failed(
            "http.listen: {}: cannot start to serve: {}: is the limit of threads or of "
            "open files (`ulimit -n`) reached?",
            door->address, std::strerror(errno));
    }
    return door;
}

void Server::Impl::care() {
    std::unique_lock lock(care_mutex);
    while (!care_change.wait_for(lock, kLookEvery, [this] { return care_over; })) {
        lock.unlock();
        counts->cut_clients += patience->cut(Patience::Clock::now());
        std::vector<std::unique_ptr<Door>> waiting;
        for (std::unique_ptr<Door>& door : closed_doors) {
            const auto* info =
                MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
            const bool served = info == nullptr || info->num_connections == 0 ||
                                std::chrono::steady_clock::now() > door->until;
            if (!served || door->sleepers > 0) {
                waiting.push_back(std::move(door));
                continue;
            }
            if (streams) {
                streams->end_all();
            }
            MHD_stop_daemon(door->daemon);
        }
        closed_doors = std::move(waiting);
        if (const auto next = access ? access->changed() : nullptr) {
            take(next);
        }
        lock.lock();
    }
}

/// New connections speak the new TLS; those that are open have some seconds to end.
void Server::Impl::take(const std::shared_ptr<const WebState>& next) {
    if (access->state()->tls != next->tls) {
        std::vector<std::unique_ptr<Door>> fresh;
        for (std::size_t i = 0; i < sockets.size(); ++i) {
            auto door = open_door(i, next);
            if (!door) {
                close_doors(std::move(fresh));
                return access->refuse(door.error().message);
            }
            fresh.push_back(std::move(*door));
        }
        close_doors(std::exchange(doors, std::move(fresh)));
    }
    access->adopt(next);
    log_info("the web configuration has changed: TLS {}, {} users", next->tls ? "on" : "off",
             next->config.users.size());
}

void Server::Impl::close_doors(std::vector<std::unique_ptr<Door>> old) {
    for (std::unique_ptr<Door>& door : old) {
        door->closing = true;
        door->until = std::chrono::steady_clock::now() + std::chrono::seconds(limits.idle_s);
        if (const int socket = MHD_quiesce_daemon(door->daemon); socket >= 0) {
            close(socket);
        }
        closed_doors.push_back(std::move(door));
    }
    if (streams) {
        streams->end_all();  // their clients connect again
    }
}

void Server::Impl::stop() {
    {
        const std::lock_guard lock(care_mutex);
        care_over = true;
    }
    care_change.notify_all();
    if (care_thread.joinable()) {
        care_thread.join();
    }
    {
        const std::lock_guard lock(alone_mutex);
        stopping = true;
    }
    // None may sleep when its daemon stops: each of these wakes those it has put to sleep.
    if (alone_thread.joinable()) {
        alone_thread.join();
    }
    if (gate) {
        gate->stop();
    }
    if (disk) {
        disk->stop();
    }
    if (streams) {
        streams->stop();
    }
    for (auto* list : {&doors, &closed_doors}) {
        for (const std::unique_ptr<Door>& door : *list) {
            MHD_stop_daemon(door->daemon);
        }
        list->clear();
    }
    for (const int socket : std::exchange(sockets, {})) {
        close(socket);
    }
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
    impl->access = std::move(options.access);
    impl->gate = std::make_unique<Gate>(impl->counts);
    impl->disk = std::make_unique<Errands>(impl->limits.disk_reads);
    impl->patience = std::make_unique<Patience>(impl->limits.patience);
    for (Listener& listener : *listeners) {
        impl->sockets.push_back(listener.fd);
        impl->addresses.push_back(std::move(listener.address));
    }
    for (std::size_t i = 0; i < impl->sockets.size(); ++i) {
        auto door = impl->open_door(i, impl->access ? impl->access->state() : nullptr);
        if (!door) {
            impl->stop();
            return tl::unexpected(door.error());
        }
        impl->doors.push_back(std::move(*door));
    }
    impl->care_thread = std::thread([server = impl.get()] { server->care(); });
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
