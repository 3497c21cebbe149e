// An incident: one event of one country (or of the site), from its onset until it is over, with
// the numbers that decided. Alerts hang on incidents, never on states. It never names a cause.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/country.h"
#include "control/members/member.h"

namespace lull {

enum class IncidentKind : uint8_t {
    kOutage,
    kPartialOutage,
    kUnstable,
    kSlow,
    kV4Only,
    kV6Only,
    kHomeIsolated,
    kRegional,
    kMember,
    kSite,
    kRecurring,
};
std::string_view kind_name(IncidentKind kind);  // "partial_outage" …

enum class Scope : uint8_t { kLost, kGoneHere, kMoved, kUnproven };
std::string_view scope_name(Scope scope);  // "gone_here" …

/// A change of state inside an incident or of a country, for the record.
struct Transition {
    int64_t time_ns = 0;
    std::string state;
};

/// What an operator has said, on one line.
struct Remark {
    int64_t time_ns = 0;  // scenario time
    std::string by;       // "": not told
    std::string text;
};

struct Incident {
    uint64_t id = 0;
    std::optional<CountryId> country;  // none: the whole site
    IncidentKind kind = IncidentKind::kOutage;
    Scope scope = Scope::kUnproven;
    int64_t start_ns = 0;     // dated back to the first tick of the fall, scenario time
    int64_t detected_ns = 0;  // end of the deciding tick
    std::optional<int64_t> end_ns;
    int64_t last_verified_ns = 0;
    double lowest_ratio = 1;            // over 60 s or one tick
    double area = 0;                    // drop in % x minutes
    uint32_t edges = 0;                 // detected falls and returns
    std::vector<CountryId> countries;   // of a regional incident, or a member's
    uint64_t part_of = 0;               // the regional incident that tells of it too; 0: none
    std::optional<MemberKey> member;    // whose port fell
    std::string member_name;            // "" where it has none
    std::vector<std::string> evidence;  // sentences, each with its number
    std::vector<Transition> transitions;
    std::optional<Remark> acknowledged;  // who looks after it, by their own word
    std::vector<Remark> notes;           // the first come, at most Ledger::kNotesKept
};

/// In few words who it is about: "KP", "AS64500", "7 countries" or "site".
std::string incident_who(const Incident& incident);
/// "AS64500's port (Example Net) fell (5 countries)"; of an incident with a member.
std::string member_fall(const Incident& incident);

}  // namespace lull
