// History as rows with named columns, for `lull export`: an incident, and a country at a time. The
// columns are a promise to whoever reads the file: new ones come at the end, none changes its
// meaning. Pure.
//
// CSV is RFC 4180's with "\n" as the end of a line. A cell of text that a spreadsheet would take
// for a formula (it begins with = + - @, a tab or a carriage return) has an apostrophe put before
// it, as OWASP advises: names and notes come from people and other networks. JSON lines have every
// text as it is.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/decision.h"
#include "control/incident.h"

namespace lull {

/// In the order of the columns; null is an empty cell.
using HistoryRow = std::vector<std::pair<std::string_view, nlohmann::json>>;

/// Lists are one cell: codes with spaces between them, sentences with " | ".
HistoryRow incident_row(const Incident& incident);
/// Of sources and bytes what the last judged tick saw.
HistoryRow series_row(CountryId id, const Decision& decision);

/// One line with its end: the names of the columns, or the cells.
std::string csv_header(const HistoryRow& row);
std::string csv_line(const HistoryRow& row);
/// A JSON object on one line.
std::string json_line(const HistoryRow& row);

}  // namespace lull
