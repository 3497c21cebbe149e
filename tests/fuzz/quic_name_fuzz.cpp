// Any bytes as a QUIC client's first packet: a name within bounds, only in what is an Initial
// packet, and from a part of them the same name or none.
#include "dataplane/inspect/quic.h"

#include "tests/fuzz/name_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string name = lull::fuzz::name_of(data, size, size, lull::read_quic_name);
    const lull::Cursor payload({data, size}, static_cast<uint32_t>(size));
    if (!name.empty() && !lull::is_quic_initial(payload)) {
        std::abort();
    }
    lull::fuzz::try_reader(data, size, lull::read_quic_name);
    return 0;
}
