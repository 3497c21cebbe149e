// The list of an exchange's members as a file: IX-F Member Export JSON (versions 0.6 to 1.0), which
// IXP Manager writes and lull reads and writes. Of it lull takes each member's AS number, name, MAC
// addresses, VLANs and IP addresses; what it does not know is ignored, as the format asks.
#pragma once

#include <string>
#include <vector>

#include "control/members/member.h"
#include "dataplane/error.h"

namespace lull {

inline constexpr std::size_t kMaxMemberFileBytes = 64u << 20;  // AMS-IX's is 2 MB

/// A file with what is wrong in it, each as "member_list[3]…: sentence"; wrong entries are left
/// out.
struct MemberFile {
    MemberList members;
    std::vector<std::string> problems;
};
/// Refused: no JSON, no `member_list`. `path` is used in messages alone.
Result<MemberFile> parse_member_file(const std::string& text, const std::string& path);
/// Of a file that a monitor is to go by: any problem, too many members and an address that two
/// members have refuse it, and so does a list in which nobody has an address.
Result<MemberList> load_member_file(const std::string& path);
/// Sorted, one field a line: for people to review and for `diff`.
std::string write_member_file(const MemberList& members);

/// Members of one AS become one; ports and addresses are sorted, each once.
MemberList tidy(MemberList members);

}  // namespace lull
