// MRT records one after the other (RFC 6396 §2, §3):
//
//   timestamp 4 octets, type 2, subtype 2, length 4, then so many octets; in records of the _ET
//   types the first four of these are microseconds.
//
// A record whose length cannot be believed ends the reading: where the next one begins nobody says.
#pragma once

#include <cstdint>
#include <vector>

#include "control/bgp/octets.h"
#include "control/bgp/problem.h"
#include "control/mrt/compressed.h"

namespace lull {

/// Longest record: 65,535 peers of 4,096 octets of attributes would be 268 MB, but the longest of
/// 60 collectors are below 2 MB.
inline constexpr uint32_t kMaxRecordBytes = 16u << 20;

/// IANA's MRT types.
enum class MrtType : uint16_t {
    kBgp = 5,  // of 1999 (RFC 6396, appendix B.2)
    kTableDump = 12,
    kTableDump2 = 13,
    kBgp4mp = 16,
    kBgp4mpEt = 17,
};

struct MrtRecord {
    uint32_t time_s = 0;   // unix
    uint32_t time_us = 0;  // within the second; of _ET records
    MrtType type = MrtType::kBgp;
    uint16_t subtype = 0;
    Bytes body;           // valid until the next call
    uint64_t number = 0;  // from 1
    uint64_t offset = 0;  // of its header, in what the file unpacks to
};

class MrtStream {
  public:
    /// `input` outlives this.
    explicit MrtStream(CompressedInput& input) : input_(input) {}

    /// False at the end, early or not: see problem(). `record` then has the place.
    bool next(MrtRecord& record);
    /// kNone when the file ended behind a whole record.
    [[nodiscard]] RouteProblem problem() const { return problem_; }

  private:
    bool fill_body(uint32_t length);

    CompressedInput& input_;
    std::vector<uint8_t> body_;
    uint64_t number_ = 0;
    uint64_t offset_ = 0;
    RouteProblem problem_ = RouteProblem::kNone;
};

}  // namespace lull
