#include "control/aggregate.h"

#include <algorithm>
#include <cmath>

namespace lull {

namespace {

void add_to(Traffic& traffic, const OriginDelta& delta) {
    traffic.sent_packets += delta.sent_packets;
    traffic.sent_bytes += delta.sent_bytes;
    traffic.received_packets += delta.received_packets;
    traffic.received_bytes += delta.received_bytes;
}

}  // namespace

Aggregate::Aggregate(std::size_t groups, SourcesSpan span)
    : span_(span),
      countries_(lull::countries().size()),
      open_(groups, std::vector<OpenCountry>(lull::countries().size())),
      parts_(groups),
      two_way_(lull::countries().size()),
      whole_(span == SourcesSpan::kWhole ? lull::countries().size() : 0) {}

void Aggregate::adopt(const Directory& directory) {
    Generation generation;
    generation.number = directory.generation;
    generation.totals.resize(directory.origins.size());
    for (std::size_t id = kFirstTableOrigin; id < directory.origins.size(); ++id) {
        const Origin& origin = directory.origins[id];
        const uint64_t key = uint64_t{origin.asn} << 16 | index_of(origin.country);
        const auto [place, added] = index_.try_emplace(key, static_cast<uint32_t>(origins_.size()));
        if (added) {
            origins_.push_back({origin.asn, origin.country, {}});
        }
        generation.totals[id] = place->second;
    }
    generation.parts = parts_.adopt(directory);
    generations_.push_back(std::move(generation));
    if (generations_.size() > kKeptGenerations) {
        generations_.pop_front();
    }
    for (std::size_t i = 0; i < countries_.size(); ++i) {
        countries_[i].networks4 = directory.countries[i].networks4;
        countries_[i].networks6 = directory.countries[i].networks6;
        countries_[i].origins = directory.countries[i].origins;
    }
}

const Aggregate::Generation* Aggregate::find(uint64_t number) const {
    const auto at = std::find_if(generations_.rbegin(), generations_.rend(),
                                 [number](const auto& known) { return known.number == number; });
    return at == generations_.rend() ? nullptr : &*at;
}

void Aggregate::add(const Snapshot& snapshot) {
    for (const GroupDelta& delta : snapshot.groups) {
        add_group(delta);
    }
}

void Aggregate::add_group(const GroupDelta& delta) {
    const Generation* generation = find(delta.table_generation);
    auto& open = open_[delta.group];
    for (const OriginDelta& origin : delta.origins) {
        if (origin.origin == kOriginUnmatched) {
            add_to(unmatched_, origin);
        } else if (origin.origin == kOriginPrivate) {
            add_to(private_, origin);
        } else if (generation == nullptr || index_of(origin.origin) >= generation->totals.size()) {
            orphan_packets_ += origin.sent_packets + origin.received_packets;
            add_to(unmatched_, origin);
        } else {
            OriginTotals& totals = origins_[generation->totals[index_of(origin.origin)]];
            add_to(totals.traffic, origin);
            add_to(countries_[index_of(totals.country)].traffic, origin);
            OpenCountry& country = open[index_of(totals.country)];
            country.touched = true;
            country.packets += static_cast<double>(origin.sent_packets + origin.received_packets);
            country.bytes += static_cast<double>(origin.sent_bytes + origin.received_bytes);
            country.received_bytes += static_cast<double>(origin.received_bytes);
            parts_.add(delta.group, generation->parts[index_of(origin.origin)],
                       origin.answered_flows);
        }
    }
    for (const AreaDelta& area : delta.areas) {
        // Areas are countries in every generation: area = country + 1.
        const std::size_t id = index_of(area.area) - std::size_t{1};
        if (id < open.size()) {
            open[id].touched = true;
            open[id].sources.merge(area.sources);
            open[id].answered.merge(area.answered);
            open[id].life.merge(area.life);
            open[id].life6.merge(area.life6);
            open[id].flows += static_cast<double>(area.answered_flows);
            open[id].flows6 += static_cast<double>(area.answered_flows6);
            open[id].living += area.living_flows;
            open[id].two_way += area.two_way_flows;
            open[id].demand.merge(area.demand);
            countries_[id].answered_flows += area.answered_flows;
        }
    }
}

void Aggregate::share_two_way(std::size_t country, double living, double two_way, double seconds) {
    constexpr double kSpan_s = 600, kLeastFlows = 10;
    const double fade = std::exp(-seconds / kSpan_s);
    TwoWay& sums = two_way_[country];
    sums = {sums.living * fade + living, sums.two_way * fade + two_way};
    countries_[country].two_way_share.reset();
    if (sums.living >= kLeastFlows) {
        countries_[country].two_way_share = sums.two_way / sums.living;
    }
}

std::vector<GroupFacts> Aggregate::close_tick(double seconds) {
    roll_window(seconds);
    for (std::size_t c = 0; c < countries_.size(); ++c) {
        double living = 0, two_way = 0;
        for (const auto& group : open_) {
            living += static_cast<double>(group[c].living);
            two_way += static_cast<double>(group[c].two_way);
        }
        share_two_way(c, living, two_way, seconds);
    }
    std::vector<GroupFacts> groups(open_.size());
    std::vector<std::vector<PartFacts>> parts = parts_.close_tick();
    for (std::size_t g = 0; g < open_.size(); ++g) {
        groups[g].parts = std::move(parts[g]);
        groups[g].countries.resize(open_[g].size());
        for (std::size_t c = 0; c < open_[g].size(); ++c) {
            OpenCountry& open = open_[g][c];
            if (open.touched) {
                groups[g].countries[c] = {.flows = open.flows,
                                          .flows6 = open.flows6,
                                          .life = open.life.estimate(),
                                          .life6 = open.life6.estimate(),
                                          .sources = open.answered.estimate(),
                                          .demand = open.demand.estimate(),
                                          .packets = open.packets,
                                          .bytes = open.bytes,
                                          .received_bytes = open.received_bytes};
                open = OpenCountry{};
            }
        }
    }
    return groups;
}

void Aggregate::roll_window(double seconds) {
    std::vector<Sketch> tick(countries_.size());
    for (const auto& group : open_) {
        for (std::size_t c = 0; c < group.size(); ++c) {
            if (group[c].touched) {
                (span_ == SourcesSpan::kWhole ? whole_ : tick)[c].merge(group[c].sources);
            }
        }
    }
    if (span_ == SourcesSpan::kWhole) {
        return;  // read once, at the end: settle()
    }
    window_.push_back(std::move(tick));
    const auto ticks = static_cast<std::size_t>(
        std::max(1.0, std::ceil(kSourcesWindow_s / std::max(seconds, 0.001))));
    while (window_.size() > ticks) {
        window_.pop_front();
    }
    for (std::size_t c = 0; c < countries_.size(); ++c) {
        Sketch all;
        for (const auto& closed : window_) {
            all.merge(closed[c]);
        }
        countries_[c].active_sources = all.estimate();
    }
}

void Aggregate::settle() {
    for (std::size_t c = 0; c < whole_.size(); ++c) {
        Sketch all = whole_[c];
        for (const auto& group : open_) {
            all.merge(group[c].sources);  // of the tick that is still open
        }
        countries_[c].active_sources = all.estimate();
    }
}

}  // namespace lull
