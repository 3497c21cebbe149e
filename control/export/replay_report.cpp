#include "control/export/replay_report.h"

#include <cmath>
#include <string>

#include "control/export/inspected.h"
#include "control/export/json.h"
#include "control/export/summary.h"

namespace lull {

nlohmann::json replay_report(const View& view) {
    using nlohmann::json;
    uint64_t packets = 0;
    uint64_t ip_packets = 0;
    json rejected = json::object();
    for (std::size_t i = 1; i < kRejectCount; ++i) {
        uint64_t count = 0;
        for (const PortView& port : view.ports) {
            count += port.totals.rejected[i];
        }
        if (count > 0) {
            rejected[std::string(reject_name(static_cast<Reject>(i)))] = count;
        }
    }
    for (const PortView& port : view.ports) {
        packets += port.totals.received_packets;
        ip_packets += port.totals.counted_packets;
    }
    json wire = json::array();
    for (const PortView& port : view.ports) {
        const WireCounts& counts = port.totals.wire;
        const auto ratio = [](uint64_t part, uint64_t whole) {
            return whole == 0 ? json(nullptr)
                              : json(static_cast<double>(part) / static_cast<double>(whole));
        };
        wire.push_back({{"port", port.name},
                        {"segments", counts.seen},
                        {"segments_lost", counts.lost},
                        {"segments_compared", counts.compared},
                        {"segments_duplicate", counts.duplicates},
                        {"capture_loss_ratio", ratio(counts.lost, counts.lost + counts.seen)},
                        {"duplicate_ratio", ratio(counts.duplicates, counts.compared)},
                        {"truncated_packets", port.totals.truncated_packets}});
    }
    json by_country = json::object();
    for (const CountryRow& row : seen_countries(view)) {
        if (row.facts->traffic == Traffic{}) {
            continue;
        }
        json entry = traffic_json(row.facts->traffic);
        entry["active_sources"] = std::llround(row.facts->active_sources);
        by_country[std::string(country(row.id).code)] = std::move(entry);
    }
    json report{
        {"packets", packets},
        {"ip_packets", ip_packets},
        {"rejected", std::move(rejected)},
        {"countries", std::move(by_country)},
        {"origins", origins_json(view)["origins"]},
        {"unmatched", traffic_json(view.unmatched)},
        {"private", traffic_json(view.private_space)},
        {"labels", label_totals_json(view)},
        {"wire", std::move(wire)},
        {"incidents", incidents_json(view)},
        {"states", states_json(view)},
    };
    if (json names = names_json(view); !names.is_null()) {
        report["names"] = std::move(names);
    }
    if (view.inspect->sites_named) {
        report["sites"] = sites_json(view)["sites"];
    }
    return report;
}

}  // namespace lull
