// See board.h.
#include "control/top/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "control/json_fields.h"
#include "control/time_text.h"
#include "control/top/score.h"
#include "control/top/text.h"

namespace lull {
namespace {

using nlohmann::json;

// Poisson's 5 standard deviations of a difference, half as much again for dispersion.
constexpr double kChance = 7.5;

std::optional<double> number_of(const json& value) {
    if (!value.is_number()) return std::nullopt;
    const double number = value.get<double>();
    return std::isfinite(number) && number >= 0 ? std::optional(number) : std::nullopt;
}

std::string text_of(const json& value) {
    return value.is_string() ? clean_text(value.get_ref<const std::string&>(), Charset::kUtf8) : "";
}

std::optional<int64_t> time_of(const json& value) {
    if (!value.is_string()) return std::nullopt;
    const auto time = parse_time_ns(value.get_ref<const std::string&>());
    return time ? std::optional(*time) : std::nullopt;
}

uint64_t count_of(const json& value) {
    return static_cast<uint64_t>(std::min(number_of(value).value_or(0), 1e18));
}

void read_routing(const json& routing, TopRow& row) {
    const auto v4 = number_of(field(routing, "networks_v4"));
    const auto v6 = number_of(field(routing, "networks_v6"));
    if (v4 || v6) {
        row.routed = v4.value_or(0) + v6.value_or(0);
        row.usually_routed = number_of(field(routing, "usual_networks"));
    }
}

void read_member(const json& members, TopRow& row) {
    if (!members.is_array() || members.empty()) return;
    const json& most = members.front();
    const std::string name = text_of(field(most, "name"));
    row.member = name.empty() ? text_of(field(most, "member")) : name;
    row.member_share = number_of(field(most, "share"));
}

TopRow row_of(const std::string& code, const json& entry) {
    TopRow row;
    row.code = clean_text(code, Charset::kUtf8);
    row.name = text_of(field(entry, "name"));
    row.state = text_of(field(entry, "state"));
    row.since_ns = time_of(field(entry, "state_since"));
    row.observed_per_s = number_of(field(entry, "observed_flows_per_second"));
    row.expected_per_s = number_of(field(entry, "expected_flows_per_second"));
    row.ratio = number_of(field(entry, "ratio"));
    row.dispersion = number_of(field(entry, "dispersion"));
    row.detectable_s = number_of(field(entry, "detectable_seconds"));
    row.coverage = number_of(field(entry, "coverage"));
    row.two_way = number_of(field(entry, "two_way_share"));
    row.networks = number_of(field(entry, "active_sources"));
    read_routing(field(entry, "routing"), row);
    read_member(field(entry, "members"), row);
    return row;
}

struct Open {
    std::string kind;
    std::string scope;
};

/// By country; an incident of its own goes before one that it shares with others.
std::map<std::string, Open> open_incidents(const json& list) {
    std::map<std::string, Open> shared;
    std::map<std::string, Open> own;
    for (const json& incident : list) {
        if (!incident.is_object() || !field(incident, "end").is_null()) continue;
        const Open open{text_of(field(incident, "kind")), text_of(field(incident, "scope"))};
        if (const json& country = field(incident, "country"); country.is_string()) {
            own.insert_or_assign(country.get<std::string>(), open);
        }
        for (const json& country : field(incident, "countries")) {
            if (country.is_string()) shared.insert_or_assign(country.get<std::string>(), open);
        }
    }
    own.merge(shared);
    return own;
}

void read_ports(const json& ports, TopHead& head) {
    for (const json& port : ports) {
        ++head.ports;
        head.ports_healthy += field(port, "healthy") == json(true) ? 1 : 0;
        head.missed_packets += count_of(field(port, "missed_packets"));
        if (const auto loss = number_of(field(port, "capture_loss_ratio"))) {
            head.loss_ratio = std::max(*loss, head.loss_ratio.value_or(0));
        }
    }
}

TopHead head_of(const json& status) {
    TopHead head;
    head.site = text_of(field(status, "site"));
    head.summary = text_of(field(status, "summary"));
    head.version = text_of(field(status, "version"));
    head.time_ns = time_of(field(status, "time"));
    head.published_ns = time_of(field(status, "published"));
    head.table_built_ns = time_of(field(field(status, "table"), "built_at"));
    head.tick_s = std::clamp(number_of(field(status, "tick_seconds")).value_or(10), 1e-3, 86'400.0);
    head.clock_scale = number_of(field(status, "clock_scale")).value_or(1);
    head.blind = field(status, "blind") == json(true);
    head.incidents_open = count_of(field(status, "incidents_open"));
    read_ports(field(status, "ports"), head);
    return head;
}

RowMark change_of(const TopRow& before, const TopRow& now, double tick_s) {
    if (before.state != now.state || before.kind != now.kind || before.scope != now.scope) {
        return RowMark::kChanged;
    }
    if (!before.observed_per_s || !now.observed_per_s) return RowMark::kNone;
    const double was = *before.observed_per_s * tick_s;
    const double is = *now.observed_per_s * tick_s;
    if (std::abs(is - was) <= kChance * std::sqrt(is + was)) return RowMark::kNone;
    return is < was ? RowMark::kFell : RowMark::kRose;
}

}  // namespace

Result<Board> read_board(const BoardDocuments& documents) {
    const json& countries = field(documents.countries, "countries");
    const json& incidents = field(documents.incidents, "incidents");
    if (!field(documents.status, "summary").is_string() || !countries.is_object() ||
        !incidents.is_array()) {
        return failed("the answer is not what lull says: is this lull, and of this version?");
    }
    Board board{head_of(documents.status), {}};
    const auto open = open_incidents(incidents);
    for (const auto& [code, entry] : countries.items()) {
        if (!field(entry, "sent_packets").is_number()) continue;  // never seen
        TopRow row = row_of(code, entry);
        if (const auto found = open.find(code); found != open.end()) {
            row.kind = found->second.kind;
            row.scope = found->second.scope;
        }
        row.score = loss_score(row, board.head.tick_s);
        if (code != "ZZ") {  // no country: never judged
            ++board.head.countries;
            board.head.provable += row.detectable_s.value_or(1e18) <= kProvableWithin_s ? 1 : 0;
        }
        board.rows.push_back(std::move(row));
        if (board.rows.size() == kMostRows) break;
    }
    return board;
}

void mark_changes(const Board& before, Board& now) {
    std::map<std::string_view, const TopRow*> old;
    for (const TopRow& row : before.rows) {
        old.emplace(row.code, &row);
    }
    const bool same_tick = before.head.time_ns == now.head.time_ns;
    for (TopRow& row : now.rows) {
        const auto found = old.find(row.code);
        const RowMark change = found == old.end() ? RowMark::kChanged
                                                  : change_of(*found->second, row, now.head.tick_s);
        if (change != RowMark::kNone) {
            row.mark = change;
            row.mark_left = kMarkBoards;
        } else if (found->second->mark_left > (same_tick ? 0 : 1)) {
            row.mark = found->second->mark;
            row.mark_left = found->second->mark_left - (same_tick ? 0 : 1);
        }
    }
}

}  // namespace lull
