// The table itself is country.inc. Offsets come from the system's tzdata through date-tz, the one
// library that throws here: a machine without tzdata gets offset 0 and a sentence that says so.
#include "control/country.h"

#include <date/tz.h>

#include <array>
#include <chrono>
#include <exception>
#include <limits>

namespace lull {
namespace {

constexpr Country kCountries[] = {
#include "control/country.inc"
};
constexpr std::size_t kCountryCount = std::size(kCountries);
constexpr std::size_t kLetterPairs = 26 * 26;
constexpr uint16_t kNoCountry = 0xffff;

constexpr bool sorted_after_unknown() {
    for (std::size_t i = 2; i < kCountryCount; ++i) {
        if (!(kCountries[i - 1].code < kCountries[i].code)) return false;
    }
    return kCountries[0].code == "ZZ";
}
static_assert(sorted_after_unknown(), "country.inc is ZZ first, then by code");
static_assert(kCountryCount == 251, "249 ISO codes, XK and ZZ");

constexpr std::array<uint16_t, kLetterPairs> make_index() {
    std::array<uint16_t, kLetterPairs> index{};
    for (auto& slot : index) slot = kNoCountry;
    for (std::size_t i = 0; i < kCountryCount; ++i) {
        const auto first = static_cast<std::size_t>(kCountries[i].code[0] - 'A');
        const auto second = static_cast<std::size_t>(kCountries[i].code[1] - 'A');
        index[first * 26 + second] = static_cast<uint16_t>(i);
    }
    return index;
}
constexpr auto kIndexByLetters = make_index();

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

/// The offset of one zone and the span [from, until) of instants it holds for.
struct CachedOffset {
    int64_t from_s = 0;
    int64_t until_s = 0;  // equal to from_s: nothing cached
    int32_t offset_s = 0;
};

/// Years that date-tz can walk: beyond them a civil offset means nothing.
constexpr int64_t kEarliest_s = -8'520'336'000;  // 1700-01-01
constexpr int64_t kLatest_s = 16'725'225'600;    // 2500-01-01

CachedOffset ask_tzdata(std::string_view zone, int64_t unix_s) {
    try {
        const date::time_zone* found = date::locate_zone(std::string(zone));
        const auto info = found->get_info(date::sys_seconds{std::chrono::seconds{unix_s}});
        return {info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(),
                static_cast<int32_t>(info.offset.count())};
    } catch (const std::exception&) {
        // No tzdata, or a zone this tzdata does not know: tzdata_problem() tells; UTC until then.
        return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), 0};
    }
}

}  // namespace

std::span<const Country> countries() {
    return kCountries;
}

const Country& country(CountryId id) {
    const std::size_t i = index_of(id);
    return kCountries[i < kCountryCount ? i : 0];
}

std::optional<CountryId> find_country(std::string_view code) {
    if (code.size() != 2 || !is_capital(code[0]) || !is_capital(code[1])) return std::nullopt;
    const auto first = static_cast<std::size_t>(code[0] - 'A');
    const auto second = static_cast<std::size_t>(code[1] - 'A');
    const uint16_t i = kIndexByLetters[first * 26 + second];
    if (i == kNoCountry) return std::nullopt;
    return CountryId{i};
}

int32_t utc_offset_s(CountryId id, int64_t unix_s) {
    // One cache a thread: no lock, and no thread asks for more than a few countries' worth.
    thread_local std::array<CachedOffset, kCountryCount> cache{};
    const std::size_t i = index_of(id);
    if (i >= kCountryCount || kCountries[i].timezone.empty()) return 0;
    if (unix_s < kEarliest_s || unix_s > kLatest_s) return 0;
    CachedOffset& cached = cache[i];
    if (unix_s < cached.from_s || unix_s >= cached.until_s) {
        cached = ask_tzdata(kCountries[i].timezone, unix_s);
    }
    return cached.offset_s;
}

std::string tzdata_problem() {
    constexpr std::string_view kMend = "install it: apt-get install tzdata";
    for (const Country& each : countries()) {
        if (each.timezone.empty()) continue;
        try {
            (void)date::locate_zone(std::string(each.timezone));
        } catch (const std::exception& error) {
            return "time zone " + std::string(each.timezone) + " of " + std::string(each.code) +
                   " cannot be read (" + error.what() +
                   "), so its day rhythm is taken to be UTC's; is tzdata missing or old? " +
                   std::string(kMend);
        }
    }
    return "";
}

}  // namespace lull
