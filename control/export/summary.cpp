#include "control/export/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace lull {
namespace {

constexpr std::size_t kMaxSentences = 4;  // of incidents; the page lists all of them below
constexpr std::size_t kMaxNamed = 12;     // countries in a sentence

std::string named(CountryId id) {
    return fmt::format("{} ({})", country(id).code, country(id).name);
}

std::string scope_clause(Scope scope) {
    switch (scope) {
        case Scope::kLost:
            return "the world goes on asking (lost)";
        case Scope::kGoneHere:
            return "it left this tap, not the Internet (gone_here)";
        case Scope::kMoved:
            return "its prefixes answer under another origin (moved)";
        case Scope::kUnproven:
            return "whether it is lost or only gone from here is unproven";
    }
    return "";
}

bool is_judged(const CountryRow& row) {
    switch (row.verdict->state) {
        case State::kLearning:
        case State::kInsufficient:
        case State::kBlind:
            return false;
        default:
            return row.id != kCountryUnknown && row.seen();
    }
}

std::string verb_of(const Incident& incident) {
    switch (incident.kind) {
        case IncidentKind::kOutage:
            return "went quiet";
        case IncidentKind::kPartialOutage:
            return "lost a large part of its traffic";
        case IncidentKind::kUnstable:
            return fmt::format("became unstable ({} edges{})", incident.edges,
                               incident.end_ns ? "" : " so far");
        case IncidentKind::kSlow:
            return "began to sink slowly";
        case IncidentKind::kV4Only:
            return "went quiet over IPv4 alone";
        case IncidentKind::kV6Only:
            return "went quiet over IPv6 alone";
        case IncidentKind::kHomeIsolated:
            return "was cut off from the world";
        case IncidentKind::kRegional:
            return "fell";
        case IncidentKind::kMember:
            return "fell behind one member";
        case IncidentKind::kSite:
            return "fell";
        case IncidentKind::kRecurring:
            return "goes quiet at the same hour again and again";
    }
    return "fell";
}

bool sees_nothing(const View& view) {
    return view.blind ||
           (!view.ports.empty() && std::all_of(view.ports.begin(), view.ports.end(),
                                               [](const PortView& port) { return !port.healthy; }));
}

/// What lull itself cannot see, "" when it sees everything.
std::string blindness(const View& view) {
    std::string ports;
    for (const PortView& port : view.ports) {
        if (!port.healthy) {
            // A reason often opens with the port's name already.
            const bool says_name = port.reason.starts_with(port.name);
            ports += ports.empty() ? "" : "; ";
            ports += says_name || port.reason.empty() ? "" : port.name + ": ";
            ports += port.reason.empty() ? port.name : port.reason;
        }
    }
    if (sees_nothing(view)) {
        return fmt::format("lull cannot see: {}.",
                           ports.empty() ? "no port can be trusted" : ports);
    }
    return ports.empty() ? "" : fmt::format("lull sees only in part: {}.", ports);
}

/// What lull sees and is not sure of, "" when there is nothing.
std::string doubt(const View& view) {
    std::string reasons;
    const auto add = [&reasons](const auto& sensors) {
        for (const auto& sensor : sensors) {
            if (sensor.degraded) {
                reasons += (reasons.empty() ? "" : "; ") + sensor.reason;
            }
        }
    };
    add(view.ports);
    add(view.groups);
    return reasons.empty() ? "" : fmt::format("lull is less sure than usual: {}.", reasons);
}

std::string calm_sentence(uint32_t judged, const std::vector<CountryId>& odd, std::size_t seen) {
    if (judged == 0) {
        return seen == 0 ? "lull has seen no country yet."
                         : fmt::format(
                               "lull is learning: of {} countries seen, none can be judged "
                               "yet.",
                               seen);
    }
    if (odd.empty()) {
        return judged == 1
                   ? "The one country that lull can judge looks normal."
                   : fmt::format("All {} countries that lull can judge look normal.", judged);
    }
    std::string list;
    for (std::size_t i = 0; i < odd.size() && i < 5; ++i) {
        list += (i == 0 ? "" : ", ") + named(odd[i]);
    }
    if (odd.size() > 5) {
        list += fmt::format(" and {} more", odd.size() - 5);
    }
    return fmt::format("{} of the {} countries that lull can judge look normal; watching {}.",
                       judged - odd.size(), judged, list);
}

}  // namespace

CountryRow country_row(const View& view, CountryId id) {
    static const CountryView kNoFacts;
    static const CountryVerdict kNoVerdict;
    const std::size_t i = index_of(id);
    return {id, i < view.countries.size() ? &view.countries[i] : &kNoFacts,
            i < view.verdicts.size() ? &view.verdicts[i] : &kNoVerdict};
}

std::vector<CountryRow> seen_countries(const View& view) {
    std::vector<CountryRow> rows;
    for (std::size_t i = 0; i < countries().size(); ++i) {
        const CountryRow row = country_row(view, static_cast<CountryId>(i));
        if (row.seen()) {
            rows.push_back(row);
        }
    }
    return rows;
}

std::string Summary::text() const {
    std::string all;
    for (const std::string& sentence : sentences) {
        all += (all.empty() ? "" : " ") + sentence;
    }
    return all;
}

std::string short_time(int64_t time_ns, int64_t now_ns) {
    constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t at = time_ns / 1'000'000'000;
    const std::time_t now = now_ns / 1'000'000'000;
    std::tm broken{};
    std::tm today{};
    gmtime_r(&at, &broken);
    gmtime_r(&now, &today);
    const std::string clock = fmt::format("{:02}:{:02} UTC", broken.tm_hour, broken.tm_min);
    if (broken.tm_yday == today.tm_yday && broken.tm_year == today.tm_year) {
        return clock;
    }
    return fmt::format("{} {} {}", broken.tm_mday,
                       kMonths[static_cast<std::size_t>(broken.tm_mon) % kMonths.size()], clock);
}

std::string spoken_duration(double seconds) {
    if (!(seconds >= 0) || seconds > 1e12) {
        return "unknown";
    }
    if (seconds < 90) {
        return fmt::format("{:.0f} s", seconds);
    }
    const auto minutes = static_cast<uint64_t>(seconds / 60);
    if (minutes < 120) {
        return fmt::format("{} min", minutes);
    }
    const uint64_t hours = minutes / 60;
    return hours < 48 ? fmt::format("{} h {} min", hours, minutes % 60)
                      : fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string spoken_ratio(double ratio) {
    const double percent = ratio * 100;
    return percent > 0 && percent < 0.95 ? fmt::format("{:.1f} %", percent)
                                         : fmt::format("{:.0f} %", percent);
}

std::string spoken_count(double value) {
    constexpr std::pair<double, const char*> kUnits[] = {
        {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
    if (value >= 9999.5) {
        for (const auto& [size, letter] : kUnits) {
            if (value >= size * 0.9995) {
                return fmt::format("{:.1f} {}", value / size, letter);
            }
        }
    }
    return fmt::format("{:.0f}", value);
}

std::string spoken_rate(double per_s) {
    return per_s >= 9.95 ? spoken_count(per_s) : fmt::format("{:.2g}", per_s);
}

std::string incident_subject(const Incident& incident) {
    if (incident.country) {
        return named(*incident.country);
    }
    if (incident.member) {
        return member_fall(incident);
    }
    if (incident.countries.empty()) {
        return "The whole site";
    }
    std::string list;
    for (std::size_t i = 0; i < std::min(incident.countries.size(), kMaxNamed); ++i) {
        list += (i == 0 ? "" : ", ") + std::string(country(incident.countries[i]).code);
    }
    if (incident.countries.size() > kMaxNamed) {
        list += " …";
    }
    return fmt::format("{} countries together ({})", incident.countries.size(), list);
}

std::string incident_sentence(const View& view, const Incident& incident) {
    const int64_t until_ns = incident.end_ns.value_or(view.tick_end_ns);
    const double lasted_s = static_cast<double>(until_ns - incident.start_ns) / 1e9;
    const std::string what = incident.member ? member_fall(incident)
                                             : incident_subject(incident) + " " + verb_of(incident);
    const std::string opening =
        fmt::format("{} at {}", what, short_time(incident.start_ns, view.tick_end_ns));
    const std::string lasted = spoken_duration(lasted_s);
    if (incident.end_ns) {
        return fmt::format("{}: {} of expected at the lowest, over after {}.", opening,
                           spoken_ratio(incident.lowest_ratio), lasted);
    }
    if (!incident.country) {
        return fmt::format("{}: {} of expected at the lowest, for {}.", opening,
                           spoken_ratio(incident.lowest_ratio), lasted);
    }
    const CountryVerdict& verdict = *country_row(view, *incident.country).verdict;
    if (verdict.state == State::kProbation) {
        return fmt::format("{}: {} of expected at the lowest; it is back and on probation.",
                           opening, spoken_ratio(incident.lowest_ratio));
    }
    if (verdict.state == State::kBlind) {
        return fmt::format("{}; lull cannot see it now (last verified {}).", opening,
                           short_time(incident.last_verified_ns, view.tick_end_ns));
    }
    return fmt::format(
        "{}: {} of expected {}, {}.", opening,
        spoken_ratio(verdict.ratio.value_or(incident.lowest_ratio)),
        incident.kind == IncidentKind::kUnstable ? "now, after " + lasted : "for " + lasted,
        scope_clause(incident.scope));
}

Summary summarise(const View& view) {
    Summary summary;
    std::vector<CountryId> odd;
    const std::vector<CountryRow> rows = seen_countries(view);
    for (const CountryRow& row : rows) {
        if (is_judged(row)) {
            ++summary.judged;
            if (row.verdict->state != State::kNormal) {
                odd.push_back(row.id);
            }
        }
    }
    std::size_t told = 0;
    for (auto each = view.incidents.rbegin(); each != view.incidents.rend(); ++each) {
        if (!each->end_ns && each->part_of == 0) {
            ++summary.open_incidents;
            if (told < kMaxSentences) {
                summary.sentences.push_back(incident_sentence(view, *each));
                ++told;
            }
        }
    }
    if (summary.open_incidents > told) {
        summary.sentences.push_back(
            fmt::format("{} more incidents are open.", summary.open_incidents - told));
    }
    const std::string blind = blindness(view);
    if (!blind.empty()) {
        summary.sentences.insert(
            sees_nothing(view) ? summary.sentences.begin() : summary.sentences.end(), blind);
    }
    if (std::string doubts = doubt(view); !doubts.empty()) {
        summary.sentences.push_back(std::move(doubts));
    }
    if (!view.store.trouble.empty()) {
        summary.sentences.push_back(fmt::format(
            "The store fails ({}): what is not written is lost at a restart.", view.store.trouble));
    }
    if (!view.ready) {
        summary.sentences.insert(
            summary.sentences.begin(),
            fmt::format("lull is not ready: {}.", view.not_ready_reason.empty()
                                                      ? "it has just started"
                                                      : view.not_ready_reason));
    }
    summary.mood = summary.open_incidents > 0           ? Mood::kAlarm
                   : !blind.empty()                     ? Mood::kBlind
                   : !view.ready || summary.judged == 0 ? Mood::kWaiting
                                                        : Mood::kCalm;
    if (summary.open_incidents == 0 && view.ready && !sees_nothing(view)) {
        summary.sentences.push_back(calm_sentence(summary.judged, odd, rows.size()));
    }
    return summary;
}

}  // namespace lull
