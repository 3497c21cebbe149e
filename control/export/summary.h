// The view in a few plain sentences, as the page, the API's status and `lull show health` open
// with; and the way all of them walk its countries. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/view.h"

namespace lull {

/// One country of a view. Facts and verdict are never null: a view that is shorter than the list
/// of countries (nothing published yet) has empty ones.
struct CountryRow {
    CountryId id = kCountryUnknown;
    const CountryView* facts = nullptr;
    const CountryVerdict* verdict = nullptr;

    /// Any traffic ever; one never seen shows its state alone.
    [[nodiscard]] bool seen() const { return verdict->seen || facts->traffic != Traffic{}; }
};
CountryRow country_row(const View& view, CountryId id);
/// By id, ZZ first. The rows point into `view`.
std::vector<CountryRow> seen_countries(const View& view);

/// What a reader should feel at first sight.
enum class Mood : uint8_t { kCalm, kWaiting, kBlind, kAlarm };

struct Summary {
    Mood mood = Mood::kCalm;
    std::vector<std::string> sentences;  // never empty; the gravest first
    uint32_t judged = 0;                 // countries whose silence would be noticed
    uint32_t open_incidents = 0;

    [[nodiscard]] std::string text() const;  // all of them in one line
};
Summary summarise(const View& view);

/// One open or past incident as a sentence with its numbers.
std::string incident_sentence(const View& view, const Incident& incident);
/// "KP (Korea (North))", "The whole site", "3 countries together (SA, KW, AE)", "AS64500's port
/// fell (5 countries)".
std::string incident_subject(const Incident& incident);
/// "16:17 UTC", or "22 Dec 16:17 UTC" when that is not the day of `now_ns`.
std::string short_time(int64_t time_ns, int64_t now_ns);
/// "43 min", "9 h 31 min", "3 d 4 h".
std::string spoken_duration(double seconds);
/// "2 %", "0.4 %", "104 %".
std::string spoken_ratio(double ratio);
/// "9999", "20.4 k", "1.5 M": columns stay narrow and comparable.
std::string spoken_count(double value);
/// As a count, with two digits below ten: "0.33", "226".
std::string spoken_rate(double per_s);

}  // namespace lull
