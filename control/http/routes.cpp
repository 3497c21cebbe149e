#include "control/http/routes.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "control/country.h"
#include "control/export/explain.h"
#include "control/export/inspected.h"
#include "control/export/json.h"
#include "control/export/members.h"
#include "control/export/past.h"
#include "control/export/seen_sample.h"
#include "control/http/feed.h"
#include "control/http/page.h"
#include "control/http/page_frame.h"
#include "control/log.h"
#include "control/time_text.h"
#include "control/web/embedded.h"

namespace lull {
namespace {

using Sources = std::shared_ptr<const RouteSources>;

Response json_response(const nlohmann::json& document) {
    Response response;
    response.body = dump_json(document);
    return response;
}

Response text_response(unsigned status, std::string text) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
}

/// A handler that needs a view; before the first one the answer is 503.
template <typename Function>
Handler with_view(const Sources& sources, Function answer) {
    return [sources, answer](const Request& request) -> Response {
        const std::shared_ptr<const View> view = sources->view();
        if (!view) {
            return error_response(503, "lull is starting: its first tick is not over yet");
        }
        return answer(request, *view);
    };
}

Response ready(const RouteSources& sources) {
    const std::shared_ptr<const View> view = sources.view();
    if (view && view->ready) {
        return text_response(200, "lull is ready.\n");
    }
    return text_response(
        503, fmt::format("lull is not ready: {}.\n", !view ? "its first tick is not over yet"
                                                     : view->not_ready_reason.empty()
                                                         ? "it has just started"
                                                         : view->not_ready_reason));
}

Response page(const RouteSources& sources) {
    const std::shared_ptr<const View> view = sources.view();
    Response response;
    response.content_type = "text/html; charset=utf-8";
    response.content_security = page_content_security();
    response.body = view ? render_page(*view, sources.build.version)
                         : render_waiting_page(sources.build.version);
    return response;
}

/// Every scrape is made anew, but for those that come within a second of one that a client still
/// takes: a crowd that reads slowly holds one text, not one each.
Handler metrics_handler(const Sources& sources) {
    static constexpr std::chrono::seconds kTogether{1};
    struct Last {
        std::mutex mutex;
        std::weak_ptr<const std::string> text;
        std::chrono::steady_clock::time_point made{};
    };
    return [sources, last = std::make_shared<Last>()](const Request&) {
        Response response;
        response.content_type = kMetricsContentType;
        const std::scoped_lock lock(last->mutex);
        const auto now = std::chrono::steady_clock::now();
        response.shared = last->text.lock();
        if (response.shared == nullptr || now - last->made > kTogether) {
            response.shared = std::make_shared<const std::string>(sources->metrics());
            last->text = response.shared;
            last->made = now;
        }
        return response;
    };
}

Response reload(const RouteSources& sources, const Request& request) {
    // lull's own page has no button for this: a browser that sends it was made to by another's.
    if (!request.origin.empty()) {
        return error_response(403, "a reload is not taken from a web page");
    }
    ShiftWord word = ShiftWord::kNone;
    for (const auto& [key, value] : request.query) {
        if (key != "accept_shift" || value != "yes") {
            return error_response(400,
                                  "a reload takes nothing but ?accept_shift=yes, which takes "
                                  "a table that moves much of a country's traffic");
        }
        word = ShiftWord::kAccepted;
    }
    const ReloadReply reply = sources.reload(word);
    Response response = json_response(reply.body);
    switch (reply.outcome) {
        case ReloadReply::Outcome::kApplied:
            response.status = 200;
            break;
        case ReloadReply::Outcome::kRefused:
            response.status = 400;
            break;
        case ReloadReply::Outcome::kBusy:
            return error_response(409, "a reload is running: wait for it");
    }
    return response;
}

/// `key` of the query: a duration back from the view's time ("7d"), or an instant.
Result<std::optional<int64_t>> parse_since(const Request& request, const char* key,
                                           int64_t now_ns) {
    const auto found = request.query.find(key);
    if (found == request.query.end()) {
        return std::optional<int64_t>();
    }
    if (const auto seconds = parse_duration_s(found->second)) {
        const double back_ns = std::min(*seconds * 1e9, static_cast<double>(now_ns));
        return std::optional(now_ns - static_cast<int64_t>(std::max(back_ns, 0.0)));
    }
    if (const auto instant = parse_time_ns(found->second)) {
        return std::optional(*instant);
    }
    return refused("{}: write a duration such as 7d, or a time such as 2014-12-22T16:15:00Z", key);
}

/// Older than what the view has; the view knows the others better.
nlohmann::json only_stored(const RouteSources& sources, const View& view, int64_t since_ns) {
    nlohmann::json list = nlohmann::json::array();
    const auto stored = sources.stored_incidents(since_ns);
    if (!stored) {
        static LogLimit limit;
        log_limited(limit, LogLevel::kWarning, "store: {}", stored.error().message);
        return list;
    }
    for (const Incident& incident : *stored) {
        if (incident.end_ns &&
            (view.incidents.empty() || incident.id < view.incidents.front().id)) {
            list.push_back(incident_json(incident));
        }
    }
    return list;
}

/// A whole number of the query, at least 1; nothing: it was not given.
Result<std::optional<uint64_t>> parse_number(const Request& request, const char* key) {
    const auto found = request.query.find(key);
    if (found == request.query.end()) {
        return std::optional<uint64_t>();
    }
    uint64_t value = 0;
    const char* const end = found->second.data() + found->second.size();
    const auto read = std::from_chars(found->second.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || value == 0) {
        return refused("{}: write a whole number from 1 up", key);
    }
    return std::optional(value);
}

/// Of a list by rising id the page that ends before `before`; the id before which the next page
/// ends, null when there is none.
nlohmann::json cut_page(nlohmann::json& list, uint64_t before, uint64_t limit) {
    nlohmann::json page = nlohmann::json::array();
    for (nlohmann::json& incident : list) {
        if (incident["id"].get<uint64_t>() < before) {
            page.push_back(std::move(incident));
        }
    }
    nlohmann::json next = nullptr;
    if (page.size() > limit) {
        page.erase(page.begin(), page.end() - static_cast<std::ptrdiff_t>(limit));
        next = page.front()["id"];
    }
    list = std::move(page);
    return next;
}

Response incidents(const RouteSources& sources, const Request& request, const View& view) {
    const auto limit = parse_number(request, "limit");
    const auto before = parse_number(request, "before");
    if (!limit || !before) {
        return error_response(400, (!limit ? limit : before).error().message);
    }
    const auto since_ns = parse_since(request, "since", view.tick_end_ns);
    if (!since_ns) {
        return error_response(400, since_ns.error().message);
    }
    nlohmann::json list = nlohmann::json::array();
    if (*since_ns && sources.stored_incidents) {
        list = only_stored(sources, view, **since_ns);
    }
    for (nlohmann::json& incident : incidents_json(view, *since_ns)) {
        list.push_back(std::move(incident));
    }
    constexpr uint64_t kAll = std::numeric_limits<int32_t>::max();
    const nlohmann::json next =
        cut_page(list, before->value_or(std::numeric_limits<uint64_t>::max()),
                 std::min(limit->value_or(kAll), kAll));
    return json_response({{"time", format_time(view.tick_end_ns)},
                          {"incidents", std::move(list)},
                          {"next_before", next}});
}

Response past_country(const RouteSources& sources, const View& view, CountryId id, int64_t at_ns) {
    if (!sources.decision_at) {
        return error_response(404, "nothing is kept of the past: store.path is null");
    }
    const auto decision = sources.decision_at(id, at_ns);
    if (!decision) {
        return error_response(503, decision.error().message);
    }
    std::vector<Incident> incidents = view.incidents;
    if (const auto stored =
            sources.stored_incidents ? sources.stored_incidents(at_ns) : view.incidents) {
        for (const Incident& incident : *stored) {
            if (incident.end_ns &&
                (view.incidents.empty() || incident.id < view.incidents.front().id)) {
                incidents.push_back(incident);
            }
        }
    }
    return json_response(past_json(id, at_ns, *decision, incidents));
}

Response one_country(const RouteSources& sources, const Request& request, const View& view) {
    constexpr std::string_view kPrefix = "/api/v1/countries/";
    constexpr std::string_view kSeries = "/series";
    std::string code = request.path.substr(kPrefix.size());
    const bool wants_day = code.ends_with(kSeries);
    code.resize(code.size() - (wants_day ? kSeries.size() : 0));
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const std::optional<CountryId> id = find_country(code);
    if (!id) {
        return error_response(404, "no such country: give an ISO 3166-1 alpha-2 code, such as KP");
    }
    if (wants_day) {
        return sources.day_of ? json_response(sources.day_of(*id))
                              : error_response(404, "no day is kept here");
    }
    const auto at_ns = parse_since(request, "at", view.tick_end_ns);
    if (!at_ns) {
        return error_response(400, at_ns.error().message);
    }
    if (*at_ns) {
        return past_country(sources, view, *id, **at_ns);
    }
    nlohmann::json document = country_json(view, *id);
    if (const CountryRow row = country_row(view, *id); row.seen() && *id != kCountryUnknown) {
        document["explain"] = explain_json(view, row);
    }
    document["country"] = code;
    document["time"] = format_time(view.tick_end_ns);
    nlohmann::json own = nlohmann::json::array();
    for (const Incident& incident : view.incidents) {
        if (incident.country == id) {
            own.push_back(incident_json(incident));
        }
    }
    document["incidents"] = std::move(own);
    return json_response(document);
}

Response status(const RouteSources& sources, const View& view) {
    nlohmann::json document = status_json(view);
    document["version"] = sources.build.version;
    document["revision"] = sources.build.revision;
    if (sources.server) {
        document["http"] = sources.server();
    }
    return json_response(document);
}

std::vector<Route> api_routes(const Sources& sources) {
    return {
        {"GET", "/api/v1/status",
         with_view(sources,
                   [sources](const Request&, const View& view) { return status(*sources, view); })},
        {"GET", "/api/v1/countries",
         with_view(sources, [](const Request&,
                               const View& view) { return json_response(countries_json(view)); })},
        {"GET", "/api/v1/countries/",
         with_view(sources,
                   [sources](const Request& request, const View& view) {
                       return one_country(*sources, request, view);
                   })},
        {"GET", "/api/v1/incidents",
         with_view(sources,
                   [sources](const Request& request, const View& view) {
                       return incidents(*sources, request, view);
                   })},
        {"GET", "/api/v1/origins",
         with_view(sources, [](const Request&,
                               const View& view) { return json_response(origins_json(view)); })},
        {"GET", "/api/v1/signatures",
         with_view(sources, [](const Request&,
                               const View& view) { return json_response(signatures_json(view)); })},
        {"GET", "/api/v1/sites",
         with_view(sources, [](const Request&,
                               const View& view) { return json_response(sites_json(view)); })},
        {"GET", "/api/v1/members",
         with_view(sources, [](const Request&,
                               const View& view) { return json_response(members_json(view)); })},
        {"GET", "/api/v1/seen_networks",
         with_view(sources, [](const Request&,
                               const View& view) { return json_response(seen_json(view)); })},
        {"GET", "/api/v1/maintenance",
         with_view(sources,
                   [](const Request&, const View& view) {
                       return json_response(maintenances_json(view));
                   })},
        {"GET", "/api/v1/config",
         [sources](const Request&) { return json_response(sources->config()); }},
    };
}

}  // namespace

std::string tick_event(const View& view) {
    const nlohmann::json tick = {
        {"time", format_time(view.tick_end_ns)},
        {"published", format_time(static_cast<int64_t>(view.published_wall_s * 1e9))},
        {"version", view.version}};
    return fmt::format("event: tick\ndata: {}\n\n", tick.dump());
}

std::vector<Route> make_routes(RouteSources given) {
    const Sources sources = std::make_shared<const RouteSources>(std::move(given));
    std::vector<Route> routes = api_routes(sources);
    routes.push_back({"GET", "/", [sources](const Request&) { return page(*sources); }});
    routes.push_back(
        {"GET", "/assets/atlas-50m.json",
         [atlas = std::make_shared<const std::string>(embedded_atlas())](const Request&) {
             Response response;
             response.shared = atlas;
             return response;
         }});
    routes.push_back(
        {"GET", "/feed.atom", with_view(sources, [sources](const Request&, const View& view) {
             Response response;
             response.content_type = kAtomContentType;
             response.body = atom_feed(
                 view, {.base_url = sources->external_url, .version = sources->build.version});
             return response;
         })});
    for (Route& route : routes) {
        route.cache = RouteCache::kCheck;
        // The past is asked for by these, and is in the store.
        route.disk_key = route.path == "/api/v1/incidents"    ? "since"
                         : route.path == "/api/v1/countries/" ? "at"
                                                              : "";
    }
    routes.push_back({"GET", "/api/v1/stream",
                      with_view(sources,
                                [](const Request&, const View& view) {
                                    Response response;
                                    response.content_type = "text/event-stream";
                                    response.body = tick_event(view);
                                    return response;
                                }),
                      RouteRun::kStream});
    routes.push_back({"GET", "/metrics", metrics_handler(sources)});
    routes.push_back({"GET", "/-/healthy",
                      [](const Request&) { return text_response(200, "lull is healthy.\n"); }});
    routes.push_back({"GET", "/-/ready", [sources](const Request&) { return ready(*sources); }});
    for (Route& route : operator_routes(sources->ask_operator)) {
        routes.push_back(std::move(route));
    }
    if (sources->reload) {
        routes.push_back({"POST", "/-/reload",
                          [sources](const Request& request) { return reload(*sources, request); },
                          RouteRun::kAlone});
    } else {
        routes.push_back({"POST", "/-/reload", [](const Request&) {
                              return error_response(
                                  403,
                                  "reload over HTTP is off: set http.enable_lifecycle: true, "
                                  "or send SIGHUP");
                          }});
    }
    return routes;
}

}  // namespace lull
