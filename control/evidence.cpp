// Wording only; nothing here decides.
#include "control/evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/country_parts.h"
#include "control/noise_track.h"
#include "control/routing_text.h"
#include "control/time_text.h"

namespace lull {
namespace {

std::string_view test_name(Test test) {
    switch (test) {
        case Test::kDeepFall:
            return "fall to a tenth";
        case Test::kFall:
            return "fall to three tenths";
        case Test::kSilence:
            return "silence";
        case Test::kCollapse:
            return "fall to a fiftieth";
        case Test::kNetworks:
            return "silence of its networks";
    }
    return "";
}

// An upstream that went so long before may have to do with it.
constexpr int64_t kUpstreamsBefore_ns = int64_t{3600} * 1'000'000'000;

double ratio_of(const Signal& signal) {
    return signal.expected > 0 ? signal.observed / signal.expected : 1;
}

// "networks: 4 of 4 without an answered flow since the fall began; they had 99 % of all; the last
// was 175.45.177.0/24, at 2014-12-22T16:14:50Z"
std::string parts_evidence(const CountryParts& parts, int64_t onset_ns) {
    std::size_t silent = 0;
    double share = 0;
    const CountryParts::Part* last = nullptr;
    for (const CountryParts::Part& part : parts.parts()) {
        if (part.last_ns <= onset_ns) {
            ++silent;
            share += parts.share(part);
            last = last == nullptr || part.last_ns > last->last_ns ? &part : last;
        }
    }
    std::string text =
        fmt::format("{}: {} of {} without an answered flow since the fall began",
                    parts.parts().front().id.network ? "networks" : "largest origins", silent,
                    parts.parts().size());
    if (last != nullptr) {
        text += fmt::format("; they had {:.0f} % of all; the last was {}, at {}",
                            100 * std::min(share, 1.0), part_name(last->id),
                            format_time(last->last_ns));
    }
    return text;
}

}  // namespace

std::vector<std::string> fall_evidence(const Fall& fall, const Reading& reading,
                                       const Surroundings& around, const Recent::Sums& minute) {
    std::vector<std::string> out;
    const double lasted_s = static_cast<double>(reading.end_ns - fall.onset_ns) / 1e9;
    if (fall.test == Test::kSilence) {
        out.push_back(fmt::format(
            "answered flows: none seen for {:.0f} s, in which at least {:.1f} were expected",
            lasted_s, fall.expected));
    } else {
        out.push_back(
            fmt::format("answered flows: {:.0f} seen where {:.1f} were expected, in {:.0f} s",
                        fall.observed, fall.expected, lasted_s));
    }
    out.push_back(fmt::format("evidence: S {:.1f} reached the threshold h {:.1f} (test: {})",
                              fall.score, fall.threshold, test_name(fall.test)));
    if (reading.life.expected > 0) {
        out.push_back(
            fmt::format("ruled out, one-way path: life seen one way {:.0f} where {:.1f} were "
                        "expected in the tick",
                        reading.life.observed, reading.life.expected));
    }
    if (reading.sources.expected > 0) {
        out.push_back(
            fmt::format("sources: {:.0f} networks seen in the tick where {:.1f} were "
                        "expected",
                        reading.sources.observed, reading.sources.expected));
    }
    if (minute.demand.expected > 0) {
        out.push_back(fmt::format("demand: {:.2f} of what was expected in the last minute",
                                  ratio_of(minute.demand)));
    }
    if (around.parts != nullptr && !around.parts->parts().empty()) {
        out.push_back(parts_evidence(*around.parts, fall.onset_ns));
    }
    if (around.routing != nullptr && around.routing->witness != WitnessState::kNone) {
        out.push_back(routing_evidence(*around.routing, fall.onset_ns));
        out.push_back(moved_evidence(*around.routing));
        if (around.routing->upstream_change.time_ns > fall.onset_ns - kUpstreamsBefore_ns) {
            out.push_back(upstream_text(around.routing->upstream_change));
        }
    } else if (around.networks > 0) {
        out.push_back(fmt::format("networks: {} announced", around.networks));
    }
    out.push_back(fmt::format(
        "ruled out, sensor: {} of {} port groups are not unhealthy, coverage {:.2f}, on degraded "
        "groups {:.2f}",
        around.healthy_groups, around.groups, reading.coverage, reading.degraded_share));
    out.push_back(fmt::format(
        "ruled out, common fall: the other countries stand at {:.2f} of their expectation, and "
        "this one was compared with what that leaves",
        reading.common_ratio));
    if (!around.holiday.empty()) {
        out.push_back(
            fmt::format("calendar: {}: the day teaches nothing, and only a deep fall is an alarm",
                        around.holiday));
    }
    if (around.noise != nullptr) {
        const std::string flood = around.noise->sentence(fall.onset_ns - NoiseTrack::kBefore_ns,
                                                         reading.end_ns, "before and as it fell");
        if (!flood.empty()) {
            out.push_back(flood);
        }
    }
    if (reading.bytes.expected > 0) {
        out.push_back(fmt::format(
            "ruled out, flood: bytes at {:.2f} of expectation did not take part in the decision",
            ratio_of(reading.bytes)));
    }
    return out;
}

std::string standing_evidence(const NetworkSilence::Standing& standing) {
    return fmt::format(
        "not the whole country: {}, which has {:.0f} % of its answered flows, goes on answering: "
        "{:.0f} seen where {:.1f} were expected lately",
        part_name(standing.id), 100 * standing.share, standing.flows.observed,
        standing.flows.expected);
}

std::string demand_evidence(const Signal& demand) {
    return fmt::format("demand while down: {:.0f} seen where {:.1f} were expected, {:.2f}",
                       demand.observed, demand.expected, ratio_of(demand));
}

}  // namespace lull
