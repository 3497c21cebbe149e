// `lull table diff OLD NEW --weighted`: what a new table does to each country's traffic, before it
// is put to use. Asks a running monitor for its sample of the day and weighs both files with it, by
// the rule that holds a table back at a reload (table_shift.h).
#pragma once

#include <vector>

#include "control/export/seen_sample.h"
#include "control/http/client.h"
#include "control/origins/command.h"
#include "control/origins/table_file.h"
#include "control/table_shift.h"
#include "dataplane/error.h"

namespace lull {

struct WeightedDiff {
    struct Row {
        CountryId country{};
        std::size_t networks = 0;  // of the sample
        double before = 0;         // answered flows a second, as the monitor expects them now
        double after = 0;
        TableShift::Move move;
    };
    std::vector<Row> rows;                 // of countries that move, the largest shift first
    std::size_t networks = 0;              // of the whole sample
    std::size_t unmoved = 0;               // countries of which enough was seen
    std::vector<CountryId> hardly_seen{};  // too little to say anything, or none expected
    bool other_table = false;              // the monitor runs neither of the two
};

/// Refused: a sample of no network, which says nothing yet, and one that `after` has attributed.
Result<WeightedDiff> weigh(const HeardSample& heard, const OriginTable& before,
                           const OriginTable& after);

/// Prints it. Errors: a table that cannot be read (as table_diff), no answer or none that is one
/// (kFailed), kRefused as weigh().
Result<void> weighted_diff(const TableDiffOptions& options, const ClientOptions& client);

}  // namespace lull
