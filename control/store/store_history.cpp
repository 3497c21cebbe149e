// Of StoreFile: the past, read by the page.
#include <fmt/format.h>

#include <algorithm>

#include "control/store/incident_row.h"
#include "control/store/store_file.h"

namespace lull {
namespace {

constexpr std::size_t kPageIncidents = 256;  // of 2 to 10 KB each
constexpr std::size_t kPageDecisions = 64;   // of at most 25 KB each

bool is_about(const Incident& incident, const std::optional<CountryId>& id) {
    return !id || incident.country == id ||
           std::find(incident.countries.begin(), incident.countries.end(), *id) !=
               incident.countries.end();
}

}  // namespace

StoreResult<int64_t> StoreFile::last_tick_ns() {
    auto last = database_.number("SELECT tick_end_ns FROM detector WHERE id = 1");
    if (!last) {
        return tl::unexpected(last.error());
    }
    return last->value_or(0);
}

StoreResult<std::size_t> StoreFile::each_incident(
    const HistorySpan& span, const std::function<bool(const Incident&)>& take) {
    std::size_t senseless = 0;
    int64_t last_id = 0;
    for (std::size_t found_here = kPageIncidents; found_here == kPageIncidents;) {
        auto rows = database_.prepare(fmt::format(
            "SELECT {} FROM incidents WHERE id > ? AND start_ns < ? AND (end_ns IS NULL OR end_ns "
            ">= ?) ORDER BY id LIMIT {}",
            kIncidentColumns, kPageIncidents));
        if (!rows) {
            return tl::unexpected(rows.error());
        }
        rows->bind(1, last_id);
        rows->bind(2, span.to_ns);
        rows->bind(3, span.from_ns);
        std::vector<Incident> page;
        found_here = 0;
        auto found = rows->step();
        for (; found && *found; found = rows->step()) {
            ++found_here;
            last_id = rows->whole(0);
            if (auto incident = read_incident(*rows)) {
                page.push_back(std::move(*incident));
            } else {
                ++senseless;
            }
        }
        if (!found) {
            return tl::unexpected(found.error());
        }
        for (const Incident& incident : page) {
            if (is_about(incident, span.country) && !take(incident)) {
                return senseless;
            }
        }
    }
    return senseless;
}

StoreResult<std::size_t> StoreFile::each_decision(
    const HistorySpan& span, const std::function<bool(CountryId, const Decision&)>& take) {
    std::size_t senseless = 0;
    int64_t next_ns = span.from_ns;
    bool more = true;
    for (std::size_t found_here = kPageDecisions; more && found_here == kPageDecisions;) {
        auto rows = database_.prepare(
            fmt::format("SELECT time_ns, records FROM decisions WHERE time_ns >= ? AND time_ns < ? "
                        "ORDER BY time_ns LIMIT {}",
                        kPageDecisions));
        if (!rows) {
            return tl::unexpected(rows.error());
        }
        rows->bind(1, next_ns);
        rows->bind(2, span.to_ns);
        std::vector<DecisionRow> page;
        auto found = rows->step();
        for (; found && *found; found = rows->step()) {
            page.push_back({rows->whole(0), rows->bytes(1)});
        }
        if (!found) {
            return tl::unexpected(found.error());
        }
        found_here = page.size();
        for (const DecisionRow& row : page) {
            next_ns = row.time_ns + 1;
            std::size_t records = 0;
            each_record(row, [&](CountryId id, const Decision& decision) {
                ++records;
                more = more && ((span.country && *span.country != id) || take(id, decision));
            });
            senseless += records == 0 ? 1 : 0;
        }
    }
    return senseless;
}

}  // namespace lull
