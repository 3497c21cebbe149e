#include "control/http/server_facts.h"

#include <nlohmann/json.hpp>

#include "control/config/listen.h"
#include "control/export/families.h"
#include "control/log.h"

namespace lull {

Result<ServerOptions> server_options(const Config& config) {
    ServerOptions options;
    if (config.http.web_config) {
        auto access = WebAccess::open(*config.http.web_config);
        if (!access) return within(where(config, "http.web_config"), access.error());
        options.access = std::move(*access);
    }
    return options;
}

void add_server_families(const ServerCounts& counts, const WebAccess* access, FamilyList& list) {
    list.gauge("lull_http_streams", "Open streams of Server-Sent Events.");
    list.add(static_cast<double>(counts.streams_open.load()));
    list.counter("lull_http_refused_total", "Requests that were turned away at the door.");
    const auto refused = [&](const char* reason, uint64_t count) {
        list.add(static_cast<double>(count), {{"reason", reason}});
    };
    refused("streams", counts.streams_refused.load());
    refused("password", counts.wrong_passwords.load());
    refused("too_many_passwords", counts.unasked_passwords.load());
    refused("certificate", counts.refused_certificates.load());
    refused("slow", counts.cut_clients.load());
    if (access == nullptr) {
        return;
    }
    const WebAccess::Record record = access->record();
    list.gauge("lull_web_config_last_reload_successful",
               "Whether the web configuration in force is the file's.");
    list.add(record.last_ok ? 1 : 0);
    list.gauge("lull_web_config_last_reload_success_timestamp_seconds", "When it was last taken.");
    list.add(static_cast<double>(record.last_success_s));
}

nlohmann::json server_json(const ServerCounts& counts, const WebAccess* access) {
    const auto state = access != nullptr ? access->state() : nullptr;
    const auto record = access != nullptr ? access->record() : WebAccess::Record{};
    const char* const file = access == nullptr ? "none" : record.last_ok ? "ok" : "old";
    return {{"tls", state && state->tls},
            {"users", state ? state->config.users.size() : 0},
            {"web_config", file},
            {"web_config_error", record.error},
            {"streams", counts.streams_open.load()}};
}

std::string warning_of_listener(const std::string& listen, const WebState* web) {
    const auto address = parse_listen(listen);
    if (!address || address->loopback) return "";
    const bool tls = web != nullptr && web->tls;
    const bool users = web != nullptr && !web->config.users.empty();
    const bool certificates = tls && web->tls->client_auth == ClientAuth::kRequire;
    if (!tls && !users) return listen + " is open to the network, without TLS and password";
    if (!tls)
        return listen + " is open to the network, and passwords cross it in the clear: no TLS";
    if (!users && !certificates) {
        return listen +
               " is open to the network: whoever reaches it may read, without password "
               "and client certificate";
    }
    return "";
}

void tell_listeners(const std::vector<std::string>& addresses, const WebAccess* access) {
    const auto web = access != nullptr ? access->state() : nullptr;
    for (const std::string& address : addresses) {
        log_info("listening on {}://{}/", web && web->tls ? "https" : "http", address);
        if (const std::string open = warning_of_listener(address, web.get()); !open.empty()) {
            log_warning("{}: see http.web_config and configs/web-config.yaml", open);
        }
    }
}

}  // namespace lull
