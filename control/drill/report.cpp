// Countries are counted from what the sink took; a device that refuses a frame later is seen in
// `refused` alone.
#include "control/drill/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/time_text.h"

namespace lull {
namespace {

constexpr std::size_t kCountriesShown = 10;

nlohmann::json traffic_json(const Traffic& traffic) {
    return {{"sent_packets", traffic.sent_packets},
            {"sent_bytes", traffic.sent_bytes},
            {"received_packets", traffic.received_packets},
            {"received_bytes", traffic.received_bytes}};
}

nlohmann::json events_json(const DrillReport& report) {
    nlohmann::json events = nlohmann::json::array();
    for (const DrillEvent& event : report.scenario.events) {
        if (event.at_ns >= report.until_ns || event.over_ns() <= report.from_ns) continue;
        events.push_back({{"time", format_time(event.at_ns)},
                          {"kind", event_name(event.kind)},
                          {"target", event.target.text},
                          {"until", format_time(event.over_ns())}});
    }
    std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) {
        return a["time"].template get_ref<const std::string&>() <
               b["time"].template get_ref<const std::string&>();
    });
    return events;
}

}  // namespace

nlohmann::json to_json(const DrillReport& report) {
    nlohmann::json by_country = nlohmann::json::object();
    for (uint16_t i = 0; i < report.totals.countries.size(); ++i) {
        const Traffic& traffic = report.totals.countries[i];
        if (traffic == Traffic{}) continue;
        by_country[std::string(country(CountryId{i}).code)] = traffic_json(traffic);
    }
    return {{"scenario", report.scenario.name},
            {"seed", report.seed},
            {"from", format_time(report.from_ns)},
            {"until", format_time(report.until_ns)},
            {"thinning_factor", report.thinning_factor},
            {"offered", report.frames.offered},
            {"sent", report.frames.sent},
            {"refused", report.frames.refused},
            {"late", report.late},
            {"ip_packets", report.totals.ip_packets},
            {"other_frames", report.totals.other_frames},
            {"conversations", report.totals.conversations},
            {"scans", report.totals.scans},
            {"flood_packets", report.totals.flood_packets},
            {"countries", std::move(by_country)},
            {"private", traffic_json(report.totals.private_space)},
            {"events", events_json(report)}};
}

std::string to_text(const DrillReport& report) {
    std::string text =
        fmt::format("{}: {} to {}\n{} frames offered, {} sent, {} refused ({} of them late)\n",
                    report.scenario.name, format_time(report.from_ns), format_time(report.until_ns),
                    report.frames.offered, report.frames.sent, report.frames.refused, report.late);
    std::vector<uint16_t> order;
    for (uint16_t i = 0; i < report.totals.countries.size(); ++i) {
        if (report.totals.countries[i].sent_packets > 0) order.push_back(i);
    }
    const auto packets = [&](uint16_t i) { return report.totals.countries[i].sent_packets; };
    std::stable_sort(order.begin(), order.end(),
                     [&](uint16_t a, uint16_t b) { return packets(a) > packets(b); });
    text += fmt::format("{} countries sent; most of all:", order.size());
    for (std::size_t i = 0; i < std::min(order.size(), kCountriesShown); ++i) {
        text += fmt::format(" {} {}", country(CountryId{order[i]}).code, packets(order[i]));
    }
    for (const auto& event : events_json(report)) {
        text += fmt::format("\n{}  {} of {} until {}", event["time"].get<std::string>(),
                            event["kind"].get<std::string>(), event["target"].get<std::string>(),
                            event["until"].get<std::string>());
    }
    return text + "\n";
}

}  // namespace lull
