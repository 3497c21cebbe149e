#include "control/export/pack_report.h"

#include <algorithm>

#include "control/export/json.h"
#include "control/text_table.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

json optional_json(const std::optional<double>& value) {
    return value ? json(*value) : json(nullptr);
}

json decision_json(const Decision& decision) {
    const CountryVerdict& verdict = decision.verdict;
    return {{"time", format_time(decision.time_ns)},
            {"state", state_name(verdict.state)},
            {"observed_flows_per_second", verdict.observed_life_per_s},
            {"expected_flows_per_second", optional_json(verdict.expected_life_per_s)},
            {"ratio", optional_json(verdict.ratio)},
            {"coverage", verdict.coverage},
            {"evidence", verdict.evidence}};
}

json run_json(const PackVerdict& run) {
    json incidents = json::array();
    for (const Incident& incident : run.incidents) {
        incidents.push_back(incident_json(incident));
    }
    json states = json::object();
    for (const auto& [code, state] : run.states) {
        states[code] = state_name(state);
    }
    return {{"budget", run.false_alarms_per_year},
            {"threshold", run.threshold},
            {"incidents", std::move(incidents)},
            {"states", std::move(states)},
            {"replayed", run.replayed ? incident_json(*run.replayed) : json(nullptr)},
            {"replayed_ticks", run.ticks},
            {"same", run.differences.empty()},
            {"differences", run.differences},
            {"limits", run.limits}};
}

std::string number(const std::optional<double>& value, const char* unit = "") {
    return value ? fmt::format("{:.3g}{}", *value, unit) : std::string("-");
}

std::string percent(const std::optional<double>& ratio) {
    return ratio ? fmt::format("{:.0f} %", 100 * *ratio) : std::string("-");
}

std::string subject(const Incident& incident) {
    return fmt::format(
        "incident {} ({} {}, {}, since {}, {})", incident.id, incident_who(incident),
        kind_name(incident.kind), scope_name(incident.scope), format_time(incident.start_ns),
        incident.end_ns ? "over at " + format_time(*incident.end_ns) : std::string("open"));
}

std::string decisions_text(const std::vector<Decision>& decisions) {
    TextTable table({{"TIME"},
                     {"STATE"},
                     {"FLOWS/S", Align::kRight},
                     {"EXPECTED", Align::kRight},
                     {"RATIO", Align::kRight},
                     {"S/H", Align::kRight}});
    for (const Decision& decision : decisions) {
        const CountryVerdict& verdict = decision.verdict;
        table.row({format_time(decision.time_ns), std::string(state_name(verdict.state)),
                   number(verdict.observed_life_per_s), number(verdict.expected_life_per_s),
                   percent(verdict.ratio), fmt::format("{:.2f}", verdict.evidence)});
    }
    return table.text();
}

std::string remark_text(const char* what, const Remark& remark) {
    return printable_text(fmt::format("  {} at {}{}{}: {}", what, format_time(remark.time_ns),
                                      remark.by.empty() ? "" : " by ", remark.by, remark.text)) +
           "\n";
}

}  // namespace

json pack_json(const Pack& pack) {
    json decisions = json::array();
    for (const Decision& decision : pack.decisions) {
        decisions.push_back(decision_json(decision));
    }
    return {{"incident", incident_json(pack.incident)},
            {"from", pack.from_ns ? json(format_time(*pack.from_ns)) : json(nullptr)},
            {"until", format_time(pack.until_ns)},
            {"ticks", pack.ticks},
            {"made", format_time(pack.made_ns)},
            {"version", pack.version},
            {"decisions", std::move(decisions)}};
}

json pack_replay_json(const Pack& pack, std::span<const PackVerdict> runs) {
    json document = pack_json(pack);
    if (runs.size() == 1) {
        document.update(run_json(runs.front()));
        return document;
    }
    document["runs"] = json::array();
    for (const PackVerdict& run : runs) {
        document["runs"].push_back(run_json(run));
    }
    return document;
}

std::string pack_sentence(const Pack& pack) {
    const std::string what =
        fmt::format("{}, {} decision records", subject(pack.incident), pack.decisions.size());
    return pack.from_ns ? fmt::format("{}, {} ticks from {} until {}", what, pack.ticks,
                                      format_time(*pack.from_ns), format_time(pack.until_ns))
                        : fmt::format(
                              "{}; the ticks before it are not kept, so it can be looked at and "
                              "not replayed",
                              what);
}

std::string pack_text(const Pack& pack) {
    const Incident& incident = pack.incident;
    std::string text = fmt::format("{}\n", subject(incident));
    for (const std::string& sentence : incident.evidence) {
        text += printable_text(fmt::format("  {}", sentence)) + "\n";
    }
    if (incident.acknowledged) {
        text += remark_text("acknowledged", *incident.acknowledged);
    }
    for (const Remark& note : incident.notes) {
        text += remark_text("noted", note);
    }
    if (!pack.decisions.empty()) {
        text += fmt::format("\n{}", decisions_text(pack.decisions));
    }
    return text;
}

std::string pack_replay_text(const PackVerdict& run) {
    std::string text =
        fmt::format("\nreplayed {} ticks at budget {:g} a year (h {:.1f}): {}\n", run.ticks,
                    run.false_alarms_per_year, run.threshold,
                    run.replayed ? subject(*run.replayed) : std::string("no such incident"));
    for (const std::string& limit : run.limits) {
        text += fmt::format("  {}\n", limit);
    }
    if (run.differences.empty()) {
        return text + "  the same verdict as then\n";
    }
    for (const std::string& difference : run.differences) {
        text += fmt::format("  another verdict: {}\n", difference);
    }
    return text;
}

}  // namespace lull
