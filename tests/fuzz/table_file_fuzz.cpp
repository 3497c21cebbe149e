// Table files of any bytes: refused with a reason or read into a table that answers lookups. The
// checksum is skipped, which a fuzzer cannot guess.
#include <cstdlib>

#include "control/origins/table_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto table = lull::parse_table({data, size}, "fuzz.lut", lull::Checksum::kSkip);
    if (!table) {
        if (table.error().message.empty()) std::abort();  // a refusal names its reason
        return 0;
    }
    if (table->routes4.empty() && table->routes6.empty()) std::abort();
    if (table->traits().size() != table->origins.size()) std::abort();
    for (const char* address : {"1.0.0.1", "175.45.176.1", "255.255.255.254", "2001:4860::1"}) {
        if (!lull::lookup(*table, address)) std::abort();
    }
    return 0;
}
