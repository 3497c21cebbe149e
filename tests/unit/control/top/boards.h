// Documents as a monitor's API has them, for the tests of `lull top`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "control/top/board.h"

namespace lull::test {

/// A country in `state`, of so many flows a second; its tick is 10 s.
inline nlohmann::json country_entry(const std::string& name, const std::string& state,
                                    double observed, double expected) {
    return {{"name", name},
            {"state", state},
            {"state_since", "2014-12-22T16:15:00Z"},
            {"sent_packets", 1000},
            {"observed_flows_per_second", observed},
            {"expected_flows_per_second", expected},
            {"ratio", observed / expected},
            {"dispersion", 30},
            {"detectable_seconds", 30},
            {"coverage", 1},
            {"two_way_share", 0.98},
            {"active_sources", 4},
            {"routing", nullptr},
            {"members", nullptr}};
}

inline BoardDocuments made_documents() {
    return {.status = {{"site", "ix-example"},
                       {"summary", "KP (Korea (North)) went quiet at 16:15 UTC."},
                       {"time", "2014-12-22T17:00:00Z"},
                       {"published", "2026-11-28T12:00:00Z"},
                       {"tick_seconds", 10},
                       {"clock_scale", 720},
                       {"incidents_open", 1},
                       {"blind", false},
                       {"ports",
                        {{{"healthy", true}, {"capture_loss_ratio", 0.001}, {"missed_packets", 0}},
                         {{"healthy", true}, {"capture_loss_ratio", 0}, {"missed_packets", 0}}}},
                       {"table", {{"built_at", "2026-11-28T09:00:00Z"}}}},
            .countries = {{"countries",
                           {{"KP", country_entry("Korea (North)", "outage", 0, 0.33)},
                            {"FR", country_entry("France", "normal", 220, 226)},
                            {"CI", country_entry("Côte d’Ivoire", "normal", 12, 20.4)},
                            {"AQ", {{"name", "Antarctica"}, {"state", "learning"}}}}}},
            .incidents = {
                {"incidents",
                 {{{"country", "KP"}, {"kind", "outage"}, {"scope", "lost"}, {"end", nullptr}},
                  {{"country", "FR"},
                   {"kind", "outage"},
                   {"scope", "lost"},
                   {"end", "2014-12-21T00:00:00Z"}}}}}};
}

inline Board made_board() {
    return read_board(made_documents()).value();
}

/// 2026-11-28T12:00:04Z: four seconds after it was published.
inline constexpr int64_t kLookedAt_ns = 1'795'867'204'000'000'000;

}  // namespace lull::test
