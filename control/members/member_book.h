// The numbers of members for the life of a process: a member keeps the one it got first, so that
// counts outlive every reload of the list.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "control/members/member.h"
#include "dataplane/error.h"
#include "dataplane/members.h"

namespace lull {

class MemberBook {
  public:
    struct Entry {
        MemberKey key;
        std::string name;       // "" where it has none
        bool listed = false;    // by the list adopted last, or learned
        std::size_t ports = 0;  // addresses of it
    };

    /// The map of a list. Refused: an address that two members have, more than kMaxMembers in the
    /// life of this process; the book is then as before.
    Result<std::unique_ptr<MemberMap>> adopt(const MemberList& members);
    /// Members learned from the wire: makes one of each address that is new, as far as there is
    /// room. The map of all that were learned.
    Result<std::unique_ptr<MemberMap>> learn(const std::vector<MacNumber>& macs);

    /// By MemberId; the first is who is not known.
    [[nodiscard]] std::span<const Entry> entries() const { return entries_; }

  private:
    MemberId number(const MemberKey& key);

    std::vector<Entry> entries_{Entry{}};
    std::map<MemberKey, MemberId> numbers_;
};

}  // namespace lull
