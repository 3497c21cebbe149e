// Every bound of the packet path, each with its reason. Nothing that comes from a wire or a file
// can make lull hold more than these say.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lull {

// ---- frames ----
inline constexpr uint32_t kMaxVlanTags = 3;          // QinQ plus one: more is an attack or a loop
inline constexpr uint32_t kMaxMplsLabels = 16;       // deepest stacks in the field are about 10
inline constexpr uint32_t kMaxExtensionHeaders = 8;  // RFC 8200 names 7 kinds
inline constexpr uint32_t kMaxTunnels = 2;           // a mirror of a mirror; on `decap` ports only
inline constexpr uint32_t kParseWindowBytes =
    512;  // of a multi-segment frame: no sane stack of headers is longer

// ---- bursts and ports ----
inline constexpr uint32_t kBurstPackets = 32;  // grout and Retina settled on it; fits L1
inline constexpr uint32_t kMaxPorts = 32;
inline constexpr uint32_t kMaxWorkers = 64;
inline constexpr uint32_t kMaxPortsPerWorker = 32;    // ports of one group: a bit each
inline constexpr uint32_t kSpreadRingPackets = 1024;  // to a worker, as a NIC queue's descriptors
inline constexpr uint32_t kHousekeepingTurns = 256;   // as grout: under 10 us apart under load

// ---- origins ----
inline constexpr uint32_t kMaxOrigins = 1u << 17;   // 95,615 in use in the 2022 table; 17-bit ids
inline constexpr uint32_t kMaxAreas = 512;          // 249 countries, XK, ZZ, room for regions
inline constexpr uint32_t kMaxRoutes4 = 8'000'000;  // eight of today's tables
inline constexpr uint32_t kMaxRoutes6 = 4'000'000;
// Of one lookup table; today's need 64 MB (IPv4) and 60 MB. Prefixes scattered over all of IPv6
// would need a node of 256 KB each.
inline constexpr std::size_t kMaxTrieBytes = std::size_t{2} << 30;

// ---- members of an exchange ----
inline constexpr uint32_t kMaxMembers = 4096;              // the largest exchange has 2,400
inline constexpr std::size_t kMaxMemberAddresses = 16384;  // several ports each
// Of a bank: 2^15 (area, member) pairs of its answered flows; what finds no place is not told
// apart.
inline constexpr uint32_t kMemberPairBits = 15;
inline constexpr uint32_t kUnknownMacs = 64;  // a bank keeps the last; a power of two

// ---- inspection of first payloads ----
inline constexpr uint32_t kMaxLabels = 1024;
inline constexpr uint32_t kMaxSignatures = 4096;
inline constexpr uint32_t kMaxSites = 1u << 16;     // 16-bit ids; tens of thousands of names
inline constexpr uint32_t kMaxHostNameBytes = 255;      // RFC 1035 §2.3.4
inline constexpr uint32_t kMaxPatternBytes = 1024;  // of a signature
inline constexpr uint32_t kMaxSignaturePorts = 16;
inline constexpr uint32_t kInspectedPackets = 3;     // of a new flow, those with payload
inline constexpr uint32_t kScannedBytes = 512;       // by patterns: agents stand in the first lines
inline constexpr uint32_t kInspectedBytes = 1'500;   // by fields: a segment; a hello may fill it
inline constexpr uint32_t kMaxMatches = 64;          // of one scan; a pattern may match anywhere
inline constexpr uint32_t kLabelPairBits = 14;       // of a bank: 2^14 (label, from area, to area)
inline constexpr uint32_t kNameLogBytes = 1u << 20;  // of a bank, where all names are kept
// ---- distinct counting: 2^10 registers of one byte ----
// Standard error 1.04 / sqrt(1024) = 3.25 %; a country of four networks is counted exactly
// (linear counting: below 50 distinct values the error is under one in 97 % of cases).
inline constexpr uint32_t kSketchBits = 10;
inline constexpr uint32_t kSketchRegisters = 1u << kSketchBits;
inline constexpr double kSketchStandardError = 0.0325;

// ---- addresses seen lately ----
// A bank keeps 64 of each family, those of its last 32 bursts: at one collect a second, control's
// 4,096 are about a minute of one worker. Powers of two: written by index mask.
inline constexpr uint32_t kSampledAddresses = 64;
inline constexpr uint32_t kRecentAddresses = 4096;  // a new table is tried on them

// Of each area a bank keeps the networks of its last eight answered flows.
inline constexpr uint32_t kAnsweredSample = 8;

// ---- time ----
// Banks hold 32-bit packet counts: at 150 Mpps a bank must be flipped every 28 s; control flips at
// each tick and at least every ten seconds of real time.
inline constexpr uint32_t kMaxBankSeconds = 10;
// A turn of a worker that takes longer is counted as long: at 14 Mpps a queue of 1,024 descriptors
// is full after 70 us, one of 16,384 after a millisecond.
inline constexpr uint32_t kLongTurn_us = 1000;

}  // namespace lull
