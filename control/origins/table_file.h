// An origin table (.lut): which AS, country and class each prefix belongs to; compact, versioned,
// checksummed. Written atomically by `lull table build`, read by the monitor, which trusts none of
// it: every flipped byte or cut is refused with a reason.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/country.h"
#include "control/origins/disagreements.h"
#include "control/origins/prefix.h"
#include "dataplane/error.h"
#include "dataplane/tables.h"
#include "dataplane/types.h"

namespace lull {

enum class PrefixClass : uint8_t {
    kUnknown,
    kEyeball,
    kContent,
    kAnycast,
    kSatellite,
    kVpn,
    kHosting,
};
std::string_view class_name(PrefixClass value);
std::optional<PrefixClass> find_class(std::string_view name);

/// The meaning of an OriginId. asn 0: none known.
struct Origin {
    uint32_t asn = 0;
    CountryId country = kCountryUnknown;
    PrefixClass prefix_class = PrefixClass::kUnknown;
    bool operator==(const Origin&) const = default;
};

/// One input of a build, for provenance.
struct TableSource {
    std::string kind;  // kind_name() of a SourceKind
    std::string path;  // of a geofeed "AS64500=path": whose feed it is
    std::string sha256;
    uint64_t records = 0;
    uint64_t rejected = 0;
};

/// A route that nobody announces any more: it keeps the AS that had it last for seven days, so that
/// a country which vanishes from routing does not lose its name.
struct WithdrawnRoute {
    IpPrefix prefix;
    int64_t since_s = 0;  // unix
    bool operator==(const WithdrawnRoute&) const = default;
};

/// A table in memory. Routes are sorted by (address, length) and unique; every id is valid.
struct OriginTable {
    int64_t built_at_s = 0;       // unix
    std::vector<Origin> origins;  // by OriginId; [0] unmatched and [1] private are empty
    std::vector<Route4> routes4;
    std::vector<Route6> routes6;
    std::map<uint32_t, std::string> as_names;
    std::vector<TableSource> sources;
    std::vector<WithdrawnRoute> withdrawn;  // sorted by prefix, each a prefix of the table
    Disagreements disagreements;
    std::string sha256;  // of the file's content: names the table in incidents

    /// What the dataplane needs of `origins`: area = country + 1, bears_life by class.
    [[nodiscard]] std::vector<OriginTraits> traits() const;
};

/// Writes `table` to `path` (temporary file, fsync, rename, fsync of the folder).
Result<void> write_table(const OriginTable& table, const std::string& path);
/// Reads and checks a table file. `path` is used in messages.
Result<OriginTable> read_table(const std::string& path);
/// The same over bytes; kSkip is for the fuzzer, which cannot guess a SHA-256.
enum class Checksum : uint8_t { kVerify, kSkip };
Result<OriginTable> parse_table(std::span<const uint8_t> bytes, const std::string& path,
                                Checksum checksum = Checksum::kVerify);

/// Longest-prefix match by binary search: for `lull table lookup` and as the tests' second opinion.
struct LookupResult {
    std::string address;
    bool special = false;               // private space
    std::optional<std::string> prefix;  // "175.45.176.0/24"
    std::optional<Origin> origin;
    std::optional<int64_t> withdrawn_since_s;  // that prefix is one of OriginTable::withdrawn
};
Result<LookupResult> lookup(const OriginTable& table, std::string_view address);

/// Of the table's longest prefix that holds `prefix`; without one no AS and ZZ.
Origin origin_in(const OriginTable& table, const IpPrefix& prefix);

}  // namespace lull
