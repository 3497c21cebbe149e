// The way of a route: AS_PATH (RFC 4271 §4.3, §5.1.2), with what speakers of four-octet AS numbers
// hid from older ones (AS4_PATH, RFC 6793), with sets and with confederations (RFC 5065).
//
//   segment: type 1 octet (1 SET, 2 SEQUENCE, 3 CONFED_SEQUENCE, 4 CONFED_SET),
//            count 1 octet, count AS numbers of 2 or 4 octets, the neighbour's first
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/bgp/octets.h"
#include "control/bgp/problem.h"

namespace lull {

enum class AsWidth : uint8_t { kTwo = 2, kFour = 4 };

/// Stands in two-octet paths for every AS number that needs four (RFC 6793).
inline constexpr uint32_t kAsTrans = 23456;

class AsPath {
  public:
    enum class SegmentType : uint8_t { kSet = 1, kSequence, kConfedSequence, kConfedSet };
    struct Segment {
        SegmentType type = SegmentType::kSequence;
        uint32_t first = 0;  // in asns()
        uint32_t count = 0;
    };
    /// Who announced it.
    enum class OriginKind : uint8_t {
        kNone,      // nobody is named: the path is empty, or AS 0 or AS_TRANS is
        kSequence,  // the last AS of the path
        kSet,       // an aggregate of several: the AS that made it, which the set follows
    };
    struct Origin {
        OriginKind kind = OriginKind::kNone;
        uint32_t asn = 0;
        bool operator==(const Origin&) const = default;
    };

    void clear();
    /// Takes an attribute's content in the place of what is here. On a problem the path is empty.
    RouteProblem read(Bytes attribute, AsWidth width);
    /// RFC 6793 §4.2.3: `full` is the AS4_PATH; where it is not longer than this path, it replaces
    /// its end.
    void merge(const AsPath& full);

    [[nodiscard]] bool empty() const { return segments_.empty(); }
    [[nodiscard]] std::span<const Segment> segments() const { return segments_; }
    [[nodiscard]] std::span<const uint32_t> asns() const { return asns_; }

    /// Confederations are inside one AS and do not count. A set of one AS is that AS.
    [[nodiscard]] Origin origin() const;
    /// Nobody outside the AS that tells it has passed it on (iBGP): empty, or confederations alone.
    [[nodiscard]] bool is_local() const { return hops() == 0; }
    /// The ASes a packet passes, from the neighbour to the origin: no confederations, none twice in
    /// a row; members of a set as they stand. `out` is replaced.
    void flatten(std::vector<uint32_t>& out) const;
    /// "3257 1299 {64500,64501}", confederations in ( ) and [ ]: as bgpdump has it.
    [[nodiscard]] std::string text() const;

  private:
    [[nodiscard]] std::span<const uint32_t> asns_of(const Segment& segment) const {
        return std::span(asns_).subspan(segment.first, segment.count);
    }
    /// As the decision process counts (RFC 4271 §9.1.2.2, RFC 5065 §5.3): a set is one.
    [[nodiscard]] std::size_t hops() const;
    void add(SegmentType type, std::span<const uint32_t> asns);

    std::vector<Segment> segments_;
    std::vector<uint32_t> asns_;
};

}  // namespace lull
