#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "control/export/families.h"
#include "control/export/summary.h"

namespace lull {
namespace {

using prometheus::MetricType;

constexpr int64_t kSecond_ns = 1'000'000'000;

/// A metric with the one label `country`: what it is, and where its value is found.
struct CountryMetric {
    const char* name;
    const char* help;
    MetricType type;
    std::optional<double> (*value)(const CountryRow& row);
};

using Value = std::optional<double>;

constexpr CountryMetric kCountryMetrics[] = {
    {"lull_country_sent_packets_total", "IP packets whose source address is the country's.",
     MetricType::Counter,
     [](const CountryRow& row) -> Value {
         return static_cast<double>(row.facts->traffic.sent_packets);
     }},
    {"lull_country_sent_bytes_total", "IP bytes whose source address is the country's.",
     MetricType::Counter,
     [](const CountryRow& row) -> Value {
         return static_cast<double>(row.facts->traffic.sent_bytes);
     }},
    {"lull_country_received_packets_total", "IP packets whose destination is the country's.",
     MetricType::Counter,
     [](const CountryRow& row) -> Value {
         return static_cast<double>(row.facts->traffic.received_packets);
     }},
    {"lull_country_received_bytes_total", "IP bytes whose destination is the country's.",
     MetricType::Counter,
     [](const CountryRow& row) -> Value {
         return static_cast<double>(row.facts->traffic.received_bytes);
     }},
    {"lull_country_observed_flows_per_second",
     "Conversations with the country first seen answered in the last tick, per second.",
     MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->observed_life_per_s; }},
    {"lull_country_answered_flows_total",
     "Conversations between the country and another one that were answered, each once.",
     MetricType::Counter,
     [](const CountryRow& row) -> Value { return static_cast<double>(row.facts->answered_flows); }},
    {"lull_country_two_way_share",
     "Share of the country's living conversations of which both directions are seen here.",
     MetricType::Gauge, [](const CountryRow& row) -> Value { return row.facts->two_way_share; }},
    {"lull_country_observed_sources",
     "Networks of the country with answered conversations in the last tick.", MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->observed_sources; }},
    {"lull_country_alive_ratio",
     "Share of the country's usual flows whose networks (or largest origins, where it has many) "
     "are "
     "not silent: seen before ten of their flows were due.",
     MetricType::Gauge, [](const CountryRow& row) -> Value { return row.verdict->alive; }},
    {"lull_country_observed_bytes_per_second",
     "IP bytes from and to the country in the last tick, per second.", MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->observed_bytes_per_s; }},
    {"lull_country_expected_flows_per_second",
     "What observed_flows_per_second should be, same tick and ports.", MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->expected_life_per_s; }},
    {"lull_country_expected_sources", "What observed_sources should be, same tick and ports.",
     MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->expected_sources; }},
    {"lull_country_expected_bytes_per_second",
     "What observed_bytes_per_second should be, same tick and ports.", MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->expected_bytes_per_s; }},
    {"lull_country_volume_ratio",
     "Observed over expected of the signal that decides; absent when not known.", MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->ratio; }},
    {"lull_country_demand_ratio",
     "Who still asks for the country, over expected: an outage that the world notices has demand; "
     "absent when not known.",
     MetricType::Gauge, [](const CountryRow& row) -> Value { return row.verdict->demand_ratio; }},
    {"lull_country_coverage_ratio", "Share of the country's expectation that is on healthy ports.",
     MetricType::Gauge, [](const CountryRow& row) -> Value { return row.verdict->coverage; }},
    {"lull_country_detectable_seconds", "How long a full collapse needs to be provable.",
     MetricType::Gauge, [](const CountryRow& row) -> Value { return row.verdict->detectable_s; }},
    {"lull_country_selftest_detection_seconds",
     "How long the last made-up collapse took to be noticed; absent when it was not.",
     MetricType::Gauge, [](const CountryRow& row) -> Value { return row.verdict->canary_s; }},
    {"lull_country_selftest_misses",
     "Made-up collapses in a row that were not noticed in time; watched countries only.",
     MetricType::Gauge,
     [](const CountryRow& row) -> Value {
         return row.verdict->watched ? Value(row.verdict->canary_misses) : Value();
     }},
    {"lull_country_stability_doubtful", "Whether the country is back for less than a day.",
     MetricType::Gauge,
     [](const CountryRow& row) -> Value { return row.verdict->doubtful ? 1 : 0; }},
};

void add_state_family(const View& view, FamilyList& list) {
    list.gauge("lull_country_state", "State of the country: 1 for the active one of nine.");
    // ZZ is counted and never judged: it has no state.
    for (std::size_t i = 1; i < countries().size(); ++i) {
        const CountryRow row = country_row(view, static_cast<CountryId>(i));
        for (std::size_t s = 0; s < kStateCount; ++s) {
            const auto state = static_cast<State>(s);
            list.add(state == row.verdict->state ? 1 : 0,
                     {{"country", country(row.id).code}, {"state", state_name(state)}});
        }
    }
}

struct OriginMetric {
    const char* name;
    const char* help;
    uint64_t Traffic::*value;
};

constexpr OriginMetric kOriginMetrics[] = {
    {"lull_origin_sent_packets_total", "IP packets whose source address is the origin's.",
     &Traffic::sent_packets},
    {"lull_origin_sent_bytes_total", "IP bytes whose source address is the origin's.",
     &Traffic::sent_bytes},
    {"lull_origin_received_packets_total", "IP packets whose destination is the origin's.",
     &Traffic::received_packets},
    {"lull_origin_received_bytes_total", "IP bytes whose destination is the origin's.",
     &Traffic::received_bytes},
};

}  // namespace

void add_country_families(const View& view, FamilyList& list) {
    const std::vector<CountryRow> rows = seen_countries(view);
    for (const CountryMetric& metric : kCountryMetrics) {
        if (metric.type == MetricType::Counter) {
            list.counter(metric.name, metric.help);
        } else {
            list.gauge(metric.name, metric.help);
        }
        for (const CountryRow& row : rows) {
            // Verdict gauges make no sense for ZZ, its counters do.
            if (row.id == kCountryUnknown && metric.type != MetricType::Counter) {
                continue;
            }
            if (const Value value = metric.value(row)) {
                list.add(*value, {{"country", country(row.id).code}});
            }
        }
    }
    list.gauge("lull_country_info", "Name and time zone of the country; always 1.");
    for (const CountryRow& row : rows) {
        list.add(1, {{"country", country(row.id).code},
                     {"name", country(row.id).name},
                     {"timezone", country(row.id).timezone}});
    }
    list.gauge("lull_country_utc_offset_seconds",
               "Civil time of the country less UTC, at the time of the traffic.");
    for (const CountryRow& row : rows) {
        if (row.id != kCountryUnknown) {
            list.add(utc_offset_s(row.id, view.tick_end_ns / kSecond_ns),
                     {{"country", country(row.id).code}});
        }
    }
    add_state_family(view, list);
}

// A country that fell with others is told of by country and as a part of what is one event: its
// kind is regional, and its scope what that of a whole outage is worth.
std::string_view told_kind(const Incident& incident) {
    return kind_name(incident.part_of != 0 ? IncidentKind::kRegional : incident.kind);
}

std::string_view told_scope(const Incident& incident) {
    const bool whole = incident.part_of == 0 || incident.kind == IncidentKind::kOutage;
    return scope_name(whole ? incident.scope : Scope::kUnproven);
}

void add_incident_families(const View& view, FamilyList& list) {
    const auto code_of = [](const Incident& incident) {
        return incident.country ? country(*incident.country).code : std::string_view();
    };
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, uint32_t> open;
    for (const Incident& incident : view.incidents) {
        if (!incident.end_ns) {
            ++open[{code_of(incident), told_kind(incident), told_scope(incident)}];
        }
    }
    list.gauge("lull_incidents_open", "Open incidents; absent when there is none. Alert on this.");
    for (const auto& [labels, count] : open) {
        const auto& [code, kind, scope] = labels;
        list.add(count, {{"country", code}, {"kind", kind}, {"scope", scope}});
    }
    list.counter("lull_incidents_total", "Incidents opened since the start.");
    for (const auto& [name, count] : view.incidents_total) {
        const std::string_view text = name;
        const std::size_t slash = text.find('/');
        if (slash != std::string_view::npos) {
            list.add(static_cast<double>(count),
                     {{"kind", text.substr(0, slash)}, {"scope", text.substr(slash + 1)}});
        }
    }
    const auto add_each = [&](const auto& value) {
        for (const Incident& incident : view.incidents) {
            if (!incident.end_ns) {
                list.add(
                    value(incident),
                    {{"country", code_of(incident)},
                     {"kind", told_kind(incident)},
                     {"scope", told_scope(incident)},
                     {"incident", fmt::to_string(incident.id)},
                     {"member", incident.member ? member_label(*incident.member) : std::string()}});
            }
        }
    };
    list.gauge("lull_incident_info", "Each open incident by its number; always 1.");
    add_each([](const Incident&) { return 1.0; });
    list.gauge("lull_incident_start_timestamp_seconds",
               "When each open incident began, dated back to the first tick of the fall, in the "
               "time of the traffic.");
    add_each([](const Incident& incident) {
        return static_cast<double>(incident.start_ns) / static_cast<double>(kSecond_ns);
    });
}

void add_origin_families(const View& view, FamilyList& list) {
    for (const OriginMetric& metric : kOriginMetrics) {
        list.counter(metric.name, metric.help);
        for (const OriginTotals& origin : view.origins) {
            const fmt::format_int asn(origin.asn);
            list.add(static_cast<double>(origin.traffic.*metric.value),
                     {{"asn", std::string_view(asn.data(), asn.size())},
                      {"country", country(origin.country).code}});
        }
    }
}

}  // namespace lull
