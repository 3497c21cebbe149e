// An incident as a row of the store: what one asks for by column, what one reads as JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/incident.h"
#include "control/store/database.h"

namespace lull {

/// The columns in the order of both functions, for SELECT and INSERT.
inline constexpr std::string_view kIncidentColumns =
    "id, country, kind, scope, start_ns, detected_ns, end_ns, last_verified_ns, lowest_ratio, "
    "area, edges, details";
inline constexpr int kIncidentColumnCount = 12;

/// Binds all of them, from parameter 1 on.
void bind_incident(Statement& statement, const Incident& incident);
/// Of the row that step() found; nullopt when it names a country, kind or scope that this lull does
/// not know, or a time that cannot be.
std::optional<Incident> read_incident(const Statement& row);

/// The `most` newest for which `where` holds, oldest first; `unknown` counts rows that say nothing
/// to this lull.
StoreResult<std::vector<Incident>> read_incidents(Database& database, const std::string& where,
                                                  std::size_t most, std::size_t& unknown);

}  // namespace lull
