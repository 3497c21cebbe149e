#include "control/operator/act.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/export/json.h"
#include "control/ledger.h"

namespace lull {
namespace {

OperatorReply refusal(unsigned status, std::string sentence) {
    return {status, {{"error", std::move(sentence)}}};
}

OperatorReply reply_of(Detector::Word word, uint64_t id, const Monitor& monitor) {
    switch (word) {
        case Detector::Word::kUnknown:
            return refusal(404, fmt::format("there is no incident {} among those at hand", id));
        case Detector::Word::kOver:
            return refusal(409, fmt::format("incident {} is over", id));
        case Detector::Word::kFull:
            return refusal(409, fmt::format("incident {} has {} notes, all that one may have", id,
                                            Ledger::kNotesKept));
        case Detector::Word::kTaken:
            break;
    }
    const std::vector<Incident>& all = monitor.detector().incidents();
    const auto found = std::find_if(all.rbegin(), all.rend(),
                                    [id](const Incident& each) { return each.id == id; });
    return {200, {{"incident", found == all.rend() ? nlohmann::json() : incident_json(*found)}}};
}

struct Actor {
    Monitor& monitor;
    int64_t now_ns;

    OperatorReply operator()(const AcknowledgeIncident& ask) const {
        return reply_of(monitor.acknowledge(ask.id, {now_ns, ask.by, ask.note}), ask.id, monitor);
    }
    OperatorReply operator()(const AnnotateIncident& ask) const {
        return reply_of(monitor.annotate(ask.id, {now_ns, ask.by, ask.text}), ask.id, monitor);
    }
    OperatorReply operator()(const CloseIncident& ask) const {
        return reply_of(monitor.close(ask.id, {now_ns, ask.by, ask.why}), ask.id, monitor);
    }
};

}  // namespace

OperatorReply act(const OperatorRequest& request, Monitor& monitor, int64_t now_ns) {
    return std::visit(Actor{monitor, now_ns}, request);
}

}  // namespace lull
