// Any bytes as a DNS message, over UDP and over TCP: a name of printable characters within bounds,
// and from a part of them the same name or none.
#include <algorithm>

#include "tests/fuzz/name_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    for (const bool over_tcp : {false, true}) {
        const auto read = [&](lull::Cursor message, lull::NameBuffer& name) {
            return lull::read_dns_name(message, over_tcp, name);
        };
        const std::string name = lull::fuzz::name_of(data, size, size, read);
        if (!std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
            std::abort();
        }
        lull::fuzz::try_reader(data, size, read);
    }
    return 0;
}
