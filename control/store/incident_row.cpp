#include "control/store/incident_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "control/ledger.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr int64_t kMostTime_ns = int64_t{1} << 62;  // differences of two such still fit

json remark_json(const Remark& remark) {
    return {remark.time_ns, remark.by, remark.text};
}

std::optional<Remark> read_remark(const json& value) {
    if (!value.is_array() || value.size() != 3 || !value[0].is_number_integer() ||
        !value[1].is_string() || !value[2].is_string()) {
        return std::nullopt;
    }
    return Remark{value[0].get<int64_t>(), value[1].get<std::string>(),
                  value[2].get<std::string>()};
}

json member_json(const Incident& incident) {
    if (!incident.member) {
        return nullptr;
    }
    return {incident.member->asn, incident.member->mac, incident.member_name};
}

void read_member(const json& value, Incident& incident) {
    if (!value.is_array() || value.size() != 3 || !value[0].is_number_unsigned() ||
        !value[1].is_number_unsigned() || !value[2].is_string() ||
        value[0].get<uint64_t>() > UINT32_MAX) {
        return;
    }
    incident.member = MemberKey{value[0].get<uint32_t>(), value[1].get<MacNumber>()};
    incident.member_name = value[2].get<std::string>();
}

std::string details_of(const Incident& incident) {
    json codes = json::array();
    for (const CountryId id : incident.countries) {
        codes.push_back(country(id).code);
    }
    json transitions = json::array();
    for (const Transition& each : incident.transitions) {
        transitions.push_back({each.time_ns, each.state});
    }
    json notes = json::array();
    for (const Remark& each : incident.notes) {
        notes.push_back(remark_json(each));
    }
    return json{{"countries", std::move(codes)},
                {"part_of", incident.part_of},
                {"member", member_json(incident)},
                {"evidence", incident.evidence},
                {"transitions", std::move(transitions)},
                {"acknowledged",
                 incident.acknowledged ? remark_json(*incident.acknowledged) : json(nullptr)},
                {"notes", std::move(notes)}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

// What is missing or of another shape is left out: the columns are the incident.
void read_details(const std::string& text, Incident& incident) {
    const json details = json::parse(text, nullptr, false);
    if (!details.is_object()) {
        return;
    }
    for (const json& code : details.value("countries", json::array())) {
        if (const auto id =
                code.is_string() ? find_country(code.get<std::string>()) : std::nullopt) {
            incident.countries.push_back(*id);
        }
    }
    if (const json part_of = details.value("part_of", json()); part_of.is_number_unsigned()) {
        incident.part_of = part_of.get<uint64_t>();
    }
    read_member(details.value("member", json()), incident);
    for (const json& sentence : details.value("evidence", json::array())) {
        if (sentence.is_string()) {
            Ledger::note(incident, sentence.get<std::string>());
        }
    }
    for (const json& each : details.value("transitions", json::array())) {
        if (each.is_array() && each.size() == 2 && each[0].is_number_integer() &&
            each[1].is_string()) {
            Ledger::move(incident, each[0].get<int64_t>(), each[1].get<std::string>());
        }
    }
    incident.acknowledged = read_remark(details.value("acknowledged", json()));
    for (const json& each : details.value("notes", json::array())) {
        if (auto note = read_remark(each); note && incident.notes.size() < Ledger::kNotesKept) {
            incident.notes.push_back(std::move(*note));
        }
    }
}

template <typename Enum>
std::optional<Enum> find_word(const std::string& word, std::string_view (*name)(Enum), Enum last) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
        if (name(static_cast<Enum>(i)) == word) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

double finite(double value) {
    return std::isfinite(value) ? value : 0;
}

bool possible(int64_t time_ns) {
    return time_ns >= -kMostTime_ns && time_ns <= kMostTime_ns;
}

}  // namespace

void bind_incident(Statement& statement, const Incident& incident) {
    statement.bind(1, static_cast<int64_t>(incident.id));
    if (incident.country) {
        statement.bind(2, country(*incident.country).code);
    } else {
        statement.bind_null(2);
    }
    statement.bind(3, kind_name(incident.kind));
    statement.bind(4, scope_name(incident.scope));
    statement.bind(5, incident.start_ns);
    statement.bind(6, incident.detected_ns);
    if (incident.end_ns) {
        statement.bind(7, *incident.end_ns);
    } else {
        statement.bind_null(7);
    }
    statement.bind(8, incident.last_verified_ns);
    statement.bind(9, finite(incident.lowest_ratio));
    statement.bind(10, finite(incident.area));
    statement.bind(11, int64_t{incident.edges});
    statement.bind(12, std::string_view(details_of(incident)));
}

std::optional<Incident> read_incident(const Statement& row) {
    Incident incident;
    incident.id = static_cast<uint64_t>(row.whole(0));
    if (!row.is_null(1)) {
        incident.country = find_country(row.text(1));
        if (!incident.country) {
            return std::nullopt;
        }
    }
    const auto kind = find_word(row.text(2), kind_name, IncidentKind::kRecurring);
    const auto scope = find_word(row.text(3), scope_name, Scope::kUnproven);
    if (!kind || !scope || row.whole(0) <= 0) {
        return std::nullopt;
    }
    incident.kind = *kind;
    incident.scope = *scope;
    incident.start_ns = row.whole(4);
    incident.detected_ns = row.whole(5);
    if (!row.is_null(6)) {
        incident.end_ns = row.whole(6);
    }
    incident.last_verified_ns = row.whole(7);
    if (!possible(incident.start_ns) || !possible(incident.detected_ns) ||
        !possible(incident.end_ns.value_or(0)) || !possible(incident.last_verified_ns)) {
        return std::nullopt;
    }
    incident.lowest_ratio = row.real(8);
    incident.area = row.real(9);
    incident.edges = static_cast<uint32_t>(row.whole(10));
    read_details(row.text(11), incident);
    return incident;
}

StoreResult<std::vector<Incident>> read_incidents(Database& database, const std::string& where,
                                                  std::size_t most, std::size_t& unknown) {
    auto rows =
        database.prepare(fmt::format("SELECT {} FROM incidents WHERE {} ORDER BY id DESC "
                                     "LIMIT {}",
                                     kIncidentColumns, where, most));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<Incident> incidents;
    auto found = rows->step();
    for (; found && *found; found = rows->step()) {
        if (auto incident = read_incident(*rows)) {
            incidents.push_back(std::move(*incident));
        } else {
            ++unknown;
        }
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    std::reverse(incidents.begin(), incidents.end());
    return incidents;
}

}  // namespace lull
