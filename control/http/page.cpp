#include "control/http/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "control/export/summary.h"
#include "control/http/html.h"
#include "control/http/page_frame.h"
#include "control/time_text.h"

namespace lull {
namespace {

std::string readable(std::string_view name) {
    std::string text(name);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

/// The gravest states first, then by how far below expectation.
int gravity(State state) {
    switch (state) {
        case State::kOutage:
            return 0;
        case State::kPartialOutage:
            return 1;
        case State::kUnstable:
            return 2;
        case State::kProbation:
            return 3;
        case State::kSuspect:
            return 4;
        case State::kBlind:
            return 5;
        case State::kNormal:
            return 6;
        case State::kLearning:
            return 7;
        case State::kInsufficient:
            return 8;
    }
    return 9;
}

std::vector<CountryRow> by_shortfall(const View& view) {
    std::vector<CountryRow> rows = seen_countries(view);
    std::erase_if(rows, [](const CountryRow& row) { return row.id == kCountryUnknown; });
    const auto rank = [](const CountryRow& row) {
        return std::tuple(gravity(row.verdict->state),
                          row.verdict->ratio.value_or(std::numeric_limits<double>::max()),
                          -row.verdict->observed_life_per_s);
    };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const CountryRow& a, const CountryRow& b) { return rank(a) < rank(b); });
    return rows;
}

void render_foot(Html& html, std::string_view version) {
    html.raw(
            "<footer><nav aria-label=\"Machine-readable\"><a href=\"/metrics\">metrics</a> "
            "<a href=\"/api/v1/status\">status</a> <a href=\"/api/v1/countries\">countries</a> "
            "<a href=\"/api/v1/incidents\">incidents</a> <a href=\"/api/v1/origins\">origins</a> "
            "<a href=\"/api/v1/config\">config</a></nav><p>lull ")
        .text(version)
        .raw("</p></footer>\n");
}

void render_head(Html& html, const View& view, const Summary& summary) {
    html.raw("<header><p class=\"site\"><strong>").text(view.site).raw("</strong><span>");
    html.text(view.tick_end_ns > 0 ? format_time(view.tick_end_ns / 1'000'000'000 * 1'000'000'000)
                                   : "no tick yet");
    if (view.clock_scale != 1) {
        html.text(fmt::format(" · {:g} × real time", view.clock_scale));
    }
    html.raw("</span></p>\n");
    switch (summary.mood) {
        case Mood::kCalm:
            html.raw("<h1 class=\"calm\">");
            break;
        case Mood::kWaiting:
            html.raw("<h1 class=\"waiting\">");
            break;
        case Mood::kBlind:
            html.raw("<h1 class=\"blind\">");
            break;
        case Mood::kAlarm:
            html.raw("<h1 class=\"alarm\">");
            break;
    }
    html.text(summary.sentences.front()).raw("</h1>\n");
    for (std::size_t i = 1; i < summary.sentences.size(); ++i) {
        html.raw("<p class=\"more\">").text(summary.sentences[i]).raw("</p>\n");
    }
    html.raw("</header>\n");
}

void render_incident(Html& html, const View& view, const Incident& incident) {
    const auto time = [&](int64_t time_ns) { return short_time(time_ns, view.tick_end_ns); };
    html.raw("<li><p><strong>")
        .text(incident_subject(incident))
        .raw("</strong> <span class=\"state outage\">")
        .text(readable(kind_name(incident.kind)))
        .raw("</span>, ")
        .text(readable(scope_name(incident.scope)))
        .raw("</p><p class=\"facts\">")
        .text(fmt::format("Since {}, detected {}, last verified {}; {} at the lowest, {} {}; "
                          "number {}",
                          time(incident.start_ns), time(incident.detected_ns),
                          time(incident.last_verified_ns), spoken_ratio(incident.lowest_ratio),
                          incident.edges, incident.edges == 1 ? "edge" : "edges", incident.id))
        .raw("</p>");
    const auto remark = [&](std::string_view what, const Remark& said) {
        html.raw("<p class=\"facts\">")
            .text(fmt::format("{} at {}{}{}{}{}", what, time(said.time_ns),
                              said.by.empty() ? "" : " by ", said.by, said.text.empty() ? "" : ": ",
                              said.text))
            .raw("</p>");
    };
    if (incident.acknowledged) {
        remark("Acknowledged", *incident.acknowledged);
    }
    for (const Remark& note : incident.notes) {
        remark("Noted", note);
    }
    if (!incident.evidence.empty()) {
        html.raw("<details><summary>Evidence</summary><ul>");
        for (const std::string& sentence : incident.evidence) {
            html.raw("<li>").text(sentence).raw("</li>");
        }
        html.raw("</ul></details>");
    }
    html.raw("</li>\n");
}

void render_incidents(Html& html, const View& view) {
    constexpr std::size_t kMaxClosed = 10;  // the newest; the API has them all
    html.raw("<section><h2>Open incidents</h2>\n");
    std::size_t open = 0;
    for (auto each = view.incidents.rbegin(); each != view.incidents.rend(); ++each) {
        if (!each->end_ns && each->part_of == 0) {
            if (open++ == 0) {
                html.raw("<ul class=\"incidents\">\n");
            }
            render_incident(html, view, *each);
        }
    }
    open > 0 ? html.raw("</ul>\n") : html.raw("<p>None.</p>\n");
    html.raw("</section>\n");
    std::size_t closed = 0;
    for (auto each = view.incidents.rbegin(); each != view.incidents.rend() && closed < kMaxClosed;
         ++each) {
        if (each->end_ns && each->part_of == 0) {
            if (closed++ == 0) {
                html.raw("<section><h2>Over</h2>\n<ul class=\"past\">\n");
            }
            html.raw("<li>").text(incident_sentence(view, *each)).raw("</li>\n");
        }
    }
    if (closed > 0) {
        html.raw("</ul></section>\n");
    }
}

void render_maintenance(Html& html, const View& view) {
    for (const AnnouncedMaintenance& entry : view.maintenance) {
        if (entry.until_ns() <= view.tick_end_ns) {
            continue;
        }
        const Maintenance& window = entry.window;
        html.raw("<p class=\"facts\">Maintenance of ")
            .text(!window.group.empty()     ? "group " + window.group
                  : !window.country.empty() ? window.country
                                            : std::string("the whole site"))
            .text(window.from_ns > view.tick_end_ns
                      ? fmt::format(" from {}", short_time(window.from_ns, view.tick_end_ns))
                      : std::string())
            .text(fmt::format(" until {}", short_time(entry.until_ns(), view.tick_end_ns)))
            .text(window.name.empty() ? "" : ": " + window.name)
            .raw("</p>\n");
    }
}

void render_sensors(Html& html, const View& view) {
    html.raw(
        "<section><h2>Sensors</h2>\n<div class=\"wide\"><table>\n<thead><tr>"
        "<th scope=\"col\">Port</th><th scope=\"col\">Sees</th>"
        "<th scope=\"col\" class=\"n\">Received</th><th scope=\"col\" class=\"n\">Counted</th>"
        "<th scope=\"col\" class=\"n\">Rejected</th><th scope=\"col\" class=\"n\">Missed</th>"
        "<th scope=\"col\" class=\"n more-room\">Free buffers</th></tr></thead>\n<tbody>\n");
    for (const PortView& port : view.ports) {
        uint64_t rejected = 0;
        for (std::size_t i = 1; i < kRejectCount; ++i) {
            rejected += port.totals.rejected[i];
        }
        std::string state = port.healthy ? "healthy" : "unhealthy";
        if (!port.reason.empty()) {
            const bool says_name = port.reason.starts_with(port.name + ": ");
            state = port.reason.substr(says_name ? port.name.size() + 2 : 0);
        }
        html.raw("<tr><th scope=\"row\" class=\"port\">")
            .text(port.name)
            .raw("</th><td><span class=\"state ");
        html.text(!port.healthy ? "blind" : port.degraded ? "suspect" : "normal").raw("\">");
        html.text(state).raw("</span></td>");
        const double numbers[] = {static_cast<double>(port.totals.received_packets),
                                  static_cast<double>(port.totals.counted_packets),
                                  static_cast<double>(rejected),
                                  static_cast<double>(port.totals.missed_packets)};
        for (const double number : numbers) {
            html.raw("<td class=\"n\">").text(spoken_count(number)).raw("</td>");
        }
        html.raw("<td class=\"n more-room\">")
            .text(fmt::format("{} of {}", spoken_count(port.totals.mbufs_free),
                              spoken_count(port.totals.mbufs_capacity)))
            .raw("</td></tr>\n");
    }
    html.raw("</tbody></table></div>\n");
    render_maintenance(html, view);
    html.raw("</section>\n");
}

void render_country(Html& html, const View& view, const CountryRow& row) {
    const CountryVerdict& verdict = *row.verdict;
    const Country& who = country(row.id);
    html.raw("<tr><th scope=\"row\"><abbr title=\"")
        .text(who.timezone)
        .raw("\">")
        .text(who.code)
        .raw("</abbr> <span class=\"name\">")
        .text(who.name)
        .raw("</span></th><td><span class=\"state ")
        .text(state_name(verdict.state))
        .raw("\" title=\"since ")
        .text(short_time(verdict.state_since_ns, view.tick_end_ns))
        .raw("\">")
        .text(readable(state_name(verdict.state)))
        .raw("</span>");
    if (verdict.doubtful) {
        html.raw(" <span class=\"facts\">doubtful</span>");
    }
    html.raw("</td><td class=\"n\">");
    if (verdict.ratio) {
        const double width = std::clamp(*verdict.ratio, 0.0, 1.0) * 72;
        html.raw(
                "<svg class=\"bar\" width=\"72\" height=\"8\" aria-hidden=\"true\">"
                "<rect class=\"rail\" width=\"72\" height=\"8\"/>"
                "<rect class=\"fill\" height=\"8\" width=\"")
            .text(fmt::format("{:.0f}", width))
            .raw("\"/></svg><span class=\"ratio\">")
            .text(spoken_ratio(*verdict.ratio))
            .raw("</span>");
    } else {
        html.raw("–");
    }
    html.raw("</td>");
    const auto cell = [&](const std::string& text) {
        html.raw("<td class=\"n more-room\">").text(text).raw("</td>");
    };
    cell(spoken_rate(verdict.observed_life_per_s));
    cell(verdict.expected_life_per_s ? spoken_rate(*verdict.expected_life_per_s) : "–");
    cell(spoken_count(row.facts->active_sources));
    cell(spoken_count(static_cast<double>(row.facts->traffic.sent_packets)));
    cell(spoken_count(static_cast<double>(row.facts->traffic.received_packets)));
    cell(verdict.detectable_s ? spoken_duration(*verdict.detectable_s) : "–");
    html.raw("</tr>\n");
}

void render_countries(Html& html, const View& view) {
    const std::vector<CountryRow> rows = by_shortfall(view);
    html.raw("<section><h2>Countries</h2>\n<p class=\"facts\">")
        .text(fmt::format("{} seen of {}; furthest below expectation first.", rows.size(),
                          countries().size() - 1))
        .raw(
            "</p>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Country</th>"
            "<th scope=\"col\">State</th><th scope=\"col\" class=\"n\">Of expected</th>"
            "<th scope=\"col\" class=\"n more-room\">Life / s</th>"
            "<th scope=\"col\" class=\"n more-room\">Expected / s</th>"
            "<th scope=\"col\" class=\"n more-room\">Networks active</th>"
            "<th scope=\"col\" class=\"n more-room\">Packets sent</th>"
            "<th scope=\"col\" class=\"n more-room\">Received</th>"
            "<th scope=\"col\" class=\"n more-room\">Provable in</th></tr></thead>\n<tbody>\n");
    for (const CountryRow& row : rows) {
        render_country(html, view, row);
    }
    html.raw("</tbody></table></div></section>\n");
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string render_content(const View& view, std::string_view version) {
    Html html;
    render_head(html, view, summarise(view));
    html.raw("<main>\n");
    render_incidents(html, view);
    render_sensors(html, view);
    render_countries(html, view);
    html.raw("</main>\n");
    render_foot(html, version);
    return html.take();
}

std::string render_page(const View& view, std::string_view version) {
    const uint32_t open = summarise(view).open_incidents;
    return fill_page(open > 0 ? fmt::format("({}) {} – lull", open, view.site)
                              : fmt::format("{} – lull", view.site),
                     render_content(view, version));
}

std::string render_waiting_page(std::string_view version) {
    Html html;
    html.raw(
        "<header><h1 class=\"waiting\">lull is starting: its first tick is not over "
        "yet.</h1></header>\n");
    render_foot(html, version);
    return fill_page("lull", html.take());
}

}  // namespace lull
