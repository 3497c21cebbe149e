// One sweep over the sorted prefixes with a stack of those that hold the current one: every field
// is resolved on its way down, so each prefix is looked at once.
#include "control/origins/build.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "dataplane/limits.h"

namespace lull {
namespace {

/// A prefix of the table before its origin has a number.
struct Joined {
    IpPrefix prefix;
    Origin origin;
};

/// What a prefix inherits to those inside it.
struct Level {
    IpPrefix prefix;
    uint32_t asn = 0;
    std::optional<CountryId> country;
    PrefixClass prefix_class = PrefixClass::kUnknown;
    OverrideRule rule;
};

auto origin_order(const Origin& origin) {
    return std::tuple(origin.asn, origin.country, origin.prefix_class);
}

/// Leaves out what no table holds, sorts, and makes one record of several for one prefix.
void normalise(std::vector<PrefixRecord>& records, BuildReport& report) {
    std::erase_if(records, [&report](const PrefixRecord& record) {
        const bool is_default = record.prefix.length == 0;
        const bool special = !is_default && is_special(record.prefix);
        report.default_routes += is_default ? 1 : 0;
        report.special += special ? 1 : 0;
        return is_default || special;
    });
    const auto by_prefix = [](const PrefixRecord& a, const PrefixRecord& b) {
        return a.prefix < b.prefix;
    };
    if (!std::is_sorted(records.begin(), records.end(), by_prefix)) {
        std::stable_sort(records.begin(), records.end(), by_prefix);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (kept == 0 || records[kept - 1].prefix != records[i].prefix) {
            records[kept++] = records[i];
            continue;
        }
        PrefixRecord& merged = records[kept - 1];
        const PrefixRecord& later = records[i];
        if (later.asn != 0) merged.asn = later.asn;
        if (later.country) merged.country = later.country;
        if (later.prefix_class != PrefixClass::kUnknown) merged.prefix_class = later.prefix_class;
        merged.states_class |= later.states_class;
        ++report.duplicates;
    }
    records.resize(kept);
}

class Joiner {
  public:
    Joiner(const Overrides& overrides, BuildReport& report)
        : overrides_(overrides), report_(report) {}

    /// Walks records and override rules together, both sorted; a rule for a prefix that no source
    /// knows makes a prefix of its own.
    std::vector<Joined> join(const std::vector<PrefixRecord>& records) {
        joined_.reserve(records.size() + overrides_.prefixes.size());
        auto rule = overrides_.prefixes.begin();
        const auto last = overrides_.prefixes.end();
        for (const PrefixRecord& record : records) {
            while (rule != last && rule->prefix < record.prefix) {
                add(PrefixRecord{rule->prefix, 0, std::nullopt, PrefixClass::kUnknown}, &*rule);
                ++rule;
            }
            const bool ruled = rule != last && rule->prefix == record.prefix;
            add(record, ruled ? &*rule : nullptr);
            if (ruled) ++rule;
        }
        for (; rule != last; ++rule) {
            add(PrefixRecord{rule->prefix, 0, std::nullopt, PrefixClass::kUnknown}, &*rule);
        }
        return std::move(joined_);
    }

  private:
    void add(const PrefixRecord& record, const PrefixOverride* own_rule) {
        while (!stack_.empty() && !contains(stack_.back().prefix, record.prefix)) stack_.pop_back();
        Level level = stack_.empty() ? Level{} : stack_.back();
        level.prefix = record.prefix;
        if (record.asn != 0) level.asn = record.asn;
        if (record.country) level.country = record.country;
        if (record.states_class) level.prefix_class = record.prefix_class;
        if (own_rule != nullptr) {
            const OverrideRule& rule = own_rule->rule;
            if (rule.asn) level.rule.asn = rule.asn;
            if (rule.country) level.rule.country = rule.country;
            if (rule.prefix_class) level.rule.prefix_class = rule.prefix_class;
        }
        stack_.push_back(level);

        // A rule for the prefix goes before one for its AS, and that before the sources.
        const uint32_t asn = level.rule.asn.value_or(level.asn);
        const AsnOverride* of_asn = find_asn_rule(asn);
        const OverrideRule weaker = of_asn == nullptr ? OverrideRule{} : of_asn->rule;
        const auto stated = level.rule.country ? level.rule.country
                            : weaker.country   ? weaker.country
                                               : level.country;
        if (asn == 0 && !stated) {
            ++report_.nothing_known;
            return;
        }
        const CountryId country = stated.value_or(kCountryUnknown);
        if (country == kCountryUnknown) ++report_.no_country;
        const PrefixClass prefix_class =
            level.rule.prefix_class.value_or(weaker.prefix_class.value_or(level.prefix_class));
        joined_.push_back({record.prefix, {asn, country, prefix_class}});
    }

    [[nodiscard]] const AsnOverride* find_asn_rule(uint32_t asn) const {
        const auto found = std::lower_bound(
            overrides_.asns.begin(), overrides_.asns.end(), asn,
            [](const AsnOverride& rule, uint32_t wanted) { return rule.asn < wanted; });
        return found != overrides_.asns.end() && found->asn == asn ? &*found : nullptr;
    }

    const Overrides& overrides_;
    BuildReport& report_;
    std::vector<Level> stack_;  // at most 129 deep: each level is longer than the one above
    std::vector<Joined> joined_;
};

/// Numbers the distinct origins in ascending order, so that equal input gives equal ids.
Result<void> number_origins(const std::vector<Joined>& joined, OriginTable& table) {
    const auto less = [](const Origin& a, const Origin& b) {
        return origin_order(a) < origin_order(b);
    };
    std::vector<Origin> distinct;
    distinct.reserve(joined.size());
    for (const Joined& each : joined) distinct.push_back(each.origin);
    std::sort(distinct.begin(), distinct.end(), less);
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    if (distinct.size() > kMaxOrigins - kFirstTableOrigin) {
        return refused(
            "{} origins (distinct AS, country and class) are more than the {} that ids "
            "of 17 bits can name; leave a source out",
            distinct.size(), kMaxOrigins - kFirstTableOrigin);
    }
    table.origins.reserve(distinct.size() + std::size_t{kFirstTableOrigin});
    table.origins.resize(kFirstTableOrigin);
    table.origins.insert(table.origins.end(), distinct.begin(), distinct.end());
    return {};
}

void add_routes(const std::vector<Joined>& joined, OriginTable& table) {
    const auto first = table.origins.begin() + kFirstTableOrigin;
    for (const Joined& each : joined) {
        const auto found = std::lower_bound(
            first, table.origins.end(), each.origin,
            [](const Origin& a, const Origin& b) { return origin_order(a) < origin_order(b); });
        const OriginId id{static_cast<uint32_t>(found - table.origins.begin())};
        if (each.prefix.family == Family::kIpv4) {
            table.routes4.push_back(to_route4(each.prefix, id));
        } else {
            table.routes6.push_back(to_route6(each.prefix, id));
        }
    }
}

/// Names of the table's own AS numbers only: the others could never be asked for.
void add_names(BuildInput& input, OriginTable& table) {
    for (const AsnOverride& rule : input.overrides.asns) {
        if (!rule.name.empty()) input.as_names[rule.asn] = rule.name;
    }
    for (const Origin& origin : table.origins) {
        if (auto name = input.as_names.extract(origin.asn); !name.empty()) {
            if (origin.asn != 0) table.as_names.insert(table.as_names.end(), std::move(name));
        }
    }
}

Result<void> check_sizes(const OriginTable& table) {
    if (table.routes4.empty() && table.routes6.empty()) {
        return refused("no prefixes are left: every address would be unmatched; check the sources");
    }
    if (table.routes4.size() > kMaxRoutes4 || table.routes6.size() > kMaxRoutes6) {
        return refused("{} IPv4 and {} IPv6 prefixes are more than lull takes ({} and {})",
                       table.routes4.size(), table.routes6.size(), kMaxRoutes4, kMaxRoutes6);
    }
    return {};
}

}  // namespace

Result<BuiltTable> build_table(BuildInput input) {
    BuiltTable built;
    normalise(input.prefixes, built.report);
    const std::vector<Joined> joined = Joiner(input.overrides, built.report).join(input.prefixes);
    auto result = number_origins(joined, built.table);
    if (result) {
        add_routes(joined, built.table);
        result = check_sizes(built.table);
    }
    if (!result) return tl::unexpected(std::move(result.error()));
    add_names(input, built.table);
    built.table.built_at_s = input.built_at_s;
    built.table.sources = std::move(input.sources);
    return built;
}

}  // namespace lull
