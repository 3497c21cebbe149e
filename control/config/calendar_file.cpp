#include "control/config/calendar_file.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "control/config/loader.h"
#include "control/country.h"
#include "control/files.h"

namespace lull {
namespace {

constexpr std::size_t kMaxEntries = 2000;  // eight days a year of each country
constexpr uint32_t kMaxDays = 60;

std::optional<uint32_t> number(std::string_view text) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "2026-12-25", or "12-25" for every year; nullopt for what is on no calendar. 29 February is not
/// in every year.
std::optional<CivilDate> parse_date(std::string_view text) {
    CivilDate date;
    if (text.size() == 10 && text[4] == '-') {
        const auto year = number(text.substr(0, 4));
        if (!year || *year < 1970) return std::nullopt;
        date.year = static_cast<int32_t>(*year);
        text.remove_prefix(5);
    }
    if (text.size() != 5 || text[2] != '-') return std::nullopt;
    const auto month = number(text.substr(0, 2));
    const auto day = number(text.substr(3));
    constexpr std::array<uint32_t, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!month || !day || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
    const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    const uint32_t more = *month == 2 && date.year != 0 && leap ? 1 : 0;
    if (*day > kDays[*month - 1] + more) return std::nullopt;
    date.month = *month;
    date.day = *day;
    return date;
}

struct DateRule {
    void read(const Value& value, CivilDate& out) const {
        const auto text = value.text("a date such as 2026-12-25, or 12-25 for every year");
        if (!text) return;
        if (const auto date = parse_date(*text)) {
            out = *date;
        } else {
            value.fail(fmt::format("{} is no date: write 2026-12-25, or 12-25 for every year",
                                   in_quotes(*text)));
        }
    }
};

}  // namespace

// The schema; found by the loader through its arguments, so not in the unnamed namespace.

template <typename Visitor>
void describe(Visitor& v, CalendarDay& s) {
    v.required("country", s.country, CountryRule{});
    v.required("date", s.date, DateRule{});
    v.key("days", s.days, CountRule{1, kMaxDays, "days", ""});
    v.key("name", s.name, TextRule{80});
}

template <typename Visitor>
void describe(Visitor& v, Maintenance& s) {
    v.key("group", s.group, TextRule{32});
    v.key("country", s.country, CountryRule{});
    v.required("from", s.from_ns, TimeRule{});
    v.required("for", s.for_s, DurationRule{1, kMostMaintenance_s});
    v.key("name", s.name, TextRule{80});
}

template <typename Visitor>
void describe(Visitor& v, Calendar& s) {
    v.list("days", s.days, kMaxEntries);
    v.list("maintenance", s.maintenance, kMaxEntries);
}

namespace {

/// What no single key can tell. `groups` empty: not known here.
void cross_check(const Calendar& calendar, const std::vector<std::string_view>& groups,
                 const ReadContext& context) {
    for (std::size_t i = 0; i < calendar.maintenance.size(); ++i) {
        const Maintenance& window = calendar.maintenance[i];
        const std::string path = fmt::format("maintenance[{}]", i);
        const auto place = [&](const char* key) {
            const auto at = context.places.find(path + "." + key);
            return at == context.places.end() ? Place{window.line, 1} : at->second;
        };
        if (!window.group.empty() && !window.country.empty()) {
            context.problems.add(place("country"), path,
                                 "has a group and a country: make two entries of it");
        }
        if (!window.group.empty() && !groups.empty() &&
            std::find(groups.begin(), groups.end(), window.group) == groups.end()) {
            context.problems.add(
                place("group"), path + ".group",
                fmt::format("{}: no port has this group: {}", in_quotes(window.group),
                            suggestion(window.group, groups)));
        }
    }
}

tl::expected<Calendar, ConfigErrors> parse(const std::string& text, const std::string& path,
                                           const CountryKnown& country_known,
                                           const std::vector<std::string_view>& groups) {
    Problems problems(path);
    Calendar calendar;
    const std::optional<YamlNode> root = read_yaml(text, problems);
    if (root && root->kind != YamlNode::Kind::kNull) {
        std::map<std::string, Place> places;
        ReadContext context{problems, places, country_known};
        Loader::load(*root, "", calendar, context);
        cross_check(calendar, groups, context);
    }
    if (problems.count() > 0) return tl::unexpected(problems.errors());
    return calendar;
}

}  // namespace

tl::expected<Calendar, ConfigErrors> parse_calendar(const std::string& text,
                                                    const std::string& path,
                                                    const CountryKnown& country_known) {
    return parse(text, path, country_known, {});
}

tl::expected<Calendar, ConfigErrors> load_calendar(const Config& config) {
    if (!config.detect.calendar) return Calendar{};
    const auto text = read_file(*config.detect.calendar, kMaxYamlBytes);
    if (!text) {
        return tl::unexpected(ConfigErrors{{fmt::format(
            "{}: detect.calendar: {}", where(config, "detect.calendar"), text.error().message)}});
    }
    std::vector<std::string_view> groups;
    for (const PortSection& port : config.ports) groups.push_back(port.group);
    return parse(
        *text, *config.detect.calendar,
        [](std::string_view code) { return find_country(code).has_value(); }, groups);
}

}  // namespace lull
