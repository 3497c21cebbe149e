#include "control/replay_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "control/time_text.h"

namespace lull {

namespace {

constexpr std::size_t kCountriesShown = 20;

void print_countries(const View& view) {
    std::vector<std::size_t> order;
    for (std::size_t c = 0; c < view.countries.size(); ++c) {
        if (view.countries[c].traffic != Traffic{}) {
            order.push_back(c);
        }
    }
    const auto packets = [&](std::size_t c) {
        return view.countries[c].traffic.sent_packets + view.countries[c].traffic.received_packets;
    };
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return packets(a) > packets(b); });
    fmt::print("\n{:<8}{:>16}{:>16}{:>18}{:>18}{:>10}\n", "country", "sent packets", "received",
               "sent bytes", "received bytes", "sources");
    for (std::size_t i = 0; i < std::min(order.size(), kCountriesShown); ++i) {
        const CountryView& row = view.countries[order[i]];
        fmt::print("{:<8}{:>16}{:>16}{:>18}{:>18}{:>10.0f}\n", countries()[order[i]].code,
                   row.traffic.sent_packets, row.traffic.received_packets, row.traffic.sent_bytes,
                   row.traffic.received_bytes, row.active_sources);
    }
    if (order.size() > kCountriesShown) {
        fmt::print("… and {} more; --json has them all\n", order.size() - kCountriesShown);
    }
    fmt::print("{:<8}{:>16}{:>16}\n", "private", view.private_space.sent_packets,
               view.private_space.received_packets);
    fmt::print("{:<8}{:>16}{:>16}\n", "no entry", view.unmatched.sent_packets,
               view.unmatched.received_packets);
}

void print_incidents(const View& view) {
    fmt::print("\n{} incident{}\n", view.incidents.size(), view.incidents.size() == 1 ? "" : "s");
    for (const Incident& incident : view.incidents) {
        fmt::print("  {} {} ({}) from {} to {}, seen at {}, lowest {:.0f} % of expected\n",
                   incident_who(incident), kind_name(incident.kind), scope_name(incident.scope),
                   format_time(incident.start_ns),
                   incident.end_ns ? format_time(*incident.end_ns) : "now",
                   format_time(incident.detected_ns), 100 * incident.lowest_ratio);
        for (const std::string& sentence : incident.evidence) {
            fmt::print("      {}\n", sentence);
        }
    }
}

}  // namespace

void print_replay_text(const View& view) {
    uint64_t packets = 0, counted = 0;
    std::array<uint64_t, kRejectCount> rejected{};
    for (const PortView& port : view.ports) {
        packets += port.totals.received_packets;
        counted += port.totals.counted_packets;
        for (std::size_t reason = 0; reason < kRejectCount; ++reason) {
            rejected[reason] += port.totals.rejected[reason];
        }
    }
    fmt::print("{} packets = {} counted + {} rejected\n", packets, counted, packets - counted);
    for (std::size_t reason = 0; reason < kRejectCount; ++reason) {
        if (rejected[reason] != 0) {
            fmt::print("  {:<20}{:>12}\n", reject_name(static_cast<Reject>(reason)),
                       rejected[reason]);
        }
    }
    print_countries(view);
    print_incidents(view);
}

}  // namespace lull
