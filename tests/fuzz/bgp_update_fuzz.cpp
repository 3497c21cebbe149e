// Any bytes as a BGP message and as the body of an UPDATE: refused by name, or routes whose
// prefixes are well-formed and whose paths give themselves back. The first byte chooses what the
// session agreed on; the rest is a heap buffer of its exact size, so that ASan sees one byte past.
#include <cstdlib>
#include <vector>

#include "control/bgp/update.h"

namespace {

using namespace lull;

void demand(bool holds) {
    if (!holds) std::abort();
}

void check(const std::vector<Nlri>& list, bool add_path_possible) {
    for (const Nlri& each : list) {
        demand(each.prefix.length <= address_bits(each.prefix.family));
        demand(shortened(each.prefix, each.prefix.length) == each.prefix);
        demand(add_path_possible || !each.path_id);
    }
}

void check(const AsPath& path) {
    std::size_t total = 0;
    for (const AsPath::Segment& segment : path.segments()) {
        demand(segment.count > 0 && segment.first == total);
        total += segment.count;
    }
    demand(total == path.asns().size());
    std::vector<uint32_t> flat;
    path.flatten(flat);
    demand(flat.size() <= total);
    demand(path.is_local() == flat.empty());
    const auto origin = path.origin();
    demand((origin.kind == AsPath::OriginKind::kNone) == (origin.asn == 0));
    (void)path.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const uint8_t choice = data[0];
    UpdateFormat format;
    format.as_width = (choice & 1) != 0 ? AsWidth::kFour : AsWidth::kTwo;
    format.add_path4 = (choice & 2) != 0 ? AddPath::kYes : AddPath::kNo;
    format.add_path6 = (choice & 4) != 0 ? AddPath::kYes : AddPath::kNo;
    const std::vector<uint8_t> bytes(data + 1, data + size);

    BgpMessage message;
    Bytes body = bytes;
    if ((choice & 8) == 0) {
        if (read_message(bytes, message) != RouteProblem::kNone) return 0;
        body = message.body;
    }
    BgpUpdate update;
    const auto problem = read_update(body, format, update);
    demand(!problem_name(problem).empty() && !problem_text(problem).empty());
    check(update.withdrawn, (choice & 6) != 0);
    check(update.announced, (choice & 6) != 0);
    check(update.path);
    return 0;
}
