#include "control/operator/command.h"

#include <nlohmann/json.hpp>

#include "control/json_fields.h"
#include "control/text_table.h"

namespace lull {
namespace {

using nlohmann::json;

/// `sending.method` "GET" asks.
Result<json> answer_of(const ClientOptions& client, const Sending& sending) {
    const auto fetched =
        sending.method == "GET" ? http_get(client, sending.path) : http_send(client, sending);
    if (!fetched) {
        return tl::unexpected(fetched.error());
    }
    json document = json::parse(fetched->body, nullptr, false);
    if (fetched->status != 200) {
        const std::string said = printable_text(plain(field(document, "error")));
        const bool about_input = fetched->status == 400 || fetched->status == 404 ||
                                 fetched->status == 409 || fetched->status == 413;
        return tl::unexpected(
            Error{about_input ? ErrorKind::kRefused : ErrorKind::kFailed,
                  about_input ? said
                              : fmt::format("{}: HTTP {}: {}{}", client.url, fetched->status, said,
                                            mend_of_status(client, fetched->status))});
    }
    return document;
}

std::string pretty(const json& document) {
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string subject_of(const json& maintenance) {
    const json& group = field(maintenance, "group");
    const json& country = field(maintenance, "country");
    return group.is_string()     ? "group " + plain(group)
           : country.is_string() ? plain(country)
                                 : std::string("the whole site");
}

std::string list_text(const json& document) {
    const json& list = field(document, "maintenance");
    if (list.empty()) {
        return "No maintenance is announced.\n";
    }
    TextTable table(
        {{"ID", Align::kRight}, {"OF"}, {"FROM"}, {"UNTIL"}, {"WHEN"}, {"BY"}, {"NOTE"}});
    for (const json& entry : list) {
        const bool own = field(entry, "id").is_null();
        table.row({plain(field(entry, "id")), subject_of(entry), plain(field(entry, "from")),
                   plain(field(entry, "until")), plain(field(entry, "when")),
                   own ? "calendar.yaml" : plain(field(entry, "by")), plain(field(entry, "note"))});
    }
    return table.text();
}

Sending sending_of(const MaintenanceOptions& options) {
    if (options.verb == "list") {
        return {"GET", "/api/v1/maintenance", ""};
    }
    if (options.verb == "remove") {
        return {"DELETE", fmt::format("/api/v1/maintenance/{}", options.id), ""};
    }
    json body = json::object();
    for (const auto& [key, value] : {std::pair("group", &options.group),
                                     {"country", &options.country},
                                     {"from", &options.from},
                                     {"for", &options.for_text},
                                     {"note", &options.note},
                                     {"by", &options.by}}) {
        if (!value->empty()) {
            body[key] = *value;
        }
    }
    return {"POST", "/api/v1/maintenance",
            body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

/// What is said after all that was done.
std::string in_words(const json& document, std::string done) {
    if (field(document, "kept") != json(true)) {
        done += "It is not in the store yet: a restart may lose it (see lull show health).\n";
    }
    return done;
}

}  // namespace

Result<std::string> tell_incident(const IncidentOptions& options) {
    json body = json::object();
    if (!options.by.empty()) {
        body["by"] = options.by;
    }
    if (!options.text.empty()) {
        body[options.verb == "ack"    ? "note"
             : options.verb == "note" ? "text"
                                      : "why"] = options.text;
    }
    const auto document = answer_of(
        options.client, {"POST", fmt::format("/api/v1/incidents/{}/{}", options.id, options.verb),
                         body.dump(-1, ' ', false, json::error_handler_t::replace)});
    if (!document) {
        return tl::unexpected(document.error());
    }
    if (options.format == ShowFormat::kJson) {
        return pretty(*document);
    }
    const json& incident = field(*document, "incident");
    const json& member = field(incident, "member");
    const json& who = member.is_object() ? field(member, "member") : field(incident, "country");
    const std::string subject =
        fmt::format("incident {} ({}, since {})", options.id, who.is_null() ? "site" : plain(who),
                    plain(field(incident, "start")));
    const char* what = options.verb == "ack"    ? "acknowledged"
                       : options.verb == "note" ? "noted"
                                                : "closed; its level is learned anew";
    return in_words(*document, printable_text(fmt::format("{}: {}.", subject, what)) + "\n");
}

Result<std::string> tell_maintenance(const MaintenanceOptions& options) {
    const auto document = answer_of(options.client, sending_of(options));
    if (!document) {
        return tl::unexpected(document.error());
    }
    if (options.format == ShowFormat::kJson) {
        return pretty(*document);
    }
    if (options.verb == "list") {
        return list_text(*document);
    }
    if (options.verb == "remove") {
        return in_words(*document, fmt::format("maintenance {}: removed.\n", options.id));
    }
    const json& entry = field(*document, "maintenance");
    return in_words(*document,
                    printable_text(fmt::format(
                        "maintenance {}: {}, from {} until {}; its ticks are missing, not zero.",
                        plain(field(entry, "id")), subject_of(entry), plain(field(entry, "from")),
                        plain(field(entry, "until")))) +
                        "\n");
}

}  // namespace lull
