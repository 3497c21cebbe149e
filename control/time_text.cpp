// See time_text.h. Calendar arithmetic is std::chrono's; the text is taken apart here, because no
// library at hand refuses everything that RFC 3339 refuses, whatever the locale.
#include "control/time_text.h"

#include <array>
#include <chrono>
#include <cmath>
#include <optional>

namespace lull {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kMsPerSecond = 1'000;
// Nanoseconds in 64 bits reach from 1677-09-21 to 2262-04-11: whole years inside that.
constexpr int kMinYear = 1678;
constexpr int kMaxYear = 2261;
constexpr std::size_t kMaxFractionDigits = 9;
// A hundred years: longer than anything is kept, and exact in milliseconds in a double.
constexpr int64_t kMaxDurationMs = int64_t{36'500} * 86'400 * kMsPerSecond;

struct Unit {
    std::string_view name;
    int64_t ms;
};
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Reads a text from its front; every step is bounded by what is left.
class Reader {
  public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    bool skip(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// Exactly `count` digits.
    std::optional<int> number(std::size_t count) {
        if (rest_.size() < count) return std::nullopt;
        int value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (!is_digit(c)) return std::nullopt;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }

    std::string_view digits() {
        std::size_t count = 0;
        while (count < rest_.size() && is_digit(rest_[count])) ++count;
        const std::string_view found = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return found;
    }

    std::string_view letters() {
        std::size_t count = 0;
        while (count < rest_.size() && rest_[count] >= 'a' && rest_[count] <= 'z') ++count;
        const std::string_view found = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return found;
    }

  private:
    std::string_view rest_;
};

/// "2014-12-22" to days since 1970; nullopt for February 30 and the like.
std::optional<std::chrono::sys_days> read_date(Reader& reader) {
    const auto year = reader.number(4);
    if (!year || !reader.skip('-')) return std::nullopt;
    const auto month = reader.number(2);
    if (!month || !reader.skip('-')) return std::nullopt;
    const auto day = reader.number(2);
    if (!day || *year < kMinYear || *year > kMaxYear) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date};
}

/// "16:15" to minutes of the day.
std::optional<int> read_hour_minute(Reader& reader) {
    const auto hour = reader.number(2);
    if (!hour || *hour > 23 || !reader.skip(':')) return std::nullopt;
    const auto minute = reader.number(2);
    if (!minute || *minute > 59) return std::nullopt;
    return *hour * 60 + *minute;
}

/// ".25" to nanoseconds, 0 if there is none.
std::optional<int64_t> read_fraction_ns(Reader& reader) {
    if (!reader.skip('.')) return 0;
    const std::string_view digits = reader.digits();
    if (digits.empty() || digits.size() > kMaxFractionDigits) return std::nullopt;
    int64_t ns = 0;
    for (std::size_t i = 0; i < kMaxFractionDigits; ++i) {
        ns = ns * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
    return ns;
}

/// "Z" or "+09:00" to seconds east of UTC.
std::optional<int> read_offset_s(Reader& reader) {
    if (reader.skip('Z') || reader.skip('z')) return 0;
    const int sign = reader.skip('-') ? -1 : 1;
    if (sign == 1 && !reader.skip('+')) return std::nullopt;
    const auto minutes = read_hour_minute(reader);
    if (!minutes) return std::nullopt;
    return sign * *minutes * 60;
}

std::optional<int64_t> read_time_ns(Reader& reader) {
    const auto date = read_date(reader);
    if (!date || !(reader.skip('T') || reader.skip('t'))) return std::nullopt;
    const auto minutes = read_hour_minute(reader);
    if (!minutes || !reader.skip(':')) return std::nullopt;
    const auto second = reader.number(2);
    if (!second || *second > 59) return std::nullopt;  // no leap seconds: lull's time has none
    const auto fraction_ns = read_fraction_ns(reader);
    if (!fraction_ns) return std::nullopt;
    const auto offset_s = read_offset_s(reader);
    if (!offset_s || !reader.at_end()) return std::nullopt;
    const int64_t days = date->time_since_epoch().count();
    const int64_t seconds = days * 86'400 + *minutes * 60 + *second - *offset_s;
    return seconds * kNsPerSecond + *fraction_ns;
}

/// "1h30m" to milliseconds: units fall, each at most once.
std::optional<int64_t> read_duration_ms(Reader& reader) {
    int64_t total_ms = 0;
    std::size_t next_unit = 0;
    do {
        const std::string_view digits = reader.digits();
        if (digits.empty() || digits.size() > 15) return std::nullopt;  // 15 fit 64 bits
        int64_t count = 0;
        for (const char c : digits) count = count * 10 + (c - '0');
        const std::string_view name = reader.letters();
        while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
        if (next_unit == kUnits.size()) return std::nullopt;
        const int64_t unit_ms = kUnits[next_unit++].ms;
        if (count > (kMaxDurationMs - total_ms) / unit_ms) return std::nullopt;
        total_ms += count * unit_ms;
    } while (!reader.at_end());
    return total_ms;
}

}  // namespace

Result<int64_t> parse_time_ns(std::string_view text) {
    Reader reader(text);
    if (const auto ns = read_time_ns(reader)) return *ns;
    return refused("\"{}\" is not a time: write it as 2014-12-22T16:15:00Z, years {} to {}",
                   text.substr(0, 64), kMinYear, kMaxYear);
}

std::string format_time(int64_t unix_ns) {
    using std::chrono::floor;
    const std::chrono::sys_time<std::chrono::nanoseconds> instant{
        std::chrono::nanoseconds{unix_ns}};
    const auto second = floor<std::chrono::seconds>(instant);
    const auto day = floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{second - day};
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    time.hours().count(), time.minutes().count(), time.seconds().count());
    // Not instant - second: near the ends of the range `second` in nanoseconds leaves 64 bits.
    const int64_t fraction_ns = (unix_ns % kNsPerSecond + kNsPerSecond) % kNsPerSecond;
    if (fraction_ns != 0) {
        text += fmt::format(".{:09}", fraction_ns);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + 'Z';
}

Result<double> parse_duration_s(std::string_view text) {
    if (text == "0") return 0.0;
    Reader reader(text);
    if (const auto ms = read_duration_ms(reader)) {
        return static_cast<double>(*ms) / static_cast<double>(kMsPerSecond);
    }
    return refused(
        "\"{}\" is not a duration: write whole numbers with units, largest first, as "
        "10s 5m 1h30m 7d 500ms, at most 36500d",
        text.substr(0, 64));
}

std::string format_duration(double seconds) {
    if (std::isnan(seconds)) return "unknown";
    const double limit_s = static_cast<double>(kMaxDurationMs / kMsPerSecond);
    if (seconds > limit_s) return ">36500d";
    if (seconds < -limit_s) return "<-36500d";
    int64_t ms = std::llround(std::abs(seconds) * static_cast<double>(kMsPerSecond));
    if (ms == 0) return "0s";
    std::string text = seconds < 0 ? "-" : "";
    for (const Unit& unit : kUnits) {
        if (const int64_t count = ms / unit.ms; count > 0) {
            text += fmt::format("{}{}", count, unit.name);
            ms %= unit.ms;
        }
    }
    return text;
}

}  // namespace lull
