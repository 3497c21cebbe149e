// Any bytes as what an operator asks: the first line is what follows the API's path, the rest the
// body. A request within its bounds, or an error that HTTP can answer.
#include <cstdint>
#include <cstdlib>

#include "control/calendar.h"
#include "control/operator/request.h"
#include "control/utf8.h"

namespace {

void check(const std::string& text, std::size_t most) {
    if (text.size() > most || !lull::is_printable(text)) std::abort();
}

struct Checker {
    void operator()(const lull::AcknowledgeIncident& ask) const {
        check(ask.by, lull::kMostNameBytes);
        check(ask.note, lull::kMostTextBytes);
    }
    void operator()(const lull::AnnotateIncident& ask) const {
        check(ask.by, lull::kMostNameBytes);
        check(ask.text, lull::kMostTextBytes);
    }
    void operator()(const lull::CloseIncident& ask) const {
        check(ask.by, lull::kMostNameBytes);
        check(ask.why, lull::kMostTextBytes);
    }
    void operator()(const lull::AddMaintenance& ask) const {
        check(ask.by, lull::kMostNameBytes);
        check(ask.note, lull::kMostNoteBytes);
        check(ask.group, lull::kMostNameBytes);
        if (!(ask.for_s >= 1 && ask.for_s <= lull::kMostMaintenance_s)) std::abort();
    }
    void operator()(const lull::RemoveMaintenance& ask) const {
        if (ask.id == 0) std::abort();
    }
};

void check(const lull::RequestResult<lull::OperatorRequest>& request) {
    if (request) {
        std::visit(Checker{}, *request);
    } else if ((request.error().status != 400 && request.error().status != 404) ||
               request.error().message.empty()) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t line = all.find('\n');
    const std::string_view body = line == all.npos ? "" : all.substr(line + 1);
    check(lull::read_incident_request(all.substr(0, line), body));
    check(lull::read_maintenance(body));
    check(lull::read_maintenance_removal(all.substr(0, line)));
    return 0;
}
