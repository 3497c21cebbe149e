// See explain.h.
#include "control/export/explain.h"
#include "control/export/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/incident.h"
#include "control/routing_text.h"
#include "control/time_text.h"

namespace lull {
namespace {

using json = nlohmann::json;

constexpr std::array<std::string_view, kTestCount> kTests{"fall to a tenth", "fall to three tenths",
                                                          "silence", "fall to a fiftieth"};
// Below this share of what is expected a reader will ask why nothing was raised.
constexpr double kLow = 0.8;
constexpr double kCommonFall = 0.8;
constexpr double kFewExpected = 1;

bool is_down(State state) {
    return state == State::kOutage || state == State::kPartialOutage || state == State::kUnstable;
}

/// Which test is nearest to an alarm.
std::size_t nearest(const TestsReport& report) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < report.tests.size(); ++i) {
        if (report.tests[i].score > report.tests[best].score) best = i;
    }
    return best;
}

std::string progress_of(const TestsReport& report) {
    const std::size_t test = nearest(report);
    return fmt::format("S {:.1f} of h {:.1f} ({})", report.tests[test].score, report.threshold,
                       kTests[test]);
}

std::string_view spoken(State state) {
    switch (state) {
        case State::kLearning:
            return "being learned";
        case State::kInsufficient:
            return "not known well enough";
        case State::kPartialOutage:
            return "in a partial outage";
        case State::kOutage:
            return "in an outage";
        case State::kProbation:
            return "on probation";
        case State::kBlind:
            return "out of sight";
        case State::kNormal:
        case State::kSuspect:
        case State::kUnstable:
            break;
    }
    return state_name(state);
}

std::string because(const View& view, const CountryRow& row) {
    const CountryVerdict& verdict = *row.verdict;
    const Grounds& grounds = verdict.grounds;
    const TestsReport& report = grounds.tests;
    if (verdict.state == State::kBlind) {
        return fmt::format(
            "only {} of what is expected of it is on port groups that can be trusted",
            spoken_ratio(verdict.coverage));
    }
    if (grounds.held && behind_fallen_member(view, row.id)) {
        return "judgement is withheld: " + member_answer(view, row.id).second;
    }
    if (grounds.held) {
        return "judgement is withheld: everything fell together, or maintenance was announced";
    }
    if (verdict.state == State::kLearning || verdict.state == State::kInsufficient) {
        return fmt::format("it is known for {} of seen time only",
                           spoken_duration(grounds.learned_s));
    }
    if (report.lives_one_way) {
        return fmt::format(
            "its networks go on sending: life seen one way stands at {:.0f} where {:.1f} is "
            "expected, so its answers take another way",
            grounds.life.observed, grounds.life.expected);
    }
    if (!report.sources_agree) {
        return fmt::format("its source networks are there: {:.0f} where {:.1f} are expected",
                           grounds.sources.observed, grounds.sources.expected);
    }
    return "the evidence is not there yet: " + progress_of(report);
}

/// Where a country has few networks: how many of them are silent, and since when.
std::string networks_clause(const View& view, const CountryRow& row) {
    std::size_t all = 0;
    std::size_t silent = 0;
    int64_t last_ns = 0;
    for (const PartView& part : view.parts) {
        if (part.country == row.id && part.id.network) {
            ++all;
            silent += part.silent ? 1 : 0;
            last_ns = part.silent ? std::max(last_ns, part.last_ns) : last_ns;
        }
    }
    return silent == 0 ? ""
                       : fmt::format("; {} of {} networks silent, the last of them seen at {}",
                                     silent, all, format_time(last_ns));
}

std::string sentence(const View& view, const CountryRow& row) {
    const CountryVerdict& verdict = *row.verdict;
    std::string text = fmt::format("{} is {}", country(row.id).code, spoken(verdict.state));
    if (verdict.ratio && verdict.expected_life_per_s) {
        text +=
            fmt::format(": {} answered flows a second where {} are expected, {} in the last minute",
                        spoken_rate(verdict.observed_life_per_s),
                        spoken_rate(*verdict.expected_life_per_s), spoken_ratio(*verdict.ratio));
    }
    if (is_down(verdict.state)) {
        const auto open = std::find_if(view.incidents.rbegin(), view.incidents.rend(),
                                       [&](const Incident& incident) {
                                           return incident.country == row.id && !incident.end_ns;
                                       });
        if (open != view.incidents.rend()) {
            text += fmt::format("; incident {} is open since {}", open->id,
                                format_time(open->start_ns));
        }
        text += networks_clause(view, row);
    } else if (verdict.state != State::kNormal || verdict.grounds.held ||
               (verdict.ratio && *verdict.ratio < kLow)) {
        text += "; no alarm, because " + because(view, row);
    }
    if (!is_down(verdict.state) && verdict.routing.routing == Routing::kGone) {
        text += fmt::format("; routing alone is gone: {}; no alarm, because its traffic is here",
                            routing_gone(verdict.routing));
    }
    return text + ".";
}

/// What routing says beside a fall; "yes": its networks are announced as ever.
std::pair<const char*, std::string> routing_answer(const RoutingVerdict& routing) {
    switch (routing.routing) {
        case Routing::kStands:
            return {"yes", fmt::format("{} of {} networks announced", routing.now.networks,
                                       routing.usual())};
        case Routing::kGone:
            return {"no", routing_gone(routing)};
        case Routing::kNotKnown:
            break;
    }
    return {"not checkable", routing_doubt(routing)};
}

/// What says that its ranges are somebody else's now: routing, and whose flows rose by as much.
std::pair<const char*, std::string> moved_answer(const CountryVerdict& verdict) {
    using Answer = Conserved::Answer;
    const bool known = verdict.routing.routing != Routing::kNotKnown || verdict.routing.moved();
    const Answer packets = verdict.conserved.answer;
    std::string number = fmt::format(
        "routing: {}; packets: {}",
        known ? routing_moved(verdict.routing) : "not checkable: " + routing_doubt(verdict.routing),
        conserved_text(verdict.conserved));
    if (verdict.routing.moved() || packets == Answer::kYes) {
        return {"no", std::move(number)};
    }
    const bool ruled_out = known || packets == Answer::kNo;
    return {ruled_out ? "yes" : "not checkable", std::move(number)};
}

json signals_json(const Grounds& grounds) {
    json list = json::array();
    const auto add = [&](const char* name, const Signal& signal) {
        list.push_back(
            {{"signal", name}, {"observed", signal.observed}, {"expected", signal.expected}});
    };
    add("answered flows", grounds.flows);
    if (grounds.flows6.expected > 0) {
        add("answered flows over IPv6", grounds.flows6);
    }
    add("life, if only one way", grounds.life);
    add("source networks with answered flows", grounds.sources);
    add("demand", grounds.demand);
    add("bytes", grounds.bytes);
    return list;
}

json groups_json(const View& view, const CountryRow& row) {
    json list = json::array();
    const std::size_t groups = view.groups.size();
    for (std::size_t group = 0; group < groups; ++group) {
        const std::size_t at = index_of(row.id) * groups + group;
        if (at >= view.group_readings.size()) break;
        const GroupReading& reading = view.group_readings[at];
        list.push_back({{"group", view.groups[group].name},
                        {"observed", reading.used ? json(reading.flows.observed) : json(nullptr)},
                        {"expected", reading.flows.expected},
                        {"used", reading.used}});
    }
    return list;
}

json parts_json(const View& view, const CountryRow& row) {
    json list = json::array();
    for (const PartView& part : view.parts) {
        if (part.country == row.id) {
            list.push_back(
                {{"part", part_name(part.id)},
                 {"share", part.share},
                 {"last_seen", part.last_ns == 0 ? json(nullptr) : json(format_time(part.last_ns))},
                 {"silent", part.silent}});
            if (part.id.network && part.id.asn != 0) {
                list.back()["asn"] = part.id.asn;
            }
        }
    }
    return list;
}

json tests_json(const TestsReport& report) {
    json list = json::array();
    for (std::size_t i = 0; i < report.tests.size(); ++i) {
        list.push_back({{"test", kTests[i]},
                        {"score", report.tests[i].score},
                        {"threshold", report.threshold},
                        {"armed", report.tests[i].armed}});
    }
    return list;
}

json ruled_out_json(const View& view, const CountryRow& row) {
    const CountryVerdict& verdict = *row.verdict;
    const Grounds& grounds = verdict.grounds;
    json list = json::array();
    const auto add = [&](const char* what, const char* answer, std::string number) {
        list.push_back({{"what", what}, {"answer", answer}, {"number", std::move(number)}});
    };
    const auto yes_if = [](bool ruled_out) { return ruled_out ? "yes" : "no"; };
    add("a fault of the sensor", yes_if(verdict.coverage >= 0.9 && grounds.degraded_share == 0),
        fmt::format(
            "{} of the expectation is on port groups that can be trusted, {} on degraded ones",
            spoken_ratio(verdict.coverage), spoken_ratio(grounds.degraded_share)));
    add("a common fall", yes_if(grounds.common_ratio >= kCommonFall),
        fmt::format("the other countries stand at {} of theirs",
                    spoken_ratio(grounds.common_ratio)));
    add("a path that became one-way",
        grounds.life.expected < kFewExpected ? "not checkable"
                                             : yes_if(!grounds.tests.lives_one_way),
        fmt::format("life seen one way: {:.0f} where {:.1f} is expected", grounds.life.observed,
                    grounds.life.expected));
    add("a flood that hides or ends", "yes",
        fmt::format("bytes at {} of theirs take no part in the decision",
                    grounds.bytes.expected > 0
                        ? spoken_ratio(grounds.bytes.observed / grounds.bytes.expected)
                        : std::string("an unknown share")));
    const std::string code = std::string(country(row.id).code) + ": ";
    const auto occasion =
        std::find_if(view.occasions.begin(), view.occasions.end(),
                     [&](const std::string& each) { return each.starts_with(code); });
    add("the calendar", yes_if(occasion == view.occasions.end()),
        occasion == view.occasions.end() ? "no entry of it for now" : *occasion);
    auto [answer, number] = routing_answer(verdict.routing);
    add("its networks left routing", answer, std::move(number));
    auto [moved, moved_number] = moved_answer(verdict);
    add("a move to another origin or country", moved, std::move(moved_number));
    auto [member, its_number] = member_answer(view, row.id);
    add("one member's port", member, std::move(its_number));
    return list;
}

std::string would_change(const CountryVerdict& verdict) {
    const TestsReport& report = verdict.grounds.tests;
    if (is_down(verdict.state)) {
        return "a return to above half of the expectation that holds for a minute, then one steady "
               "hour";
    }
    if (verdict.state == State::kProbation) return "one steady hour ends it, a fall reopens it";
    if (verdict.state == State::kBlind) return "port groups that can be trusted again";
    if (!verdict.detectable_s) {
        return "more traffic or more history: as it is, not even a full collapse could be proven";
    }
    return fmt::format(
        "a full collapse would be proven in {}; what counts as low begins at {} of the expectation",
        spoken_duration(*verdict.detectable_s), spoken_ratio(report.edge));
}

}  // namespace

json explain_json(const View& view, const CountryRow& row) {
    const CountryVerdict& verdict = *row.verdict;
    json transitions = json::array();
    for (const StateStep& step : verdict.steps) {
        if (step.since_ns != 0) {
            transitions.push_back(
                {{"time", format_time(step.since_ns)}, {"state", state_name(step.state)}});
        }
    }
    return {{"verdict", sentence(view, row)},
            {"signals", signals_json(verdict.grounds)},
            {"groups", groups_json(view, row)},
            {"parts", parts_json(view, row)},
            {"tests", tests_json(verdict.grounds.tests)},
            {"ruled_out", ruled_out_json(view, row)},
            {"would_change", would_change(verdict)},
            {"transitions", std::move(transitions)}};
}

}  // namespace lull
