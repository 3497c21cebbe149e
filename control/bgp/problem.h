// Why routing data was not used: one enum for BGP messages and the MRT records or BMP messages
// around them, so that every reason has one name and one counter.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lull {

enum class RouteProblem : uint8_t {
    kNone,
    // BGP (RFC 4271)
    kMessageHeader,    // a length below 19 or beyond what is there, or a type that does not exist
    kWithdrawnLength,  // the withdrawn routes reach beyond the message
    kAttributeLength,  // an attribute, or all of them, reach beyond what holds them
    kPrefixCut,        // a prefix ends before its length says
    kPrefixLength,     // above 32 or 128
    kAsPath,           // a segment of no known type, empty, or beyond the attribute
    kMultiprotocol,    // MP_REACH_NLRI or MP_UNREACH_NLRI is cut short (RFC 4760)
    kNoAsPath,         // routes are announced without an AS_PATH
    // MRT (RFC 6396)
    kRecordCut,       // fields of the record reach beyond it
    kRecordTrailing,  // the record has octets that its fields do not account for
    kAddressFamily,   // neither IPv4 nor IPv6
    kNoPeerTable,     // a RIB before any PEER_INDEX_TABLE
    kPeerIndex,       // a peer that the PEER_INDEX_TABLE does not have
    // BMP (RFC 7854); what reaches beyond its message is kRecordCut
    kPeerType,   // a peer that is neither a neighbour nor a Loc-RIB
    kPeerLimit,  // a peer above the number that lull holds
    kNotUpdate,  // what should be an UPDATE is another message
    kNotOpen,    // what should be an OPEN is another message, or is cut short
    // framing: nothing behind it can be read
    kBmpVersion,     // not 3
    kBmpLength,      // below a header's, or above any real message's
    kFileCut,        // the file ends inside a record
    kRecordTooLong,  // its length is above any real record's
    kStream,         // what is compressed is damaged or cut
};
inline constexpr std::size_t kRouteProblems = static_cast<std::size_t>(RouteProblem::kStream) + 1;

/// For JSON and metrics: "prefix_length".
std::string_view problem_name(RouteProblem problem);
/// For people: "a prefix length above 32 or 128".
std::string_view problem_text(RouteProblem problem);

using ProblemCounts = std::array<uint64_t, kRouteProblems>;

}  // namespace lull
