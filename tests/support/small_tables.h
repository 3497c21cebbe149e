// Small origin tables for tests: a fixed one with a little of everything, and random ones.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "control/origins/build.h"
#include "control/origins/table_file.h"

namespace lull {

/// A record from text: "1.0.0.0/24", AS, "AU", class.
PrefixRecord record(std::string_view prefix, uint32_t asn, std::string_view country = "",
                    PrefixClass prefix_class = PrefixClass::kUnknown);

/// Three IPv4 and two IPv6 prefixes, names, a source, two withdrawn routes and a disagreement (a
/// registry says AU of 175.45.178.0/23); built at a fixed time.
OriginTable small_table();

/// Nested random prefixes of both families under a few addresses, so that many overlap.
std::vector<PrefixRecord> random_records(std::mt19937_64& random, std::size_t count);

}  // namespace lull
