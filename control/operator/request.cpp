#include "control/operator/request.h"

#include <fmt/format.h>

#include "control/calendar.h"
#include "control/country.h"
#include "control/operator/request_body.h"
#include "control/time_text.h"

namespace lull {

using Need = RequestBody::Need;

RequestResult<OperatorRequest> read_incident_request(std::string_view below,
                                                     std::string_view body) {
    const std::size_t slash = below.find('/');
    const auto id = read_id(below.substr(0, slash));
    const std::string_view what = slash == below.npos ? "" : below.substr(slash + 1);
    if (!id || (what != "ack" && what != "note" && what != "close")) {
        return tl::unexpected(
            RequestError{404, "no such path: POST /api/v1/incidents/ID/ack, …/note or …/close"});
    }
    if (what == "ack") {
        RequestBody read(body, {"by", "note"});
        return read.result(
            AcknowledgeIncident{.id = *id,
                                .by = read.line("by", kMostNameBytes, Need::kOptional),
                                .note = read.line("note", kMostTextBytes, Need::kOptional)});
    }
    const char* key = what == "note" ? "text" : "why";
    RequestBody read(body, {"by", key});
    std::string by = read.line("by", kMostNameBytes, Need::kOptional);
    std::string text = read.line(key, kMostTextBytes, Need::kRequired);
    if (what == "note") {
        return read.result(
            AnnotateIncident{.id = *id, .by = std::move(by), .text = std::move(text)});
    }
    return read.result(CloseIncident{.id = *id, .by = std::move(by), .why = std::move(text)});
}

RequestResult<OperatorRequest> read_maintenance(std::string_view body) {
    constexpr std::size_t kMostWordBytes = 64;  // a time, a duration
    RequestBody read(body, {"group", "country", "from", "for", "note", "by"});
    AddMaintenance add;
    add.group = read.line("group", kMostNameBytes, Need::kOptional);
    add.country = read.line("country", kMostNameBytes, Need::kOptional);
    add.note = read.line("note", kMostNoteBytes, Need::kOptional);
    add.by = read.line("by", kMostNameBytes, Need::kOptional);
    if (!add.group.empty() && !add.country.empty()) {
        read.fail("a group and a country: announce each for itself");
    }
    if (!add.country.empty() && !find_country(add.country)) {
        read.fail("country: give an ISO 3166-1 alpha-2 code, such as KP");
    }
    if (const std::string from = read.line("from", kMostWordBytes, Need::kOptional);
        !from.empty()) {
        if (const auto time_ns = parse_time_ns(from)) {
            add.from_ns = *time_ns;
        } else {
            read.fail("from: write a time such as 2026-12-01T22:00:00Z");
        }
    }
    const auto for_s = parse_duration_s(read.line("for", kMostWordBytes, Need::kRequired));
    if (!for_s || !(*for_s >= 1) || *for_s > kMostMaintenance_s) {
        read.fail(fmt::format("for: write a duration such as 2h, at most {}",
                              format_duration(kMostMaintenance_s)));
    } else {
        add.for_s = *for_s;
    }
    return read.result(std::move(add));
}

RequestResult<OperatorRequest> read_maintenance_removal(std::string_view below) {
    const auto id = read_id(below);
    if (!id) {
        return tl::unexpected(RequestError{404, "no such path: DELETE /api/v1/maintenance/ID"});
    }
    return OperatorRequest(RemoveMaintenance{*id});
}

}  // namespace lull
