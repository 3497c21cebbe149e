// Countries by their ISO 3166-1 alpha-2 codes (and XK, in wide use for Kosovo), with the name and
// the time zone that most of the country's people live in. ZZ stands for an AS without a country,
// EU, AP and retired codes: counted, never judged.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lull {

/// Index into countries(): 0 is ZZ. It equals the dataplane's AreaId minus 1.
enum class CountryId : uint16_t {};
inline constexpr CountryId kCountryUnknown{0};  // ZZ

constexpr uint16_t index_of(CountryId id) {
    return static_cast<uint16_t>(id);
}

struct Country {
    std::string_view code;      // "KP"
    std::string_view name;      // "Korea (North)"
    std::string_view timezone;  // tzdata name, "Asia/Pyongyang"; "" for ZZ
};

/// All of them, ZZ first, then by code. About 251.
std::span<const Country> countries();
const Country& country(CountryId id);
/// The id of an alpha-2 code in upper case; nullopt for EU, AP, A1, retired and unknown codes.
std::optional<CountryId> find_country(std::string_view code);
/// Offset of the country's civil time from UTC at an instant, in seconds (tzdata); 0 for ZZ.
/// Cheap enough for once per tick and country: cached until the next clock change.
/// 0 as well where tzdata is missing: tzdata_problem() then says so.
int32_t utc_offset_s(CountryId id, int64_t unix_s);
/// "" when every country's zone can be read; otherwise which cannot, why, and the mend. Reads
/// tzdata: for `lull check` and the start, not for each tick.
std::string tzdata_problem();

}  // namespace lull
