// See document.h.
#include "control/top/document.h"

#include "control/time_text.h"
#include "control/top/trust.h"

namespace lull {
namespace {

using nlohmann::json;

json or_null(const std::optional<double>& value) {
    return value ? json(*value) : json(nullptr);
}

json or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json time_or_null(const std::optional<int64_t>& time_ns) {
    return time_ns ? json(format_time(*time_ns)) : json(nullptr);
}

json row_document(const TopRow& row) {
    return {{"country", row.code},
            {"name", row.name},
            {"state", row.state},
            {"state_since", time_or_null(row.since_ns)},
            {"kind", or_null(row.kind)},
            {"scope", or_null(row.scope)},
            {"observed_flows_per_second", or_null(row.observed_per_s)},
            {"expected_flows_per_second", or_null(row.expected_per_s)},
            {"ratio", or_null(row.ratio)},
            {"detectable_seconds", or_null(row.detectable_s)},
            {"coverage", or_null(row.coverage)},
            {"two_way_share", or_null(row.two_way)},
            {"active_sources", or_null(row.networks)},
            {"networks_routed", or_null(row.routed)},
            {"usual_networks", or_null(row.usually_routed)},
            {"member", or_null(row.member)},
            {"member_share", or_null(row.member_share)},
            {"score", row.score}};
}

}  // namespace

std::string board_document(const Board& board, const Choice& choice, int64_t now_ns) {
    const TopHead& head = board.head;
    json countries = json::array();
    for (const TopRow* row : chosen_rows(board, choice)) {
        countries.push_back(row_document(*row));
    }
    const json document{{"time", time_or_null(head.time_ns)},
                        {"site", head.site},
                        {"summary", head.summary},
                        {"age_seconds", or_null(age_s(head, now_ns))},
                        {"clock_scale", head.clock_scale},
                        {"blind", head.blind},
                        {"incidents_open", head.incidents_open},
                        {"ports", head.ports},
                        {"ports_healthy", head.ports_healthy},
                        {"capture_loss_ratio", or_null(head.loss_ratio)},
                        {"missed_packets", head.missed_packets},
                        {"countries_seen", head.countries},
                        {"countries_provable", head.provable},
                        {"table_built_at", time_or_null(head.table_built_ns)},
                        {"countries", std::move(countries)}};
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace lull
