#include "control/origins/resolve.h"

#include <algorithm>

namespace lull {
namespace {

const AsnOverride* find_asn_rule(const Overrides& overrides, uint32_t asn) {
    const auto found = std::lower_bound(
        overrides.asns.begin(), overrides.asns.end(), asn,
        [](const AsnOverride& rule, uint32_t wanted) { return rule.asn < wanted; });
    return found != overrides.asns.end() && found->asn == asn ? &*found : nullptr;
}

const CountryOverride* find_country_rule(const Overrides& overrides, CountryId country) {
    const auto found = std::lower_bound(
        overrides.countries.begin(), overrides.countries.end(), country,
        [](const CountryOverride& rule, CountryId wanted) { return rule.country < wanted; });
    return found != overrides.countries.end() && found->country == country ? &*found : nullptr;
}

/// The strongest source's country, and what the country's own rule leaves of it.
void take_sources_country(const Statements& heard, const Overrides& overrides, Decision& decision) {
    for (std::size_t i = kFirstCountrySource; i < kEndCountrySources; ++i) {
        const auto kind = static_cast<SourceKind>(i);
        const auto stated = heard.country_of(kind);
        if (!stated) continue;
        decision.origin.country = *stated;
        decision.country_by = Decider::kSource;
        decision.country_source = kind;
        const CountryOverride* rule = find_country_rule(overrides, *stated);
        if (rule != nullptr &&
            !std::binary_search(rule->asns.begin(), rule->asns.end(), decision.origin.asn)) {
            decision.origin.country = rule->otherwise;
            decision.country_by = Decider::kCountryRule;
        }
        return;
    }
}

}  // namespace

std::optional<CountryId> Statements::country_of(SourceKind kind) const {
    if (kind == SourceKind::kGeofeed && feed_asn != origin_asn()) return std::nullopt;
    return countries[static_cast<std::size_t>(kind)];
}

bool speaks_for(const Statements& heard, const PrefixRecord& feed) {
    return feed.asn != 0 && feed.asn == heard.origin_asn();
}

void hear(Statements& heard, std::span<const PrefixRecord> of_prefix, const OverrideRule* rule) {
    bool states_class = false;
    PrefixClass own_class = PrefixClass::kUnknown;
    for (const PrefixRecord& record : of_prefix) {
        if (record.prefix_class != PrefixClass::kUnknown) own_class = record.prefix_class;
        states_class |= record.states_class;
        if (record.kind == SourceKind::kGeofeed) continue;
        if (record.asn != 0) heard.asn = record.asn;
        if (record.country) {
            heard.countries[static_cast<std::size_t>(record.kind)] = record.country;
        }
    }
    if (states_class) heard.prefix_class = own_class;
    if (rule != nullptr) {
        if (rule->asn) heard.rule.asn = rule->asn;
        if (rule->country) heard.rule.country = rule->country;
        if (rule->prefix_class) heard.rule.prefix_class = rule->prefix_class;
    }
    // Feeds last: whom they may speak for depends on the AS, which is known only now.
    for (const PrefixRecord& record : of_prefix) {
        if (record.kind != SourceKind::kGeofeed || !speaks_for(heard, record)) continue;
        heard.countries[static_cast<std::size_t>(SourceKind::kGeofeed)] = record.country;
        heard.feed_asn = record.asn;
    }
}

Decision decide(const Statements& heard, const Overrides& overrides) {
    Decision decision;
    Origin& origin = decision.origin;
    origin.asn = heard.origin_asn();
    if (origin.asn != 0) {
        decision.asn_by = heard.rule.asn ? Decider::kPrefixRule : Decider::kSource;
    }
    const AsnOverride* of_asn = find_asn_rule(overrides, origin.asn);
    if (heard.rule.country) {
        origin.country = *heard.rule.country;
        decision.country_by = Decider::kPrefixRule;
    } else if (of_asn != nullptr && of_asn->rule.country) {
        origin.country = *of_asn->rule.country;
        decision.country_by = Decider::kAsnRule;
    } else {
        take_sources_country(heard, overrides, decision);
    }
    origin.prefix_class = heard.prefix_class;
    decision.class_by = Decider::kSource;
    if (heard.rule.prefix_class) {
        origin.prefix_class = *heard.rule.prefix_class;
        decision.class_by = Decider::kPrefixRule;
    } else if (of_asn != nullptr && of_asn->rule.prefix_class) {
        origin.prefix_class = *of_asn->rule.prefix_class;
        decision.class_by = Decider::kAsnRule;
    }
    decision.known = origin.asn != 0 || decision.country_by != Decider::kNobody;
    return decision;
}

}  // namespace lull
