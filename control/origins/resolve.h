// Whose an address is when several sources speak of it: the one place that decides. AS, country and
// class are resolved apart.
//
//   AS       an override of the prefix; else the most specific prefix that has one, a route before
//            a dump of the same prefix
//   country  an override of the prefix, one of the AS; else the strongest source that states one
//            (source_kind.h), by its most specific prefix; what remains of that after the country's
//            own rule, if there is one (overrides.h)
//   class    an override of the prefix, one of the AS; else the most specific prefix that is more
//            than a route or a country
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "control/origins/overrides.h"
#include "control/origins/record.h"
#include "control/origins/source_kind.h"
#include "control/origins/table_file.h"

namespace lull {

/// What was said of a prefix and of all that hold it, heard from the widest to itself.
struct Statements {
    uint32_t asn = 0;
    std::array<std::optional<CountryId>, kSourceKinds> countries;  // by SourceKind
    uint32_t feed_asn = 0;                                         // whose the geofeed's word is
    PrefixClass prefix_class = PrefixClass::kUnknown;
    OverrideRule rule;

    /// The AS after overrides; 0: none known.
    [[nodiscard]] uint32_t origin_asn() const { return rule.asn.value_or(asn); }
    /// The country of a source as it counts here: a geofeed is heard for its own AS alone.
    [[nodiscard]] std::optional<CountryId> country_of(SourceKind kind) const;
};

/// Adds all records of one prefix (later ones win over earlier ones of their kind) and the rule for
/// it, if there is one.
void hear(Statements& heard, std::span<const PrefixRecord> of_prefix, const OverrideRule* rule);

/// Whether a geofeed's record, heard already, speaks of a prefix that its own AS originates.
bool speaks_for(const Statements& heard, const PrefixRecord& feed);

/// Who had the last word.
enum class Decider : uint8_t { kNobody, kPrefixRule, kAsnRule, kCountryRule, kSource };

struct Decision {
    Origin origin;
    bool known = false;  // false: neither an AS nor a country; it is in no table
    Decider asn_by = Decider::kNobody;
    Decider country_by = Decider::kNobody;
    Decider class_by = Decider::kNobody;
    SourceKind country_source{};  // for kSource and kCountryRule: whose country was taken, or not
};

Decision decide(const Statements& heard, const Overrides& overrides);

}  // namespace lull
