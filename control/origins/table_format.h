// The bytes of an origin table file, version 2; everything little-endian, no padding anywhere.
//
//   offset bytes
//        0     8  magic "lullORIG"
//        8     4  version, 2
//       12     4  header size, 228
//       16     8  file size
//       24     8  built at, seconds since 1970
//       32    32  SHA-256 of the whole file but these 32 bytes: it names the table
//       64   160  8 sections of { offset u64, bytes u64, count u32 }, in this order, back to back
//      224     4  zero
//
//   origins   8 each: AS u32, country 2 letters, class u8, zero u8; ascending by AS, country,
//   class.
//             The first is OriginId 2.
//   routes4   8 each: address u32, origin id u24, length u8; ascending by address, length
//   routes6  20 each: address 16 bytes in network order, origin id u24, length u8; ascending
//   names    AS u32, length u8, UTF-8; ascending by AS
//   sources  kind and path (length u16, UTF-8 each), SHA-256 32 bytes, records u64, rejected u64
//   withdrawn  26 each: family u8 (4 or 6), length u8, address 16 bytes in network order (IPv4: the
//            first four, then zeros), since u64 in seconds since 1970; ascending by prefix, each a
//            prefix of the routes
//   source pairs  42 each: two source kinds u8, space of both, space differing, prefixes u64, where
//            a space is IPv4 addresses u64 and IPv6 /64 networks u64; ascending by kinds
//   country pairs  30 each: two source kinds u8, their countries 2 letters each, space, prefixes
//            u64; ascending by kinds and countries
//
// Version 1 had the first five sections.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "control/origins/disagreements.h"
#include "dataplane/limits.h"

namespace lull::table_format {

inline constexpr std::array<uint8_t, 8> kMagic{'l', 'u', 'l', 'l', 'O', 'R', 'I', 'G'};
inline constexpr uint32_t kVersion = 2;
inline constexpr std::size_t kSections = 8;
inline constexpr std::size_t kSectionEntryBytes = 8 + 8 + 4;
inline constexpr std::size_t kDigestOffset = 32;
inline constexpr std::size_t kDigestBytes = 32;
inline constexpr std::size_t kSectionsOffset = 64;
inline constexpr uint32_t kHeaderBytes =
    static_cast<uint32_t>(kSectionsOffset + kSections * kSectionEntryBytes + 4);

inline constexpr std::size_t kOriginBytes = 8;
inline constexpr std::size_t kRoute4Bytes = 8;
inline constexpr std::size_t kRoute6Bytes = 20;
inline constexpr std::size_t kMinNameBytes = 4 + 1 + 1;
inline constexpr std::size_t kMinSourceBytes = 2 + 2 + 32 + 8 + 8;
inline constexpr std::size_t kWithdrawnBytes = 1 + 1 + 16 + 8;
inline constexpr std::size_t kSourcePairBytes = 1 + 1 + 2 * 16 + 8;
inline constexpr std::size_t kCountryPairBytes = 1 + 1 + 2 + 2 + 16 + 8;
inline constexpr uint32_t kMaxWithdrawn = kMaxRoutes4 + kMaxRoutes6;
inline constexpr uint32_t kMaxSourcePairs = 10;     // of five kinds that state countries
inline constexpr uint32_t kMaxSources = 1024;       // RIB collectors number about 60
inline constexpr uint32_t kMaxNames = kMaxOrigins;  // one a table's AS at most

/// A file larger than every section at its limit is refused before it is read.
inline constexpr uint64_t kMaxFileBytes =
    kHeaderBytes + uint64_t{kMaxOrigins} * kOriginBytes + uint64_t{kMaxRoutes4} * kRoute4Bytes +
    uint64_t{kMaxRoutes6} * kRoute6Bytes + uint64_t{kMaxNames} * (4 + 1 + 255) +
    uint64_t{kMaxSources} * (kMinSourceBytes + 64 + 4096) +
    uint64_t{kMaxWithdrawn} * kWithdrawnBytes + uint64_t{kMaxSourcePairs} * kSourcePairBytes +
    uint64_t{kMaxCountryPairs} * kCountryPairBytes;

static_assert(kMaxOrigins <= 1U << 24, "origin ids are written in 24 bits");

}  // namespace lull::table_format
