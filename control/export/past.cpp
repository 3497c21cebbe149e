#include "control/export/past.h"

#include "control/export/explain.h"
#include "control/export/json.h"
#include "control/export/routing.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

json optional_json(const std::optional<double>& value) {
    return value ? json(*value) : json(nullptr);
}

/// As they stood then.
std::vector<Incident> open_then(CountryId id, int64_t at_ns,
                                const std::vector<Incident>& incidents) {
    std::vector<Incident> open;
    for (const Incident& incident : incidents) {
        if (incident.country == id && incident.detected_ns <= at_ns &&
            (!incident.end_ns || *incident.end_ns > at_ns)) {
            open.push_back(incident);
        }
    }
    return open;
}

json explained(CountryId id, const Decision& decision, std::vector<Incident> open) {
    View view;
    view.tick_end_ns = decision.time_ns;
    view.verdicts.resize(countries().size());
    view.verdicts[index_of(id)] = decision.verdict;
    for (Incident& incident : open) {
        incident.end_ns.reset();
    }
    view.incidents = std::move(open);
    json document = explain_json(view, country_row(view, id));
    document.erase("groups");
    document.erase("transitions");
    for (json& entry : document["ruled_out"]) {
        if (entry["what"] == "the calendar") {
            entry["answer"] = "not checkable";
            entry["number"] = "its entries of then are not kept";
        }
    }
    return document;
}

}  // namespace

json past_json(CountryId id, int64_t asked_ns, const std::optional<Decision>& decision,
               const std::vector<Incident>& incidents) {
    const std::vector<Incident> open = open_then(id, asked_ns, incidents);
    json document = {{"country", country(id).code},
                     {"name", country(id).name},
                     {"time", format_time(asked_ns)},
                     {"recorded", nullptr}};
    document["incidents"] = json::array();
    for (const Incident& incident : open) {
        document["incidents"].push_back(incident_json(incident));
    }
    if (!decision) {
        document["why"] =
            "nothing was recorded of it then: lull did not run, had never seen it, or it is more "
            "than 14 days ago";
        return document;
    }
    const CountryVerdict& verdict = decision->verdict;
    document["recorded"] = format_time(decision->time_ns);
    document["state"] = state_name(verdict.state);
    document["state_since"] = format_time(verdict.state_since_ns);
    document["ratio"] = optional_json(verdict.ratio);
    document["observed_flows_per_second"] = verdict.observed_life_per_s;
    document["expected_flows_per_second"] = optional_json(verdict.expected_life_per_s);
    document["coverage"] = verdict.coverage;
    document["evidence"] = verdict.evidence;
    document["detectable_seconds"] = optional_json(verdict.detectable_s);
    document["dispersion"] = optional_json(verdict.dispersion);
    document["stability_doubtful"] = verdict.doubtful;
    document["routing"] = past_routing_json(verdict.routing);
    document["explain"] = explained(id, *decision, open);
    return document;
}

}  // namespace lull
