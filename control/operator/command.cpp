#include "control/operator/command.h"

#include <nlohmann/json.hpp>

#include "control/json_fields.h"
#include "control/text_table.h"

namespace lull {
namespace {

using nlohmann::json;

Result<json> answer_of(const ClientOptions& client, const Sending& sending) {
    const auto fetched = http_send(client, sending);
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
                              : fmt::format("{}: HTTP {}: {}", client.url, fetched->status, said)});
    }
    return document;
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
        return document->dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    }
    const json& incident = field(*document, "incident");
    const std::string subject = fmt::format(
        "incident {} ({}, since {})", options.id,
        field(incident, "country").is_null() ? "site" : plain(field(incident, "country")),
        plain(field(incident, "start")));
    const char* what = options.verb == "ack"    ? "acknowledged"
                       : options.verb == "note" ? "noted"
                                                : "closed; its level is learned anew";
    return in_words(*document, printable_text(fmt::format("{}: {}.", subject, what)) + "\n");
}

}  // namespace lull
