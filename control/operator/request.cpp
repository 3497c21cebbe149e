#include "control/operator/request.h"

#include "control/operator/request_body.h"

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

}  // namespace lull
