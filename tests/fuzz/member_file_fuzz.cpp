// A member export of any bytes: refused, or members that are sound, written and read again alike.
#include <cstdlib>
#include <string>

#include "control/members/member_book.h"
#include "control/members/member_file.h"
#include "control/members/sync.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    lull::MemberList other{{64500, "", {}, {"192.0.2.1"}}};
    (void)lull::add_neighbours(text, "fuzz", other);
    (void)lull::parse_peeringdb(text, "fuzz", {});
    const auto file = lull::parse_member_file(text, "fuzz");
    if (!file) return 0;
    uint32_t before = 0;
    for (const lull::Member& member : file->members) {
        if (member.asn <= before) std::abort();
        before = member.asn;
        for (const lull::Member::Port& port : member.ports) {
            if (!lull::is_unicast(port.mac) || port.vlan > 4094) std::abort();
        }
    }
    lull::MemberBook book;
    (void)book.adopt(file->members);
    const auto again = lull::parse_member_file(lull::write_member_file(file->members), "again");
    if (!again || again->members != file->members || !again->problems.empty()) std::abort();
    return 0;
}
