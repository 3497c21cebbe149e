// Dump text of any bytes: refused, or read and built into a table that keeps every rule.
#include <cstdlib>
#include <sstream>
#include <string>

#include "control/origins/build.h"
#include "control/origins/location_dump.h"
#include "control/origins/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::istringstream input(std::string(reinterpret_cast<const char*>(data), size));
    auto dump = lull::read_location_dump(input, "fuzz.txt");
    if (!dump) return 0;
    for (const auto& [asn, name] : dump->as_names) {
        if (asn == 0 || name.empty() || !lull::is_clean_text(name)) std::abort();
    }
    lull::BuildInput build;
    build.prefixes = std::move(dump->prefixes);
    const std::size_t records = build.prefixes.size();
    const auto built = lull::build_table(std::move(build));
    if (!built) return 0;
    const auto& report = built->report;
    const std::size_t accounted = built->table.routes4.size() + built->table.routes6.size() +
                                  report.duplicates + report.default_routes + report.special +
                                  report.nothing_known;
    if (accounted != records) std::abort();  // no prefix is lost without being counted
    return 0;
}
