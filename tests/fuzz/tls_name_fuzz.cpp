// Any bytes as a TLS record and as the handshake message inside one: a name within bounds, and from
// a part of them the same name or none.
#include "tests/fuzz/name_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    lull::fuzz::try_reader(data, size, lull::read_tls_name);
    lull::fuzz::try_reader(data, size, lull::read_client_hello_name);
    return 0;
}
