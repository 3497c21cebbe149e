#include "control/series_ticks.h"

namespace lull {
namespace {

void fill(CountryFacts& facts, const SeriesRow& row, Count deciding, Teaches teaches) {
    facts.missing = !row.healthy;
    facts.flows = row.deciding;
    facts.sources = teaches == Teaches::kAll ? row.sources : 0;
    facts.bytes = deciding == Count::kBytes ? row.deciding : row.bytes;
}

}  // namespace

void give_ticks(const Series& series, std::span<const std::size_t> places, std::size_t size,
                Teaches teaches, const std::function<void(const TickFacts&)>& take) {
    TickFacts facts;
    facts.teaches = teaches;
    facts.networks_told = false;
    facts.seconds = static_cast<double>(series.step_ns) / 1e9;
    facts.groups.resize(1);
    std::vector<CountryFacts>& bins = facts.groups.front().countries;
    CountryFacts none;
    none.missing = true;
    for (std::size_t at = 0; at < series.rows.size();) {
        facts.start_ns = series.rows[at].start_ns;
        bins.assign(size, none);
        for (; at < series.rows.size() && series.rows[at].start_ns == facts.start_ns; ++at) {
            fill(bins[places[series.rows[at].country]], series.rows[at], series.deciding, teaches);
        }
        take(facts);
    }
}

}  // namespace lull
