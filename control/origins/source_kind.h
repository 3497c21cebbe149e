// What a table is built from, and the precedence of what the sources say of a country. Stated here
// once; `lull table build --help` and README.md repeat it.
//
//   overrides         the operator's word
//   geofeed           the network's own word (RFC 8805), heard for what its AS originates alone
//   location dump     compiled with corrections by people; AS, country and class are of one time
//   mmdb              where users of a network were seen; good in the large, guessed in the small
//   country ranges    a location dump flattened to ranges, often of another year than the table's
//   delegated         where the holder is registered, which need not be where the network is
//
// The strongest source that states a country for an address has it, by its own most specific
// prefix: how finely a weaker source cuts its ranges never matters.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lull {

/// In the order of their precedence for countries; those from kMrt on state none.
enum class SourceKind : uint8_t {
    kOverrides,
    kGeofeed,
    kLocationDump,
    kMmdb,
    kCountryRanges,
    kDelegated,
    kMrt,
    kUpdates,
    kAsNames,
};
inline constexpr std::size_t kSourceKinds = static_cast<std::size_t>(SourceKind::kAsNames) + 1;
/// The sources of prefixes with countries: [kFirstCountrySource, kEndCountrySources).
inline constexpr std::size_t kFirstCountrySource = static_cast<std::size_t>(SourceKind::kGeofeed);
inline constexpr std::size_t kEndCountrySources = static_cast<std::size_t>(SourceKind::kMrt);

/// As in `sources[].kind` of `lull table info --json`, and after -- on the command line.
inline constexpr std::array<std::string_view, kSourceKinds> kSourceKindNames{
    "overrides", "geofeed", "location-dump", "mmdb",    "country-ranges",
    "delegated", "mrt",     "updates",       "as-names"};

constexpr std::string_view kind_name(SourceKind kind) {
    return kSourceKindNames[static_cast<std::size_t>(kind)];
}

constexpr std::optional<SourceKind> find_source_kind(std::string_view name) {
    for (std::size_t i = 0; i < kSourceKinds; ++i) {
        if (kSourceKindNames[i] == name) return static_cast<SourceKind>(i);
    }
    return std::nullopt;
}

}  // namespace lull
