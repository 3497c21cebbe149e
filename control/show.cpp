#include "control/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "control/config/diff.h"
#include "control/export/summary.h"
#include "control/json_fields.h"
#include "control/show_explain.h"
#include "control/show_inspected.h"
#include "control/show_members.h"
#include "control/show_routing.h"
#include "control/show_text.h"
#include "control/text_table.h"

namespace lull {
namespace {

using nlohmann::json;

std::string countries_text(const json& document) {
    TextTable table({{"CC"},
                     {"COUNTRY"},
                     {"STATE"},
                     {"OF EXPECTED", Align::kRight},
                     {"LIFE/S", Align::kRight},
                     {"EXPECTED/S", Align::kRight},
                     {"NETWORKS", Align::kRight},
                     {"SENT", Align::kRight},
                     {"RECEIVED", Align::kRight},
                     {"PROVABLE IN", Align::kRight}});
    std::vector<std::pair<double, std::string>> order;
    const json& list = field(document, "countries");
    for (const auto& [code, entry] : list.items()) {
        if (field(entry, "sent_packets").is_number()) {  // never seen: state alone
            const json& ratio = field(entry, "ratio");
            order.emplace_back(ratio.is_number() ? ratio.get<double>() : 1e9, code);
        }
    }
    std::sort(order.begin(), order.end());
    for (const auto& [ratio, code] : order) {
        const json& entry = list[code];
        table.row({code, plain(field(entry, "name")), plain(field(entry, "state")),
                   percent(field(entry, "ratio")), rate(field(entry, "observed_flows_per_second")),
                   rate(field(entry, "expected_flows_per_second")),
                   plain(field(entry, "active_sources")), plain(field(entry, "sent_packets")),
                   plain(field(entry, "received_packets")),
                   duration(field(entry, "detectable_seconds"))});
    }
    return table.text();
}

/// Of an acknowledgement; "-": nobody has said so.
std::string who_looks(const json& acknowledged) {
    if (!acknowledged.is_object()) {
        return "-";
    }
    const std::string by = plain(field(acknowledged, "by"));
    return by.empty() ? "acknowledged" : by;
}

/// What operators have said, a line each, under the table.
std::string remarks_text(const json& list) {
    std::string out;
    const auto add = [&out](const json& incident, const json& remark, const char* key) {
        const std::string by = plain(field(remark, "by"));
        const std::string text = plain(field(remark, key));
        out += printable_text(fmt::format("  {}: {}{}{}: {}", plain(field(incident, "id")),
                                          plain(field(remark, "at")), by.empty() ? "" : " ", by,
                                          text.empty() ? "acknowledged" : text)) +
               "\n";
    };
    for (const json& incident : list) {
        if (const json& acknowledged = field(incident, "acknowledged"); acknowledged.is_object()) {
            add(incident, acknowledged, "note");
        }
        for (const json& note : field(incident, "notes")) {
            add(incident, note, "text");
        }
    }
    return out;
}

std::string incidents_text(const json& list) {
    if (list.empty()) {
        return "No incidents.\n";
    }
    TextTable table({{"ID", Align::kRight},
                     {"CC"},
                     {"KIND"},
                     {"SCOPE"},
                     {"START"},
                     {"DETECTED"},
                     {"END"},
                     {"LOWEST", Align::kRight},
                     {"EDGES", Align::kRight},
                     {"LOOKS"}});
    for (const json& entry : list) {
        const json& end = field(entry, "end");
        const json& member = field(entry, "member");
        const json& who = member.is_object() ? field(member, "member") : field(entry, "country");
        const json& countries = field(entry, "countries");
        const json& part_of = field(entry, "part_of");
        const bool several = who.is_null() && countries.is_array() && !countries.empty();
        table.row({plain(field(entry, "id")),
                   several ? fmt::format("{} countries", countries.size()) : plain(who),
                   plain(field(entry, "kind")) +
                       (part_of.is_null() ? "" : " (of " + plain(part_of) + ")"),
                   plain(field(entry, "scope")), plain(field(entry, "start")),
                   plain(field(entry, "detected")), end.is_null() ? "open" : plain(end),
                   percent(field(entry, "lowest_ratio")), plain(field(entry, "edges")),
                   who_looks(field(entry, "acknowledged"))});
    }
    return table.text() + remarks_text(list);
}

std::string country_text(const json& document, ShowDetail detail) {
    std::string out = fmt::format("{} ({}): {}", plain(field(document, "country")),
                                  plain(field(document, "name")), plain(field(document, "state")));
    out = printable_text(out);
    if (field(document, "ratio").is_number()) {
        out += fmt::format(", {} of expected", percent(field(document, "ratio")));
    }
    out += "\n";
    if (field(document, "sent_packets").is_null()) {
        return out + "No packet of it was seen since the start.\n";
    }
    Lines lines;
    lines.add("state since", plain(field(document, "state_since")));
    lines.add("sent", fmt::format("{} packets, {} bytes", plain(field(document, "sent_packets")),
                                  plain(field(document, "sent_bytes"))));
    lines.add("received",
              fmt::format("{} packets, {} bytes", plain(field(document, "received_packets")),
                          plain(field(document, "received_bytes"))));
    lines.add("networks active", plain(field(document, "active_sources")));
    lines.add("networks in the table",
              fmt::format("{} IPv4, {} IPv6", plain(field(document, "networks_v4")),
                          plain(field(document, "networks_v6"))));
    out += lines.text() + routing_text(field(document, "routing")) +
           country_members_text(field(document, "members"));
    if (detail == ShowDetail::kExplain) {
        out += '\n';
        out += explain_text(document);
    }
    const json& incidents = field(document, "incidents");
    if (!incidents.empty()) {
        out += '\n';
        out += incidents_text(incidents);
    }
    if (detail == ShowDetail::kExplain) {
        for (const json& incident : incidents) {
            for (const json& sentence : field(incident, "evidence")) {
                out += fmt::format("  {}: {}\n", plain(field(incident, "id")),
                                   printable_text(plain(sentence)));
            }
        }
    }
    return out;
}

std::string past_text(const json& document) {
    std::string out = fmt::format("{} ({}) at {}", plain(field(document, "country")),
                                  plain(field(document, "name")), plain(field(document, "time")));
    const json& recorded = field(document, "recorded");
    out += recorded.is_null() ? ": " + plain(field(document, "why"))
                              : ", as recorded at " + plain(recorded);
    out = printable_text(out) + "\n" + (recorded.is_null() ? "" : explain_text(document));
    const json& incidents = field(document, "incidents");
    return incidents.empty() ? out : out + "\n" + incidents_text(incidents);
}

std::string origins_text(const json& document) {
    TextTable table({{"ASN", Align::kRight},
                     {"CC"},
                     {"SENT PACKETS", Align::kRight},
                     {"SENT BYTES", Align::kRight},
                     {"RECEIVED PACKETS", Align::kRight},
                     {"RECEIVED BYTES", Align::kRight}});
    for (const json& entry : field(document, "origins")) {
        table.row({plain(field(entry, "asn")), plain(field(entry, "country")),
                   plain(field(entry, "sent_packets")), plain(field(entry, "sent_bytes")),
                   plain(field(entry, "received_packets")), plain(field(entry, "received_bytes"))});
    }
    return table.text();
}

std::string workers_text(const json& document) {
    TextTable workers({{"WORKER", Align::kRight},
                       {"GROUP"},
                       {"BUSY", Align::kRight},
                       {"FULL BURSTS", Align::kRight},
                       {"RECEIVED", Align::kRight},
                       {"OF THEM"}});
    for (const json& worker : field(document, "workers")) {
        std::string queues;
        for (const json& queue : field(worker, "queues")) {
            queues += fmt::format("{}{} queue {}: {}", queues.empty() ? "" : ", ",
                                  plain(field(queue, "port")), plain(field(queue, "queue")),
                                  plain(field(queue, "received_packets")));
        }
        workers.row({plain(field(worker, "core")), plain(field(worker, "group")),
                     percent(field(worker, "busy_ratio")),
                     percent(field(worker, "full_burst_ratio")),
                     plain(field(worker, "received_packets")), queues});
    }
    std::string skews;
    for (const json& group : field(document, "groups")) {
        if (const json& skew = field(group, "worker_skew"); skew.is_number()) {
            skews += fmt::format("\n{}: the busiest worker has {:.2f} times the mean.",
                                 printable_text(plain(field(group, "name"))), skew.get<double>());
        }
    }
    return workers.text() + (skews.empty() ? "" : skews + "\n");
}

std::string health_text(const json& document) {
    std::string out = printable_text(plain(field(document, "summary"))) + "\n\n";
    Lines lines;
    lines.add("site", plain(field(document, "site")));
    lines.add("version", plain(field(document, "version")));
    lines.add("ready", plain(field(document, "ready")));
    lines.add("blind", plain(field(document, "blind")));
    lines.add("last tick", plain(field(document, "time")));
    lines.add("incidents open", plain(field(document, "incidents_open")));
    const json& table = field(document, "table");
    lines.add(
        "origin table",
        fmt::format("{} IPv4 and {} IPv6 prefixes, built {}", plain(field(table, "prefixes_v4")),
                    plain(field(table, "prefixes_v6")), plain(field(table, "built_at"))));
    lines.add("last reload", field(document, "config_last_reload_successful") == json(false)
                                 ? "refused: the old configuration stays"
                                 : "applied");
    TextTable ports({{"PORT"},
                     {"HEALTHY"},
                     {"RECEIVED", Align::kRight},
                     {"COUNTED", Align::kRight},
                     {"MISSED", Align::kRight},
                     {"LOST BEFORE", Align::kRight},
                     {"TWICE", Align::kRight},
                     {"BUFFERS FREE", Align::kRight},
                     {"REASON"}});
    for (const json& port : field(document, "ports")) {
        ports.row(
            {plain(field(port, "name")),
             field(port, "degraded") == json(true) ? "degraded" : plain(field(port, "healthy")),
             plain(field(port, "received_packets")), plain(field(port, "counted_packets")),
             plain(field(port, "missed_packets")), percent(field(port, "capture_loss_ratio")),
             percent(field(port, "duplicate_ratio")), plain(field(port, "mbufs_free")),
             plain(field(port, "reason"))});
    }
    TextTable groups({{"GROUP"}, {"SEEN BOTH WAYS", Align::kRight}, {"REASON"}});
    for (const json& group : field(document, "groups")) {
        groups.row({plain(field(group, "name")), percent(field(group, "two_way_share")),
                    plain(field(group, "reason"))});
    }
    return fmt::format("{}{}\n{}\n{}\n{}", out, lines.text(), ports.text(), groups.text(),
                       workers_text(document));
}

Result<std::string> path_of(const ShowOptions& options) {
    if (options.at && options.what != "country") {
        return tl::unexpected(
            Error{ErrorKind::kUsage, "--at: of one country, as in lull show country KP --at 3h"});
    }
    if (options.detail == ShowDetail::kDiff &&
        (options.what != "config" || options.config_path.empty())) {
        return tl::unexpected(Error{ErrorKind::kUsage,
                                    "--diff: of the configuration, as in lull show config --diff "
                                    "--config /etc/lull/lull.yaml"});
    }
    if (options.what == "countries" || options.what == "origins" || options.what == "members" ||
        options.what == "signatures" || options.what == "sites" || options.what == "config") {
        return fmt::format("/api/v1/{}", options.what);
    }
    if (options.what == "health") {
        return std::string("/api/v1/status");
    }
    if (options.what == "country") {
        if (options.country.empty()) {
            return tl::unexpected(Error{ErrorKind::kUsage,
                                        "lull show country: which one? For "
                                        "example: lull show country KP"});
        }
        return fmt::format("/api/v1/countries/{}{}{}", percent_encode(options.country),
                           options.at ? "?at=" : "", percent_encode(options.at.value_or("")));
    }
    if (options.what == "incidents") {
        return options.since
                   ? fmt::format("/api/v1/incidents?since={}", percent_encode(*options.since))
                   : std::string("/api/v1/incidents");
    }
    return tl::unexpected(Error{
        ErrorKind::kUsage, fmt::format("lull show {}: unknown; there are countries, country XX, "
                                       "origins, members, incidents, health, signatures, "
                                       "sites, config",
                                       options.what)});
}

json value_of(const std::string& text) {
    return text.empty() ? json(nullptr) : json::parse(text, nullptr, false);
}

/// What runs against what the file says.
Result<std::string> difference(const ShowOptions& options, const json& running) {
    const auto file = load_config(options.config_path);
    if (!file) {
        return tl::unexpected(file.error().as_error());
    }
    json list = json::array();
    TextTable table({{"KEY"}, {"RUNNING"}, {"IN THE FILE"}, {"TAKEN BY"}});
    for (const ConfigChange& change : changes_between(running, *file)) {
        const char* const by = change.applies_live ? "reload" : "restart";
        table.row({change.key, change.running, change.file, by});
        list.push_back({{"key", change.key},
                        {"running", value_of(change.running)},
                        {"file", value_of(change.file)},
                        {"taken_by", by}});
    }
    if (options.format == ShowFormat::kJson) {
        return json{{"config", options.config_path}, {"changes", list}}.dump(
                   2, ' ', false, json::error_handler_t::replace) +
               "\n";
    }
    return list.empty() ? fmt::format("what runs is what {} says\n", options.config_path)
                        : table.text();
}

std::string render(const ShowOptions& options, const json& document) {
    if (options.format == ShowFormat::kJson || options.what == "config") {
        return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    }
    if (options.what == "countries") {
        return countries_text(document);
    }
    if (options.what == "country" && options.at) {
        return past_text(document);
    }
    if (options.what == "country") {
        return country_text(document, options.detail);
    }
    if (options.what == "origins") {
        return origins_text(document);
    }
    if (options.what == "members") {
        return members_text(document);
    }
    if (options.what == "signatures") {
        return signatures_text(document);
    }
    if (options.what == "sites") {
        return sites_text(document);
    }
    return options.what == "incidents" ? incidents_text(field(document, "incidents"))
                                       : health_text(document);
}

}  // namespace

Result<std::string> show(const ShowOptions& options) {
    const auto path = path_of(options);
    if (!path) {
        return tl::unexpected(path.error());
    }
    const auto fetched = http_get(options.client, *path);
    if (!fetched) {
        return tl::unexpected(fetched.error());
    }
    const json document = json::parse(fetched->body, nullptr, false);
    if (fetched->status != 200) {
        const std::string said = printable_text(plain(field(document, "error")));
        const bool about_input = fetched->status == 404 || fetched->status == 400;
        if (options.what == "country" && !options.at && fetched->status == 404) {
            return refused("{}: {}", options.country, said);
        }
        return tl::unexpected(
            Error{about_input ? ErrorKind::kRefused : ErrorKind::kFailed,
                  fmt::format("{}{}: HTTP {}: {}{}", options.client.url, *path, fetched->status,
                              said, mend_of_status(options.client, fetched->status))});
    }
    if (!document.is_object()) {
        return failed("{}{}: the answer is not a JSON document: is this lull?", options.client.url,
                      *path);
    }
    return options.detail == ShowDetail::kDiff ? difference(options, document)
                                               : render(options, document);
}

}  // namespace lull
