// Any bytes as an HTTP request: a name within bounds, without a line's end in it, and from a part
// of them the same name or none.
#include "tests/fuzz/name_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string name = lull::fuzz::name_of(data, size, size, lull::read_http_host);
    if (name.find('\n') != std::string::npos) {
        std::abort();
    }
    lull::fuzz::try_reader(data, size, lull::read_http_host);
    return 0;
}
