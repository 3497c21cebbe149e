// Overrides of any bytes: refused with a place and a reason, or rules that build.
#include <cstdlib>
#include <string_view>

#include "control/origins/build.h"
#include "control/origins/overrides.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto overrides = lull::parse_overrides(text, "fuzz.yaml");
    if (!overrides) {
        if (!overrides.error().message.starts_with("fuzz.yaml:")) std::abort();
        return 0;
    }
    lull::BuildInput build;
    lull::PrefixRecord record;
    record.prefix = {lull::Family::kIpv4, uint64_t{1} << 56, 0, 8};
    record.asn = 13335;
    build.prefixes = {record};
    build.overrides = std::move(*overrides);
    if (!lull::build_table(std::move(build))) std::abort();
    return 0;
}
