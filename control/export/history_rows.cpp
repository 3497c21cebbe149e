#include "control/export/history_rows.h"

#include <fmt/format.h>

#include <cmath>

#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

/// Records are kept to a thousandth: more digits would only look like it.
json rounded(double value) {
    return std::isfinite(value) ? json(std::stod(fmt::format("{:.5g}", value))) : json(nullptr);
}

json number_or_null(const std::optional<double>& value) {
    return value ? rounded(*value) : json(nullptr);
}

json cell_or_null(std::string_view text) {
    return text.empty() ? json(nullptr) : json(text);
}

template <typename List, typename Word>
json in_one_cell(const List& list, std::string_view between, Word word) {
    std::string cell;
    for (const auto& each : list) {
        cell += cell.empty() ? "" : between;
        cell += word(each);
    }
    return cell_or_null(cell);
}

json said(const Remark& remark) {
    return fmt::format("{} {}: {}", format_time(remark.time_ns),
                       remark.by.empty() ? "somebody" : remark.by, remark.text);
}

/// RFC 4180 §2: quotes around what has a comma, a quote or an end of a line; a quote is doubled.
std::string quoted_if_needed(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

std::string csv_cell(const json& value) {
    if (value.is_null()) {
        return "";
    }
    if (!value.is_string()) {
        return value.dump();
    }
    std::string text = value.get<std::string>();
    if (text.find_first_of("=+-@\t\r") == 0) {
        text.insert(0, 1, '\'');
    }
    return quoted_if_needed(text);
}

template <typename Cell>
std::string line_of(const HistoryRow& row, Cell cell) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        line += i == 0 ? "" : ",";
        line += cell(row[i]);
    }
    return line + '\n';
}

}  // namespace

HistoryRow incident_row(const Incident& incident) {
    const auto& acknowledged = incident.acknowledged;
    const auto as_is = [](const std::string& text) { return text; };
    return {
        {"id", incident.id},
        {"country", incident.country ? json(country(*incident.country).code) : json(nullptr)},
        {"kind", kind_name(incident.kind)},
        {"scope", scope_name(incident.scope)},
        {"start", format_time(incident.start_ns)},
        {"detected", format_time(incident.detected_ns)},
        {"end", incident.end_ns ? json(format_time(*incident.end_ns)) : json(nullptr)},
        {"last_verified", format_time(incident.last_verified_ns)},
        {"lowest_ratio", incident.lowest_ratio},
        {"area", incident.area},
        {"edges", incident.edges},
        {"countries", in_one_cell(incident.countries, " ",
                                  [](CountryId id) { return std::string(country(id).code); })},
        {"member", incident.member ? json(member_label(*incident.member)) : json(nullptr)},
        {"member_name", cell_or_null(incident.member_name)},
        {"evidence", in_one_cell(incident.evidence, " | ", as_is)},
        {"acknowledged", acknowledged ? json(format_time(acknowledged->time_ns)) : json(nullptr)},
        {"acknowledged_by", acknowledged ? cell_or_null(acknowledged->by) : json(nullptr)},
        {"acknowledged_note", acknowledged ? cell_or_null(acknowledged->text) : json(nullptr)},
        {"notes", in_one_cell(incident.notes, " | ",
                              [](const Remark& note) { return said(note).get<std::string>(); })},
        {"transitions", in_one_cell(incident.transitions, " | ",
                                    [](const Transition& each) {
                                        return format_time(each.time_ns) + " " + each.state;
                                    })},
    };
}

HistoryRow series_row(CountryId id, const Decision& decision) {
    const CountryVerdict& verdict = decision.verdict;
    const Grounds& grounds = verdict.grounds;
    return {
        {"time", format_time(decision.time_ns)},
        {"country", country(id).code},
        {"state", state_name(verdict.state)},
        {"state_since", format_time(verdict.state_since_ns)},
        {"observed_flows_per_second", rounded(verdict.observed_life_per_s)},
        {"expected_flows_per_second", number_or_null(verdict.expected_life_per_s)},
        {"ratio", number_or_null(verdict.ratio)},
        {"demand_ratio", number_or_null(verdict.demand_ratio)},
        {"coverage", rounded(verdict.coverage)},
        {"evidence", rounded(verdict.evidence)},
        {"detectable_seconds", number_or_null(verdict.detectable_s)},
        {"dispersion", number_or_null(verdict.dispersion)},
        {"stability_doubtful", verdict.doubtful},
        {"observed_sources", rounded(grounds.sources.observed)},
        {"expected_sources", rounded(grounds.sources.expected)},
        {"observed_bytes", rounded(grounds.bytes.observed)},
        {"expected_bytes", rounded(grounds.bytes.expected)},
        {"common_ratio", rounded(grounds.common_ratio)},
        {"held", grounds.held},
    };
}

std::string csv_header(const HistoryRow& row) {
    return line_of(row, [](const auto& cell) { return std::string(cell.first); });
}

std::string csv_line(const HistoryRow& row) {
    return line_of(row, [](const auto& cell) { return csv_cell(cell.second); });
}

std::string json_line(const HistoryRow& row) {
    nlohmann::ordered_json document = nlohmann::ordered_json::object();
    for (const auto& [name, value] : row) {
        document[std::string(name)] = value;
    }
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace lull
